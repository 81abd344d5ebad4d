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

import json
from dataclasses import asdict

import typer

from data.commands import options
from data.commands.exits import BAD_INPUT, exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    fits_dir: options.FitsDir = None,
    verify: options.Verify = False,
    as_json: options.AsJsonList = False,
) -> int:
    """Parse the command; what works is imported only when there is work."""
    from fits.listing import lines, of_earlier_layout  # xarray takes a second to import: --help must not wait
    from reports.terminal.stored_fits import print_lines

    home = fits_dir or options.FITS
    found = lines(home, verify=verify)
    if as_json:
        print(json.dumps([asdict(line) for line in found], indent=1))
    else:
        print_lines(found, of_earlier_layout(home))
    return BAD_INPUT if verify and any(line.status == "damaged" for line in found) else 0


if __name__ == "__main__":
    app()
