"""Points of PyMC's graph in compiled code, which samples sds in forms of its own, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial
from scipy import stats
from scipy.optimize import brentq

from models.component import SIGNED_START
from models.components.exhaustive_groups import ExhaustiveEffects, stretching
from models.components.groups import GroupEffects
from models.engines.compiled.density import Density
from models.numerics.pieces import Pieces
from priors.prior import Prior


def as_in_the_graph(density: Density, point: np.ndarray, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """Value and gradient at a point of the graph, which has logs of sds where compiled code has other forms.

    A signed sd gets a sign at random, and so does the normal score of one that is integrated out; the log of a group's
    other sds lies elsewhere.
    """
    place, ours, factor = places(density), point.copy(), np.ones_like(point)
    signed = np.zeros(point.size, dtype=bool)
    for one in density.parameters:
        if one.kind == "signed":
            here, raw = place[one.name], place[one.name.replace("_sd", "_raw")]
            sign = rng.choice([-1.0, 1.0], one.size)
            ours[here] = sign * np.exp(point[here]) / one.scale
            factor[raw] = np.tile(sign, (raw.stop - raw.start) // one.size)  # (level, service), or (unit,)
            signed[here] = True
    for part in density.parts:
        if isinstance(part, GroupEffects):
            here, raw = place[f"{part.name}_sd"], place[f"{part.name}_raw"]
            width, on = part.prior(density.priors).width, density.data[f"{part.name}_signed"] > 0.0
            sign = np.where(on, rng.choice([-1.0, 1.0], on.size), 1.0)
            log = point[here] - np.log(width)
            ours[here] = np.where(on, sign * np.exp(log), log + SIGNED_START)
            factor[raw] = np.tile(sign, (raw.stop - raw.start) // on.size)  # (level, service)
            signed[here] = on
    ours *= factor
    radial = [
        RadialPoint.of(part, density, point, rng) for part in density.parts if isinstance(part, ExhaustiveEffects)
    ]
    for group in radial:
        ours[group.sd], ours[group.raw] = group.score, group.z.ravel()
    value, gradient = density.at(ours)
    # By the chain rule; the graph's density of a log has a factor more.
    slopes = np.where(signed, gradient * ours + 1.0, gradient * factor)
    value += float(np.log(np.abs(ours[signed])).sum())
    for group in radial:
        np.testing.assert_allclose(gradient[group.sd], -group.score, rtol=1e-12)
        value += group.added()
        slopes[group.sd], slopes[group.raw] = group.slopes(gradient[group.raw])
    return value, slopes


def places(density: Density) -> dict[str, slice]:
    """Where each variable stands in a point."""
    starts = np.cumsum([0, *(one.size for one in density.parameters)])[:-1]
    return {one.name: slice(at, at + one.size) for one, at in zip(density.parameters, starts, strict=True)}


@dataclass(frozen=True)
class RadialPoint:
    """A point of the graph for an exhaustive group, and compiled code's for the same effects.

    With effects u = sd * raw in the graph, compiled code has u = width * z * g(|z|) and any score of the sd.
    """

    sd: slice
    raw: slice
    prior: Prior
    sds: np.ndarray  # (service,)
    w: np.ndarray  # raw effects of the graph, (service, level - 1)
    z: np.ndarray
    stretch: np.ndarray  # g and its derivative at |z|, (2, service, 1)
    score: np.ndarray

    @classmethod
    def of(cls, part: ExhaustiveEffects, density: Density, point: np.ndarray, rng: np.random.Generator) -> RadialPoint:
        place, prior = places(density), part.prior(density.priors)
        sd, raw = place[f"{part.name}_sd"], place[f"{part.name}_raw"]
        sds, w = np.exp(point[sd]), point[raw].reshape(sd.stop - sd.start, -1)
        found, size = stretching(w.shape[1], prior), np.linalg.norm(w, axis=1)
        lengths = [
            brentq(lambda r, y=y: r * by(found, r)[0] - y, 1e-9, 60.0, xtol=1e-14) for y in sds * size / prior.width
        ]
        z = w * (np.array(lengths) / size)[:, None]
        stretch = np.array([by(found, rho) for rho in lengths]).T[..., None]
        return cls(sd, raw, prior, sds, w, z, stretch, rng.normal(size=len(sds)))

    def added(self) -> float:
        """The graph's log prior of log sds and raw effects, less compiled code's of scores and z."""
        graph = self.prior.log_density(self.sds) + np.log(self.sds) + stats.norm.logpdf(self.w).sum(axis=1)
        return float((graph - stats.norm.logpdf(self.score) - stats.norm.logpdf(self.z).sum(axis=1)).sum())

    def slopes(self, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The graph's derivatives by log sds and raw effects, given compiled code's by z."""
        bar, rho = gradient.reshape(self.z.shape) + self.z, np.linalg.norm(self.z, axis=1, keepdims=True)
        value, slope = self.stretch
        along = (bar * self.z).sum(axis=1, keepdims=True) * self.z / rho**2
        # derivatives by effects: the stretching has one factor along z and another across it
        by_effects = ((bar - along) / value + along / (value + slope * rho)) / self.prior.width
        effects = self.sds[:, None] * self.w
        by_raw = self.sds[:, None] * by_effects - self.w
        return (by_effects * effects).sum(axis=1) + log_slope(self.prior, self.sds), by_raw.ravel()


def by(found: Pieces, rho: float) -> tuple[float, float]:
    """A stretching's value and derivative at a length, which go on straight beyond the last piece."""
    inside = min(rho, found.high)
    piece = min(int(inside * found.per_unit), len(found.coefficients) - 1)
    one, t = Polynomial(found.coefficients[piece]), inside - (piece + 0.5) / found.per_unit
    slope = float(one.deriv()(t))
    return float(one(t)) + slope * (rho - inside), slope


def log_slope(prior: Prior, sd: np.ndarray) -> np.ndarray:
    """The derivative by the log of an sd of that log's log-density."""
    if prior.distribution == "half_normal":
        return 1.0 - (sd / prior.width) ** 2
    shape = prior.shape if prior.distribution == "gamma" else 1.0
    return np.asarray(shape - prior.rate * sd)


def to_graph(density: Density, point: np.ndarray) -> np.ndarray:
    """The graph's point for one of compiled code: logs of sds, effects as they are turned, raw effects over the sd."""
    labelled, found = density.label(point[None, None]), point.copy()
    for one in density.parameters:
        values = labelled[one.name].to_numpy()[0, 0]
        if one.kind == "zero_sum":
            root = np.sqrt(one.shape[-1])
            values = values[..., :-1] - values[..., -1:] * root / (root + root**2)
        elif one.kind in ("signed", "own"):
            values = np.log(values)
        elif one.kind != "real":
            continue
        found[places(density)[one.name]] = values.ravel()
    return found
