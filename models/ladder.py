"""Climb from the frequentist answer to the full model, one step at a time, and see which step moves it.

Example:

    python -m models.ladder peer_tobit --exposure peer_influence --service condoms

Each step changes one thing: maximum likelihood of a single equation; the same
equation with priors; pooling over states and unit types; pooling over
services; then each rival likelihood there is. Every estimate is an average
effect over the same units, in points or probability. Fits that are not stored
yet are made and stored, as models.fit makes them.

Exit codes: 0 done, 2 bad input, 3 a step's fit failed its diagnostics, 130
stopped by Ctrl-C (finished steps stay stored).
"""

from __future__ import annotations

from typing import Annotated

import typer

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits("Stopped; finished steps stay stored.")
def main(
    model: options.Model,
    exposure: Annotated[str, typer.Option(help="One of the model's exposures.")],
    service: Annotated[str | None, typer.Option(help="One of its services; needless where there is one.")] = None,
    scale: Annotated[str | None, typer.Option(help="Scale of the effect; by default expected, or probability.")] = None,
    errors: options.Errors = "classical",
    study: options.Study = "ndatss",
    data: options.Data = None,
    columns: options.Columns = None,
    wave: options.Wave = None,
    priors: Annotated[str, typer.Option(help="Prior set of every step but the first.")] = "weak",
    draws: Annotated[int, typer.Option(min=1, help="Draws kept per chain.")] = 1000,
    tune: options.Tune = 1000,
    chains: options.Chains = 4,
    seed: options.Seed = 2017,
    out: options.OutFolder = None,
    fits_dir: options.FitsDir = None,
    as_json: options.AsJson = False,
) -> int:
    """Parse the command; the working half is imported only when there is work."""
    from fits import (
        ladder_steps,  # xarray and ArviZ: --help must not wait for them
        plan,
    )

    wanted = plan.Wanted(
        model=model,
        study=study,
        data=data,
        columns=columns,
        wave=wave,
        priors=priors,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        as_json=as_json,
        home=fits_dir or options.FITS,
    )
    question = ladder_steps.Question(exposure, service, scale, errors)
    return ladder_steps.run(wanted, question, out)


if __name__ == "__main__":
    app()
