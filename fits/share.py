"""Write what may leave of a stored fit into one file, to send or to publish.

Example:

    python -m fits.share peer_tobit-weak-ndatss --out peer_tobit.zip

The file holds the draws of all parameters and of the effects of groups with
enough units, the manifest with its diagnostics, and a plain statement of both.
It does not hold what would give respondents away: effects of single units,
pointwise values, predictive draws, the sampler's log-densities, and effects
and coefficients that rest on fewer than 11 answers. Nor does it hold any row or
path of yours.

Whoever gets it unzips it into a folder of fits (fits/stored/) and reads it like
any other: python -m fits.ls, python -m reports.compare, xarray.
"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    fit: Annotated[str, typer.Argument(help=f"A fit, {options.STORED}.")],
    out: options.SharedFile,
    force: options.ForceFile = False,
    fits_dir: options.FitsDir = None,
) -> None:
    """Parse the command; what works is imported only when there is work."""
    from fits.storage.find import find
    from fits.storage.sharing import require_archive, write  # xarray takes a second to import: --help must not wait

    require_archive(out, force=force)
    console = Console(highlight=False, markup=False)
    console.print(write(find(fit, fits_dir or options.FITS), out))
    console.print(f"Wrote {out} ({out.stat().st_size / 1e6:.1f} MB).", soft_wrap=True)


if __name__ == "__main__":
    app()
