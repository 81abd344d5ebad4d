"""Show what a prior set implies on the outcome's scale, before any outcome is looked at.

Example:

    python -m priors.show weak --model peer_tobit

draws parameters from the prior set and outcomes from the model, and says how
high the outcome would be, how many units would sit at 0 and at 100, how much
states would differ, and which effects the set allows. The figure goes to
reports/out/. A prior set that puts nearly everything at the limits, or allows
effects that nobody would believe, is seen here.
"""

from __future__ import annotations

from typing import Annotated

import typer

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    priors: Annotated[
        str | None,
        typer.Argument(help="Prior set; see --list. Or the path of your own .toml.", metavar="SET", show_default=False),
    ] = None,
    model: options.ModelSimulated = "peer_tobit",
    study: options.Study = "ndatss",
    data: options.DataOfCovariates = None,
    columns: options.Columns = None,
    wave: options.Wave = None,
    service: options.ServiceAlone = None,
    draws: options.PriorDraws = 500,
    seed: options.Seed = 2017,
    out: options.FigureFile = None,
    as_json: options.AsJson = False,
    list_: options.ListPriors = False,
) -> None:
    """Parse the command; the working half is imported only when there is work."""
    if list_:
        from priors.prior_set import PriorSet  # SciPy

        for name in PriorSet.names():
            typer.echo(f"{name:<12}{PriorSet.read(name).title}")
        return
    if priors is None:
        raise typer.BadParameter("give the name of a prior set; --list shows them", param_hint="SET")
    from fits.plan import FitPlan  # PyMC takes seconds to import: --help and --list must not wait
    from reports.terminal import prior

    plan = FitPlan(model, study, data, columns, wave, service, priors=priors, seed=seed)
    prior.run(plan, draws=draws, out=out, as_json=as_json)


if __name__ == "__main__":
    app()
