"""Figures of the chains of the parameters with the largest R-hat."""

from __future__ import annotations

import arviz_stats
import numpy as np
import xarray as xr

from fits.fit_with_study import Evidence
from fits.number_format import rounded
from models.posterior import parameters_of
from reports.document.blocks import Block, Figure, Fold, Origin, Prose
from reports.figures.chains import draw_ranks, draw_traces
from reports.report_inputs import svg_of
from reports.sections.parts.wording import anchor, stamp_of

RANKED, TRACED = 6, 3
"""Number of parameters in the figure of ranks and in that of traces."""


def chains(evidence: Evidence) -> list[Block]:
    """Return the figures of a fit's worst parameters, folded; nothing where all parameters are constant."""
    with evidence.posterior() as posterior:
        worst, rhat = worst_of(posterior, RANKED)
    if not worst.data_vars:
        return []
    stamp = stamp_of(evidence)
    names = ", ".join(f"{name} ({rounded(value, 3)})" for name, value in rhat.items())
    origin = Origin((evidence.name,), "arviz_plots.plot_rank")
    title = f"{evidence.name}: ranks of chains, the parameters with the largest R-hat"
    ranks = Figure(
        name=anchor("diagnostics-ranks", evidence.name),
        title=title,
        alt="Each chain's ranks among all chains, less what chains that agree would show, which is 0; p tests whether "
        f"they agree. The largest R-hat: {names}.",
        svg=svg_of(draw_ranks, worst, title=title, stamp=stamp),
        origin=origin,
    )
    few = worst[list(worst.data_vars)[:TRACED]]
    title = f"{evidence.name}: traces and densities, the parameters with the largest R-hat"
    traces = Figure(
        name=anchor("diagnostics-traces", evidence.name),
        title=title,
        alt="Left, the density of each chain, which should lie on one another and be smooth; right, its values in "
        "order, which should wander around one level without trend.",
        svg=svg_of(draw_traces, few, title=title, stamp=stamp),
        origin=Origin((evidence.name,), "arviz_plots.plot_trace_dist"),
    )
    text = (
        "These are the worst of all top-level parameters, so that a chain which strays a little, marked in black with "
        "a small p, is to be expected of some. Traces and ranks are of a part of the draws, evenly spaced."
    )
    summary = f"{evidence.name}: chains of the parameters with the largest R-hat"
    return [Fold(summary, (Prose(text, "note"), ranks, traces))]


def worst_of(posterior: xr.Dataset, count: int) -> tuple[xr.Dataset, dict[str, float]]:
    """Return the top-level parameters with the largest R-hat, each (chain, draw), and the R-hat of each."""
    names = parameters_of(posterior)
    top = posterior[names].load()
    with np.errstate(divide="ignore", invalid="ignore"):  # the R-hat of a constant is NaN
        found = arviz_stats.rhat(top)
    flat: dict[str, tuple[float, xr.DataArray]] = {}
    for name in names:
        for place in np.ndindex(*found[name].shape):
            at = dict(zip(found[name].dims, place, strict=True))
            value = float(found[name].isel(at))
            if np.isfinite(value):
                labels = [str(found[name][dim].to_numpy()[k]) for dim, k in at.items()]
                label = f"{name}[{', '.join(labels)}]" if labels else name
                flat[label] = (value, top[name].isel(at).reset_coords(drop=True))
    kept = sorted(flat, key=lambda label: -flat[label][0])[:count]
    return xr.Dataset({label: flat[label][1] for label in kept}), {label: flat[label][0] for label in kept}
