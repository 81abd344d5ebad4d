"""Did the prior expect data like these: observed shares and means among those of data drawn from the prior alone."""

from __future__ import annotations

from fits.checks.check import Test, p_text
from fits.checks.rates import Rates


def prior_test(rates: list[Rates]) -> list[Test]:
    """Return one test per statistic by service: is the most surprising service more so than that of prior draws.

    A prior in conflict with the data: Evans and Moshonov (2006), https://doi.org/10.1214/06-BA129.

    Parameters
    ----------
    rates : list of Rates
        By service, from draws of the prior.
    """
    out = []
    for one in rates:
        row = min(one.rows, key=lambda row: row.tail)
        p = one.surprise
        said = f"Prior, {one.words[0].lower()}{one.words[1:]}"
        seen = "" if row.withheld else f": {row.shown}, the prior says {row.expected}"
        out.append(
            Test(
                f"prior_{one.name}",
                p,
                f"{said}: the data are not surprising (p {p_text(p)}).",
                f"{said}: the data surprise the prior (p {p_text(p)}), most at {row.label}{seen}.",
            )
        )
    return out
