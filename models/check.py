"""Check a fit against its data, its prior, and what was left out of it.

Examples
--------
    python -m models.check peer_tobit-weak-ndatss

draws the outcome anew from the posterior, limits kept, and compares shares at 0
and at 100, means and spreads by service, state, unit type and exposure, the
distribution between the limits, and every answer with its prediction from all
others (LOO-PIT, PSIS-LOO with exact refits where that fails). The prior is
compared with the data as well.

    python -m models.check peer_tobit-weak-ndatss --leave-out state

also refits the model without each state in turn and predicts it: how well would
the model do in a state that it has not seen?

    python -m models.check peer_tobit-weak-ndatss peer_tobit-weak-ndatss-gaussian

checks both and compares them on one scale.

Each check is a value, a limit, pass or fail, and a sentence; together they fail a
right model with a chance of at most 5 percent. They are written beside the
fit (checks/) with tables and figures, and counted in its manifest.

Exit codes: 0 every check passed, 1 some failed, 2 bad input, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from data.commands import options
from data.commands.exits import exits
from data.errors import InputError, Problem

if TYPE_CHECKING:
    from fits.checks.comparison import Comparison
    from fits.checks.found import Found

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits("Stopped; what was stored before stays.")
def main(
    fit: options.StoredFits,
    leave_out: options.LeaveOut = None,
    folds: options.Folds = None,
    refits: options.Refits = 20,
    seed: options.Seed = 2017,
    data: options.FitsData = None,
    fits_dir: options.FitsDir = None,
    as_json: options.AsJson = False,
) -> int:
    """Parse the command; what works is imported only when there is work."""
    from fits.checks import checking  # xarray and ArviZ take seconds to import: --help must not wait
    from fits.checks.found import CheckOptions

    asked = CheckOptions(leave_out or "", folds, refits, seed)
    given = [checking.read(name, fits_dir or options.FITS, data) for name in dict.fromkeys(fit)]
    checking.require_sense(given, asked)
    from rich.console import Console

    from reports.check_files import check_files
    from reports.terminal.checks import print_checks, print_comparison
    from reports.terminal.progress import TerminalListener

    listen, out = TerminalListener(), Console(highlight=False, markup=False, quiet=as_json)
    found: list[Found] = []
    problems: list[Problem] = []
    for one in given:
        found.append(checking.check(one, asked, listen))
        print_checks(one.fit, found[-1].checks, out)
        stored, wrong = checking.store(found[-1], check_files(found[-1]))
        problems += wrong  # what was computed is shown even so
        if stored:
            out.print(f"Tables and figures: {stored.files}/checks/\n", soft_wrap=True)
    table = checking.compared(found)
    if as_json:
        _print_json(found, table)
    elif table:
        print_comparison(table, out)
    if problems:
        raise InputError(problems)
    return 0 if all(one.passed for one in found) else 1


def _print_json(found: list[Found], table: list[Comparison]) -> None:
    from fits.checks.found import plain
    from fits.storage.manifest import finite_or_text

    said = {"fits": [plain(one) for one in found], "comparison": [row.plain() for row in table]}
    print(json.dumps(finite_or_text(said), indent=1, allow_nan=False))


if __name__ == "__main__":
    app()
