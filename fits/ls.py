"""List the stored fits: what each is, whether it passed, and whether it is still what you would get.

Example:

    python -m fits.ls

A fit is *stale* when something that decided its draws has changed since: the
data file, a codebook, a model, a prior set, the code, or a library. It says
what. A *failed* fit did not pass its diagnostics; a *look* had too few draws
by request. None of these may be concluded from. A *damaged* fit is not what was
stored, bit by bit, and is not read; manifests and sizes of files are compared
here, and with --verify every byte (exit code 2 if a fit is damaged).
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
    fits_dir: options.FitsDir = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare every byte of every fit with its digest, which takes longer.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list instead of a table.")] = False,
) -> int:
    """Parse the command; the working half is imported only when there is work."""
    from fits import listing  # xarray takes a second to import: --help must not wait

    return listing.run(as_json=as_json, verify=verify, home=fits_dir or options.FITS)


if __name__ == "__main__":
    app()
