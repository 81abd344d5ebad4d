"""The operating figure: who calls what, estimates against truths, and coverage effect by effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from fits.calibration.simulated_effects import (
    DIRECTION_RULE,
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
from reports.figures.canvas import BLUE, GREY, LIGHT_BLUE, RED, canvas, save
from reports.figures.intervals import Interval, IntervalLine, interval_plot

MARKS = {DIRECTION_RULE: (LIGHT_BLUE, "D"), INTERVAL_RULE: (GREY, "o"), VERDICT_RULE: (BLUE, "s"), P_VALUE: (RED, "^")}
FEW = 5
"""Classes of true effects whose names fit side by side."""

DISTINCT = 8
"""True sizes that are drawn as places of their own; of more, estimates are drawn against the true effect itself."""

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
        draw_estimates(middle, found, rule, scale)
        _coverage(right, found, labels)
        save(figure, target, title=title, stamp=stamp, note="Bars: two Monte Carlo standard errors either way")


def _calls(axes: Axes, found: Table, sizes: TrueSizes) -> None:
    """Share of effects called, by class of the true effect."""
    kinds = found["class"]
    there = [kind for kind in sizes.names if (kinds == kind).any()]
    for place, kind in enumerate(there):
        here = select(found, kinds == kind)
        for i, (procedure, (color, mark)) in enumerate(MARKS.items()):
            share = SimulatedShare.of(called(procedure, here).astype(float), np.ones(len(here["k"])), here["k"])
            at = place + 0.18 * (i - 1.5)
            axes.plot(at, 100 * share.value, mark, color=color, label=procedure if place == 0 else None)
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
    _legend_above(axes)


def draw_estimates(axes: Axes, found: Table, rule: Rule, scale: Unit) -> None:
    """Draw every estimate against its truth, both halves side by side where truths are of a few sizes.

    Parameters
    ----------
    axes : Axes
        Empty; drawn on.
    found : Table
        Of `table_of`.
    """
    truth = found["true"]
    distinct, which = np.unique(np.sign(truth) * found["size"], return_inverse=True)
    apart = len(distinct) <= DISTINCT
    places = which if apart else truth
    for i, (half, (name, color, mark)) in enumerate(HALVES.items()):
        shift = 0.4 * (i - 0.5) + np.random.default_rng(0).uniform(-0.15, 0.15, len(truth)) if apart else 0.0
        dots: dict[str, Any] = {"markersize": 2, "alpha": 0.35, "markeredgewidth": 0}
        # Thousands of points as an image: as shapes they would make a file of a megabyte.
        axes.plot(places + shift, found[f"{half}_mean"], mark, color=color, rasterized=True, **dots)
        axes.plot([], [], mark, color=color, label=name, **dots)
    for side in (-1, 1):
        axes.axhline(side * rule.smallest_on(scale), color="black", linewidth=0.6, linestyle=":")
    if apart:
        for place in range(len(distinct)):
            axes.plot([place - 0.4, place + 0.4], [truth[places == place].mean()] * 2, color="black", linewidth=1.0)
        axes.set_xticks(range(len(distinct)), ["none" if size == 0 else f"{size:g}" for size in distinct])
    else:
        axes.plot([truth.min(), truth.max()], [truth.min(), truth.max()], color="black", linewidth=0.8)
    axes.set_xlabel(f"true effect ({_unit(scale)}; black line)")
    axes.set_ylabel(f"estimate ({_unit(scale)}; dotted: what matters)")
    axes.set_title("Estimates against truths", fontsize=9)
    _tidy(axes)
    _legend_above(axes, markerscale=3)


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


def _legend_above(axes: Axes, **options: Any) -> None:
    """Put the legend above everything that is drawn."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.18 * (high - low))
    axes.legend(fontsize=7, frameon=False, loc="upper left", **options)


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#eeeeee", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)
