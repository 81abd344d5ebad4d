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

from pathlib import Path
from typing import Annotated

import typer

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    fit: Annotated[str, typer.Argument(help=f"A fit, {options.STORED}.")],
    out: Annotated[Path, typer.Option(help="The file to write, such as fit.zip.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that exists.")] = False,
    fits_dir: options.FitsDir = None,
) -> None:
    """Parse the command; the working half is imported only when there is work."""
    from fits import sharing  # xarray takes a second to import: --help must not wait

    sharing.run(fit, out, force=force, home=fits_dir or options.FITS)


if __name__ == "__main__":
    app()
