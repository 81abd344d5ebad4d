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

import typer

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    table: options.PrintedTable,
    fits: options.StoredFits,
    errors: options.Errors = "classical",
    data: options.FitsData = None,
    fits_dir: options.FitsDir = None,
    as_json: options.AsJson = False,
) -> int:
    """Parse the command, check the table against every fit, and print what came out."""
    # xarray and ArviZ take seconds to import: --help must not wait.
    from fits.reload import reload
    from fits.storage.find import find
    from reports.document.plain import print_json
    from reports.published_tables.check import check_of
    from reports.published_tables.table import PublishedTable
    from reports.terminal.published import print_checks

    printed, home = PublishedTable.read(table), fits_dir or options.FITS
    printed.require_estimates()
    checks = [check_of(printed, reload(find(fit, home), data), errors=errors) for fit in fits]
    if as_json:
        found = {"table": printed.name, "source": printed.source, "checks": [one.to_dict() for one in checks]}
        print_json(found)
    else:
        print_checks(printed, checks)
    return 0 if all(one.agrees for one in checks) else 1


if __name__ == "__main__":
    app()
