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

from pathlib import Path
from typing import Annotated

import typer

from data.commands import options
from data.commands.exits import exits
from priors.prior_set import PriorSet

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    priors: Annotated[
        str | None,
        typer.Argument(help="Prior set; see --list. Or the path of your own .toml.", metavar="SET", show_default=False),
    ] = None,
    model: Annotated[str, typer.Option(help="The model whose outcome is simulated.")] = "peer_tobit",
    study: options.Study = "ndatss",
    data: Annotated[
        Path | None, typer.Option(help="Data file, for the covariates and groups; outcomes are not used.")
    ] = None,
    columns: options.Columns = None,
    wave: options.Wave = None,
    service: options.ServiceAlone = None,
    draws: Annotated[int, typer.Option(min=20, help="Draws from the prior.")] = 500,
    seed: options.Seed = 2017,
    out: Annotated[Path | None, typer.Option(help="Figure file (.png, .svg, .pdf).", show_default=False)] = None,
    as_json: options.AsJson = False,
    list_: Annotated[bool, typer.Option("--list", help="List the prior sets and stop.")] = False,
) -> None:
    """Parse the command; the working half is imported only when there is work."""
    if list_:
        for name in PriorSet.names():
            typer.echo(f"{name:<12}{PriorSet.read(name).title}")
        return
    if priors is None:
        raise typer.BadParameter("give the name of a prior set; --list shows them", param_hint="SET")
    from reports.terminal import prior  # PyMC takes seconds to import: --help and --list must not wait

    wanted = prior.Request(
        model=model,
        study=study,
        data=data,
        columns=columns,
        wave=wave,
        service=service,
        priors=priors,
        seed=seed,
    )
    prior.run(wanted, draws=draws, out=out, as_json=as_json)


if __name__ == "__main__":
    app()
