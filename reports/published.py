"""Check a published table, typed in as TOML, against fits of the same model.

Example:

    python -m reports.published mroz hours-mle-mroz hours-wide-mroz

compares each printed number with maximum likelihood (to the printed digits)
and with the posterior (is it inside the interval?), and says whether signs and
significance agree. reports/tables/template.toml shows the format; copy it,
type the table in, and give the path of your file.

Exit codes: 0 everything agrees, 1 something does not, 2 bad input.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data._errors import InputError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
def main(
    table: Annotated[str, typer.Argument(help="A table of the project (mroz, affairs), or the path of your .toml.")],
    fits: Annotated[list[str], typer.Argument(help="One or more stored fits; python -m fits.ls lists them.")],
    errors: Annotated[
        str, typer.Option(help="Standard errors of maximum likelihood: classical, robust, or state for clusters.")
    ] = "classical",
    data: Annotated[Path | None, typer.Option(help="Where the fits' data file is now, if it has moved.")] = None,
    fits_dir: Annotated[
        Path | None, typer.Option(help="Folder of stored fits; by default fits/.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Parse the command; the working half is imported only when there is work."""
    try:
        from reports import _door_published  # xarray and ArviZ take seconds to import: --help must not wait

        home = fits_dir or Path(__file__).parent.parent / "fits"
        agrees = _door_published.run(table, fits, errors=errors, data=data, home=home, as_json=as_json)
    except InputError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    raise typer.Exit(0 if agrees else 1)


if __name__ == "__main__":
    app()
