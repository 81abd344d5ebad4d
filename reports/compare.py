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
    scale: Annotated[
        str | None, typer.Option(help="A scale that all have, see reports.effects; by default the first.")
    ] = None,
    target: Annotated[str, typer.Option(help="These units, a typical place, or a new one.")] = "these",
    loo: Annotated[bool, typer.Option("--loo", help="Compare leave-one-out predictive scores too.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Say what moved between two fits, of different models too.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write a page: FILE.html.", show_default=False)] = None,
    rule: options.Rule = "default",
    data: options.FitsData = None,
    fits_dir: options.FitsDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Parse the command; the working half is imported only when there is work."""
    from reports.comparison import request  # xarray and ArviZ take seconds to import: --help must not wait

    wanted = request.Wanted(
        fits=tuple(fits),
        scale=scale or "",
        target=target,
        loo=loo,
        diff=diff,
        out=out,
        rule=rule,
        data=data,
        home=fits_dir or options.FITS,
        as_json=as_json,
    )
    request.run(wanted)


if __name__ == "__main__":
    app()
