"""Show stored fits side by side: their effects, how they were made, and what moved from one to the other.

Examples:

    python -m reports.compare peer_tobit-weak-ndatss peer_tobit-skeptical-ndatss

says what another prior set changes, effect by effect: two runs of one model are
also searched for effects that moved by more than their Monte Carlo error.

    python -m reports.compare peer_tobit-weak-ndatss peer_tobit-weak-ndatss-gaussian --loo

compares two likelihoods, by effects and by how well each predicts answers
without having seen them.

    python -m reports.compare a/peer_tobit-weak-ndatss b/peer_tobit-weak-ndatss --out out/compare.html

takes fits by their folders and writes a page, with its tables and figure beside it.

Compared are effects on one scale that all fits have, for exposures whose
contrasts are in the same words; the rest is named. Differences are to the first
fit: in the outcome's unit, in standard deviations of the first posterior (or in
standard errors of a first maximum likelihood estimate), and as overlap: the
area under the lower of two densities, each estimated from its draws by a normal
kernel, 1 for the same posterior and 0 for two that share no value. Two runs that
differ by chance alone overlap by a little less than 1.

There is no probability that one fit's effect is larger than the other's. Fits of
the same data err together; pairing their draws at random would treat them as
two studies, and overstate by how much they can differ.

Predictive scores (--loo, some seconds a fit) are compared only where fits
predict the same answers on the same scale. Refits of answers that importance
sampling cannot leave out are the business of python -m models.check A B.

A fit whose codebook, model, mapping or data are not what they were is still
compared by what is stored of it: how it was made, its checks, and its parameters
by name, with means, sds, intervals, differences and overlap. What needs its study
is not recomputed, which is said first, with the reason and the command that would
make it comparable: effects on the outcome's scale, --loo, verdicts. A fit that is
stale in its prior set or in code alone is compared in full, but has no verdict.

Exit codes: 0 done, also where something was not compared (not_compared in --json
names it), 2 bad input, or fits that have nothing in common, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from data.commands import options
from data.commands.command_line import command_line
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    fits: options.StoredFits,
    scale: options.SharedScale = None,
    target: options.OneTarget = "these",
    loo: options.CompareLoo = False,
    diff: options.WhatMoved = False,
    out: options.ComparisonPage = None,
    rule: options.Rule = "default",
    data: options.FitsData = None,
    fits_dir: options.FitsDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Parse the command, show the comparison, and write a page where that is asked."""
    # xarray and ArviZ take seconds to import: --help must not wait.
    from data.commands.console import telling
    from fits.effects.answer import target_of
    from fits.verdicts.rule import Rule
    from reports.comparison.comparison import Compared, labelled
    from reports.comparison.run_difference import verdicts_by
    from reports.comparison.stored_alone import read_party
    from reports.document.plain import plain, print_json
    from reports.terminal.comparison import print_compared

    if out is not None:
        from reports import page_file  # Jinja2: only where a page is asked for

        page_file.require_page(out, such_as="out/compare.html")
    home, say = fits_dir or options.FITS, telling().print
    judge_by = Rule.read(rule)
    compared = Compared.of(
        labelled(tuple(read_party(name, home=home, data=data) for name in fits)),
        scale=scale or "",
        target=target_of(target),
        loo=loo,
        diff=diff,
        verdicts=verdicts_by(judge_by),
        say=say,
    )
    if as_json:
        print_json(plain(compared.to_dict()))
    else:
        print_compared(compared)
    if out is None:
        return
    from reports.comparison.page import document_of  # Matplotlib and Plotly take seconds to import

    where = {"data": data, "fits_dir": fits_dir}
    command = command_line(
        "reports.compare", fits, scale=scale, target=target, loo=loo, diff=diff, out=out, rule=rule, **where
    )
    document = document_of(compared, command=command, made=datetime.now(UTC).isoformat(timespec="seconds"))
    known = [one.fit for one in compared.fits.values()]
    page, *beside = page_file.write_page(document, out, given=(home, data, rule, *fits), fits=known)
    say(f"Wrote {page}, and {len(beside)} files of its tables and figures beside it", soft_wrap=True)


if __name__ == "__main__":
    app()
