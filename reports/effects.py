"""Show what a fit says on a scale that people can read: average effects over units.

Examples:

    python -m reports.effects peer_tobit-weak-ndatss

says how many points of utilisation each exposure is worth, service by service.

    python -m reports.effects peer_tobit-weak-ndatss --scale at_lower --target new

says how the share of clinics without any use changes, in a state not seen yet.

    python -m reports.effects peer_tobit-weak-ndatss --by unit_type --out reports/out

splits the clinics and writes the tables as CSV and JSON, the figures as SVG.

Scales of a Tobit: expected (mean of y, limits included), latent, at_lower, at_upper,
interior (mean if strictly between), within and across (the McDonald-Moffitt
split of a change in the mean). Of a Bernoulli model: probability, log_odds.

Targets: these (these units with their own group effects), typical (a typical
state and unit type: their effects at 0), new (a state not seen yet: effects
integrated over their estimated distribution).

A stored fit holds no rows: its study is read again, and refused if it changed.
Exit codes: 0 done, 2 bad input.
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
    fit: Annotated[str, typer.Argument(help=f"A fit, {options.STORED}.")],
    scale: Annotated[list[str] | None, typer.Option(help="One or more of the scales above, or all.")] = None,
    target: Annotated[list[str] | None, typer.Option(help="One or more of these, typical, new, or all.")] = None,
    by: Annotated[
        str | None, typer.Option(help="Split the units by unit_type, ownership or another variable with levels.")
    ] = None,
    exposure: Annotated[list[str] | None, typer.Option(help="Only this exposure; may be repeated.")] = None,
    service: Annotated[list[str] | None, typer.Option(help="Only this service; may be repeated.")] = None,
    ratio: Annotated[
        bool, typer.Option("--ratio", help="The higher end over the lower one, in place of their difference.")
    ] = False,
    groups: Annotated[
        bool, typer.Option("--groups", help="Also each group's levels: raw, pooled, and how far it was shrunk.")
    ] = False,
    errors: Annotated[
        str | None,
        typer.Option(help="Of a maximum likelihood fit: classical (the default), robust, or state for clusters."),
    ] = None,
    out: options.OutFolder = None,
    data: options.FitsData = None,
    fits_dir: options.FitsDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Parse the command; the working half is imported only when there is work."""
    from fits.effects import answer  # xarray and ArviZ take seconds to import: --help must not wait

    wanted = answer.Wanted(
        fit=fit,
        scales=tuple(scale or ()),
        targets=tuple(target or ()),
        by=by,
        exposures=tuple(exposure or ()),
        services=tuple(service or ()),
        ratio=ratio,
        groups=groups,
        errors=errors or "",
        out=out,
        data=data,
        home=fits_dir or options.FITS,
        as_json=as_json,
    )
    answer.run(wanted)


if __name__ == "__main__":
    app()
