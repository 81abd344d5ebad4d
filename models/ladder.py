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

from pathlib import Path
from typing import Annotated

import typer

from data._errors import InputError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
def main(
    model: Annotated[str, typer.Argument(help="The model; python -m models.fit --list shows them.")],
    exposure: Annotated[str, typer.Option(help="One of the model's exposures.")],
    service: Annotated[str | None, typer.Option(help="One of its services; needless where there is one.")] = None,
    scale: Annotated[str | None, typer.Option(help="Scale of the effect; by default expected, or probability.")] = None,
    errors: Annotated[
        str, typer.Option(help="Standard errors of maximum likelihood: classical, robust, or state for clusters.")
    ] = "classical",
    study: Annotated[str, typer.Option(help="A study of the project, or the path of your own .toml.")] = "ndatss",
    data: Annotated[Path | None, typer.Option(help="Data file.")] = None,
    columns: Annotated[Path | None, typer.Option(help="TOML that maps columns, codes and multiples.")] = None,
    wave: Annotated[int | None, typer.Option(help="Survey wave.", show_default=False)] = None,
    priors: Annotated[str, typer.Option(help="Prior set of every step but the first.")] = "weak",
    draws: Annotated[int, typer.Option(min=1, help="Draws kept per chain.")] = 1000,
    tune: Annotated[int, typer.Option(min=1, help="Tuning draws per chain.")] = 1000,
    chains: Annotated[int, typer.Option(min=2, help="Chains.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Of every fit.")] = 2017,
    out: Annotated[Path | None, typer.Option(help="Folder for CSV, JSON and SVG.", show_default=False)] = None,
    fits_dir: Annotated[
        Path | None, typer.Option(help="Folder for stored fits; by default fits/.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Parse the command; the working half is imported only when there is work."""
    try:
        from models import _door_ladder, _door_request  # xarray and ArviZ: --help must not wait for them

        wanted = _door_request.Wanted(
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
            home=fits_dir or Path(__file__).parent.parent / "fits",
        )
        question = _door_ladder.Question(exposure, service, scale, errors)
        code = _door_ladder.run(wanted, question, out)
    except InputError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        typer.echo("Stopped; finished steps stay stored.", err=True)
        raise typer.Exit(130) from None
    raise typer.Exit(code)


if __name__ == "__main__":
    app()
