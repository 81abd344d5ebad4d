"""Ask of a model, before any data, how often it is right: on simulated studies whose truth is known.

Examples
--------
    python -m models.calibrate peer_tobit --service condoms --scenario prior --sims 200

draws truths from the model's own prior and outcomes from the truths, fits
each, and looks whether the truths' ranks among the draws are uniform, as
those of a right posterior are (simulation-based calibration).

    python -m models.calibrate peer_tobit --scenario null --scenario as_claimed --sims 100

fits whole simulated studies and says how often an effect is called that is
not there, how often one is missed that is, how often with the wrong sign and
by how much too large, and whether intervals hold the truth as often as they
say; for this model and for maximum likelihood on the same studies.

Each finished simulation is stored; the same command goes on where it was
stopped, and with more --sims goes on from there. Fits that fail their
diagnostics are counted and shown, never dropped. Exit codes: 0 done, 1 a
calibration check failed, 2 bad input, 130 stopped by Ctrl-C (finished
simulations stay stored).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits("Stopped; finished simulations stay stored, and the same command goes on from them.")
def main(
    model: options.Model,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="prior, as_claimed, null, mixed or all (the default); may be repeated.", show_default=False),
    ] = None,
    sims: Annotated[int, typer.Option(min=1, help="Simulations of each scenario.")] = 20,
    priors: Annotated[str, typer.Option(help="Prior set, or the path of your own.")] = "weak",
    drawn_from: Annotated[
        str,
        typer.Option(help="Only prior: draw truths from another prior set, to see the check fail.", show_default=False),
    ] = "",
    service: options.ServiceAlone = None,
    n_units: Annotated[
        int | None,
        typer.Option(
            min=1, help="Units of each study; of prior, so many of the study's own at random.", show_default=False
        ),
    ] = None,
    rule: options.Rule = "default",
    study: options.Study = "ndatss",
    data: options.Data = None,
    columns: options.Columns = None,
    wave: options.Wave = None,
    draws: Annotated[int, typer.Option(min=1, help="Draws kept per chain; below 500 a fit has no verdict.")] = 750,
    tune: options.Tune = 500,
    chains: options.Chains = 4,
    seed: Annotated[int, typer.Option(min=0, help="Simulation k depends on it and on k alone.")] = 2017,
    out: options.OutFolder = None,
    calibrations_dir: Annotated[
        Path | None,
        typer.Option(help="Folder for stored simulations; by default fits/_calibrations/.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Start anew although simulations are stored.")] = False,
    as_json: options.AsJson = False,
) -> int:
    """Parse the command; the working half is imported only when there is work."""
    from fits import plan
    from fits.calibration import run  # xarray and ArviZ: --help must not wait for them

    wanted = plan.Wanted(
        model=model,
        study=study,
        data=data,
        columns=columns,
        wave=wave,
        service=service,
        priors=priors,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        force=force,
        as_json=as_json,
        home=calibrations_dir or options.FITS.parent / "_calibrations",
    )
    asked = run.Asked(wanted, tuple(scenario or ()), sims, n_units, drawn_from, rule, out)
    return run.run(asked)


if __name__ == "__main__":
    app()
