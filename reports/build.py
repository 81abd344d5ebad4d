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

import time
from pathlib import Path

import typer

from data.commands import options
from data.commands.command_line import command_line
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    fits: options.StoredFits,
    out: options.ReportPage = None,
    claims: options.ClaimSources = None,
    rule: options.Rule = "default",
    accept_failed: options.AcceptFailed = False,
    data: options.FitsData = None,
    fits_dir: options.FitsDir = None,
    as_json: options.VerdictsAsJson = False,
) -> None:
    """Parse the command, judge the claims, write the page, and say what came out."""
    # xarray, ArviZ and Plotly take seconds to import: --help must not wait.
    from data.commands.console import telling
    from fits.storage.find import require_once
    from fits.verdicts.rule import Rule
    from reports import report
    from reports.document.plain import print_json
    from reports.document.terminal import screen
    from reports.page_file import require_page, write_page

    console, started = telling(), time.monotonic()
    page, home = out or report.OUT, fits_dir or options.FITS
    require_once(fits)
    require_page(page, such_as="out/report.html")
    judge_by, sources = Rule.read(rule), report.sources_of(claims or ())
    found = report.read_fits(fits, home=home, data=data, accept_failed=accept_failed)
    beside = report.beside(found, data)
    console.print(f"Judging {sum(len(source.claims) for source in sources)} claims by {len(found)} fits ...")
    where = {"data": data, "fits_dir": fits_dir}
    command = command_line(
        "reports.build", fits, out=out, claims=claims, rule=rule, accept_failed=accept_failed, **where
    )
    grounds = report.judged(found, beside, sources, judge_by, command=command)
    document = report.document_of(grounds, console.print)
    given = (home, data, rule, *fits, *(claims or ()))
    written = write_page(document, page, given=given, fits=[one.fit for one in (*found, *beside)])
    size, seconds = written[0].stat().st_size / 1e6, time.monotonic() - started
    shown = page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page
    verdicts, reasons = report.told(grounds.judgements)
    wrote = f"Wrote {shown} ({size:.1f} MB) and {len(written) - 1} files beside it in {seconds:.0f} s."
    to = console if as_json else screen()
    for line in (*verdicts, wrote, *reasons):
        to.print(line)
    console.print(f"Open it in a browser: {page.resolve().as_uri()}", soft_wrap=True)
    if as_json:
        print_json(report.plain(grounds, judge_by))


if __name__ == "__main__":
    app()
