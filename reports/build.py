"""Build one report from stored fits: every claim judged, and what verdicts stand on.

Examples:

    python -m reports.build peer_tobit-weak-ndatss pcc_tobit-weak-ndatss

writes reports/out/report.html, one file that opens from disk without a
network, and beside it report_files/ with every table as CSV and JSON and
every figure as SVG.

    python -m reports.build peer_logit-weak-ndatss --claims sswr2020

judges the claims of one source alone. Sources: irspm2018, mulvale2024,
park2019, sswr2018, sswr2020, or a TOML file of your own.

A verdict needs a fit that passed its diagnostics and its predictive checks
(python -m models.check FIT). It is given by a rule that was fixed beforehand
(reports/rules/default.toml, or --rule FILE); a report by a rule that is not
registered says so. A failed or stale fit is refused by name; --accept-failed
shows it, stamped and without verdicts.

Stored fits of the same models on the same data (maximum likelihood, rival
likelihoods, other prior sets) are shown beside those you name. Four joint
fits of the survey take two minutes.

Exit codes: 0 done, 2 bad input.
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
    fits: options.StoredFits,
    out: Annotated[Path | None, typer.Option(help="The HTML file.", show_default="reports/out/report.html")] = None,
    claims: Annotated[
        list[str] | None, typer.Option(help="Only this source, by name or as a TOML file; may be repeated.")
    ] = None,
    rule: options.Rule = "default",
    accept_failed: Annotated[
        bool, typer.Option("--accept-failed", help="Show failed and stale fits too, stamped and without verdicts.")
    ] = False,
    data: options.FitsData = None,
    fits_dir: options.FitsDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as one JSON object.")] = False,
) -> None:
    """Parse the command; the working half is imported only when there is work."""
    from reports import report  # xarray, ArviZ and Plotly take seconds to import: --help must not wait

    wanted = report.Wanted(
        fits=tuple(fits),
        out=out or report.OUT,
        claims=tuple(claims or ()),
        rule=rule,
        accept_failed=accept_failed,
        data=data,
        home=fits_dir or options.FITS,
        as_json=as_json,
    )
    report.run(wanted)


if __name__ == "__main__":
    app()
