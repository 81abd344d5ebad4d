"""What stands on the figure of ranks: the number in every panel is said to be what it is."""

from __future__ import annotations

import re

import arviz_stats  # noqa: F401  (registers the accessor)
import numpy as np
import pytest
import xarray as xr

from reports.figures.chains import ALPHA, MOST_DRAWS, TESTED, draw_ranks, draw_traces
from reports.report_inputs import svg_of

MARKED = re.compile(r"<g id=\"PathCollection[^>]*> <defs>.*?<use [^>]*stroke: #000000")
"""Points in black: those of ranks that stray."""


def chains(shift: float, *, seed: int = 1) -> xr.Dataset:
    """Four chains, the last of them `shift` away."""
    values = np.random.default_rng(seed).normal(size=(4, MOST_DRAWS))
    values[-1] += shift
    return xr.Dataset(
        {"b": (("chain", "draw"), values)}, coords={"chain": np.arange(4), "draw": np.arange(values.shape[1])}
    )


def ranks(draws: xr.Dataset) -> str:
    return re.sub(r"\s+", " ", svg_of(draw_ranks, draws, title="Ranks", stamp=""))


def spoken(svg: str) -> str:
    """All text of the drawing in one line."""
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))


def test_the_p_value_is_explained_on_the_figure_and_in_its_description() -> None:
    svg = ranks(chains(0.0))
    assert TESTED in spoken(svg)
    assert re.search(rf"<dc:description>\s*Ranks\. {re.escape(TESTED)}", svg)
    assert "https://doi.org/10.48550/arXiv.2603.02928" in TESTED
    assert re.search(rf"p=\d\.\d\d\(α={ALPHA:.2f}\)", spoken(svg))
    assert "p: the probability" not in svg_of(draw_traces, chains(0.0), title="Traces", stamp="")


def test_the_p_value_is_of_the_test_that_the_note_speaks_of() -> None:
    draws = chains(0.0)
    relative = draws.azstats.compute_ranks(dim=["chain", "draw"], relative=True)
    p = float(relative.azstats.mchain_uniformity_test(dim=["chain", "draw"])[0]["b"])
    assert f"p={p:.2f}(" in spoken(ranks(draws))


@pytest.mark.parametrize(("shift", "marked"), [(0.0, False), (1.5, True)])
def test_ranks_that_stray_are_marked_in_black_below_alpha(shift: float, marked: bool) -> None:
    svg = ranks(chains(shift))
    found = re.search(r"p=(\d\.\d\d)", spoken(svg))
    assert found
    assert (float(found[1]) < ALPHA) is marked
    assert bool(MARKED.search(svg)) is marked


def test_a_p_value_is_as_small_as_it_says_about_as_often() -> None:
    """Under chains alike; the Cauchy combination is exact only in the far tail, and conservative before."""
    found = []
    for k in range(200):
        relative = chains(0.0, seed=k).azstats.compute_ranks(dim=["chain", "draw"], relative=True)
        found.append(float(relative.azstats.mchain_uniformity_test(dim=["chain", "draw"])[0]["b"]))
    assert np.mean(np.array(found) < 0.5) == pytest.approx(0.45, abs=0.12)  # 3.4 binomial errors of 200
    assert np.mean(np.array(found) < ALPHA) < 0.04
