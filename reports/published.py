"""Check a published table, typed in as TOML, against fits of the same model.

Example:

    python -m reports.published mroz hours-mle-mroz hours-wide-mroz

compares each printed number with maximum likelihood (to the printed digits)
and with the posterior (is it inside the interval?), and says whether signs and
significance agree. reports/published_tables/template.toml shows the format; copy it,
type the table in, and give the path of your file.

Exit codes: 0 everything agrees, 1 something does not, 2 bad input.
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
    table: Annotated[str, typer.Argument(help="A table of the project (mroz, affairs), or the path of your .toml.")],
    fits: options.StoredFits,
    errors: options.Errors = "classical",
    data: options.FitsData = None,
    fits_dir: options.FitsDir = None,
    as_json: options.AsJson = False,
) -> int:
    """Parse the command; the working half is imported only when there is work."""
    from reports.published_tables import answer  # xarray and ArviZ take seconds to import: --help must not wait

    home = fits_dir or options.FITS
    agrees = answer.run(table, fits, errors=errors, data=data, home=home, as_json=as_json)
    return 0 if agrees else 1


if __name__ == "__main__":
    app()
