"""List the stored fits: what each is, whether it passed, and whether it is still what you would get.

Example:

    python -m fits.ls

A fit is *stale* when something that decided its draws has changed since: the
data file, a codebook, a model, a prior set, the code, or a library. It says
what. A *failed* fit did not pass its diagnostics; a *look* had too few draws
by request. None of these may be concluded from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data._errors import InputError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
def main(
    fits_dir: Annotated[
        Path | None, typer.Option(help="Folder of stored fits; by default fits/.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list instead of a table.")] = False,
) -> None:
    """Parse the command; the working half is imported only when there is work."""
    try:
        from fits import _door_ls  # xarray takes a second to import: --help must not wait

        _door_ls.run(as_json=as_json, home=fits_dir or Path(__file__).parent)
    except InputError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    app()
