"""The operating figure: who calls what, estimates against truths, and coverage effect by effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from fits.calibration.simulated_effects import (
    INTERVAL_RULE,
    P_VALUE,
    VERDICT_RULE,
    SimulatedShare,
    Table,
    called,
    inside,
    select,
    table_of,
)
from fits.calibration.true_sizes import NONE, TrueSizes
from fits.verdicts.rule import Rule
from priors.prior_set import Unit
from reports.figures.canvas import BLUE, GREY, RED, canvas, save
from reports.figures.intervals import Interval, IntervalLine, interval_plot

COLORS = {INTERVAL_RULE: GREY, VERDICT_RULE: BLUE, P_VALUE: RED}
FEW = 5
"""Classes of true effects whose names fit side by side."""

HALVES = {"bayes": ("Bayes", BLUE, "o"), "ml": ("maximum likelihood", RED, "s")}


def draw_operating(
    records: Sequence[Mapping[str, Any]],
    rule: Rule,
    scale: Unit,
    target: Path,
    *,
    title: str,
    stamp: str,
    sizes: TrueSizes | None = None,
) -> None:
    """Write the figure of one scenario's single services as SVG.

    Parameters
    ----------
    records : sequence of mapping
        As `Operating.of` takes them.
    sizes : TrueSizes, optional
        The classes of the scenario; by default those of one that plants nothing.
    """
    sizes = sizes or TrueSizes()
    every = table_of(records, rule, scale, sizes)
    found = select(every, ~every["pooled"])
    labels = list(dict.fromkeys(found["label"].tolist()))
    with canvas((12.0, 2.6 + max(2.0, 0.2 * len(labels)))) as figure:
        left, middle, right = figure.subplots(1, 3)
        _calls(left, found, sizes)
        _estimates(middle, found, rule, scale)
        _coverage(right, found, labels)
        save(figure, target, title=title, stamp=stamp, note="Bars: two Monte Carlo standard errors either way")


def _calls(axes: Axes, found: Table, sizes: TrueSizes) -> None:
    """Share of effects called, by class of the true effect."""
    kinds = found["class"]
    there = [kind for kind in sizes.names if (kinds == kind).any()]
    for place, kind in enumerate(there):
        here = select(found, kinds == kind)
        for i, (procedure, color) in enumerate(COLORS.items()):
            share = SimulatedShare.of(called(procedure, here).astype(float), np.ones(len(here["k"])), here["k"])
            at = place + 0.22 * (i - 1)
            axes.plot(at, 100 * share.value, "os^"[i], color=color, label=procedure if place == 0 else None)
            if np.isfinite(share.error):
                ends = [100 * (share.value + sign * 2 * share.error) for sign in (-1, 1)]
                axes.plot([at, at], np.clip(ends, 0, 100), color=color, linewidth=1.2)
    axes.axhline(5, color="black", linewidth=0.6, linestyle=":")
    axes.set_xticks(range(len(there)), ["none" if kind == NONE else kind for kind in there])
    if len(there) > FEW:
        axes.tick_params(axis="x", labelrotation=60)
    axes.set_xlim(-0.6, len(there) - 0.4)
    axes.set_ylim(bottom=-1)
    axes.set_xlabel("true effect (points of E[y])")
    axes.set_ylabel("called, percent of effects (dotted: 5)")
    axes.set_title("Who calls what", fontsize=9)
    _tidy(axes)
    axes.legend(fontsize=7, frameon=False, loc="upper left")


def _estimates(axes: Axes, found: Table, rule: Rule, scale: Unit) -> None:
    """Every estimate against its truth."""
    truth = found["true"]
    # Where all truths are one (no effect at all) points would lie on one line: halves side by side then.
    apart = 0.0 if np.ptp(truth) > 0 else 1.0
    for i, (half, (name, color, mark)) in enumerate(HALVES.items()):
        rng = np.random.default_rng(0)
        x = truth + apart * (i - 0.5 + rng.uniform(-0.3, 0.3, len(truth)))
        dots: dict[str, Any] = {"markersize": 2, "alpha": 0.35, "markeredgewidth": 0}
        # Thousands of points as an image: as shapes they would make a file of a megabyte.
        axes.plot(x, found[f"{half}_mean"], mark, color=color, rasterized=True, **dots)
        axes.plot([], [], mark, color=color, label=name, **dots)
    ends = np.array([truth.min() - apart, truth.max() + apart])
    axes.plot(ends, ends if not apart else [0.0, 0.0], color="black", linewidth=0.8)
    for side in (-1, 1):
        axes.axhline(side * rule.smallest_on(scale), color="black", linewidth=0.6, linestyle=":")
    if apart:
        axes.set_xticks([-0.5, 0.5], [name for name, _, _ in HALVES.values()])
    axes.set_xlabel("true effect, 0 for all" if apart else f"true effect ({_unit(scale)})")
    axes.set_ylabel(f"estimate ({_unit(scale)}; dotted: what matters)")
    axes.set_title("Estimates against truths", fontsize=9)
    _tidy(axes)
    if not apart:
        axes.legend(fontsize=7, frameon=False, loc="upper left", markerscale=3)


def _coverage(axes: Axes, found: Table, labels: list[str]) -> None:
    """Coverage of 90 % intervals, effect by effect."""
    lines = [IntervalLine(label, tuple(_covered(select(found, found["label"] == label)))) for label in labels]
    interval_plot(axes, lines, null=90.0)
    axes.set_xlabel("truths within 90 % intervals, percent")
    axes.set_title("Coverage, effect by effect", fontsize=9)
    _tidy(axes)


def _covered(here: Table) -> Iterator[Interval]:
    for i, (half, (_, color, mark)) in enumerate(HALVES.items()):
        known = select(here, np.isfinite(here[f"{half}_mean"]))
        if not len(known["k"]):
            continue
        share = inside(half, known, 90).mean()
        reach = 2 * np.sqrt(share * (1 - share) / len(known["k"]))
        low, high = 100 * np.clip([share - reach, share + reach], 0, 1)
        yield Interval(low, high, 100 * share, color, marker=mark, width=1.0, size=3.5, shift=0.16 * (i - 0.5))


def _unit(scale: Unit) -> str:
    return "points" if scale == "points" else "probability"


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#eeeeee", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)
