"""What components declare their variables to PyMC with: they do not import PyMC, which takes seconds."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.transforms import Interval, ordered
from pytensor.gradient import disconnected_grad

from data.arrays import Array
from priors.translate import Translated


@dataclass
class GraphTools:
    """Tools for an open PyMC model.

    Attributes
    ----------
    data : dict
        The model's data in the graph, by name.
    priors : Translated
    shift : tensor or 0.0
        The intercept's shift by the components so far, (service,).
    """

    data: dict[str, Any]
    priors: Translated
    shift: Any = 0.0
    pm: ModuleType = pm
    pt: ModuleType = pt

    def positive(self, name: str, role: str, *, dims: Any, above_one: bool = False) -> Any:
        """Add a positive variable with the prior of a role, perhaps restricted to above 1."""
        numbers = self.data[f"{name}_prior"]
        distribution = self.priors[role].distribution
        if above_one:
            made = _made(distribution, numbers, dist=True)
            start = 1.0 + self.priors[role].width
            return pm.Truncated(name, made, lower=1.0, dims=dims, default_transform=Interval(1.0, None), initval=start)
        return _made(distribution, numbers, name=name, dims=dims)

    def width(self, role: str) -> Any:
        """Return how wide a positive prior is."""
        numbers = self.data[f"{role}_prior"]
        return numbers[0] if self.priors[role].distribution == "half_normal" else self.priors[role].width

    def common_shift(self, name: str, sd: Any, weight: Any, factor: Any, *, dims: Any) -> Any:
        """Add normal effects, (level, service), that are sampled with most of their common shift removed."""
        shifted = pm.CustomDist(
            name,
            sd + pt.zeros_like(weight),
            weight,
            factor,
            logp=_log_density,
            random=_draw,
            signature="(l,s),(l,s),(s)->(l,s)",
            dims=dims,
        )
        return _restore_common_shift(shifted, weight, factor)

    def held(self, value: Any) -> Any:
        """Return a value that derivatives are not taken through."""
        return disconnected_grad(value)

    def ordered(self, name: str, *, dims: Any) -> Any:
        """Add values in rising order whose shares of a logistic variable, one below the next, are Dirichlet."""
        numbers = self.data[f"{name}_prior"]
        sets = len(pm.modelcontext(None).coords["service"]) if "service" in dims else 0
        weights = pt.zeros((sets, 1)) + numbers if sets else numbers
        return pm.CustomDist(
            name,
            weights,
            weights[..., 1:],  # for its length, from which PyTensor infers that of the values
            logp=_log_shares,
            random=_draw_shares,
            signature="(k),(c)->(c)",
            dims=dims,
            transform=ordered,
            initval="support_point",
            support_point=lambda rv, size, a, b: pt.zeros_like(b) + pt.arange(b.shape[-1]),
        )


def _made(distribution: str, numbers: Any, *, dist: bool = False, **given: Any) -> Any:
    kinds = {
        "half_normal": (pm.HalfNormal, ("sigma",)),
        "gamma": (pm.Gamma, ("alpha", "beta")),
        "exponential": (pm.Exponential, ("lam",)),
    }
    kind, names = kinds[distribution]
    held = {name: numbers[place] for place, name in enumerate(names)}
    return kind.dist(**held) if dist else kind(given.pop("name"), **held, **given)


def _restore_common_shift(value: Any, weight: Any, factor: Any) -> Any:
    """Return raw effects from the sampled values, (level, service), by adding their common shift again."""
    return value + factor * (weight * value).sum(axis=0)


def _log_density(value: Any, sd: Any, weight: Any, factor: Any) -> Any:
    """Return the log-density: independent normals after `_restore_common_shift`, without the constant determinant."""
    return -0.5 * (_restore_common_shift(value, weight, factor) / sd) ** 2 - pt.log(sd) - 0.5 * np.log(2.0 * np.pi)


def _draw(sd: Array, weight: Array, factor: Array, rng: np.random.Generator | None = None, size: Any = None) -> Array:
    """Return raw effects drawn from their prior, with most of their common shift removed."""
    generator = rng if rng is not None else np.random.default_rng()
    raw = generator.normal(0.0, sd)
    return np.asarray(raw - factor / (1.0 + factor) * (weight * raw).sum(axis=0))


def _log_shares(value: Any, weights: Any, like: Any) -> Any:
    """Return the log-density of ordered values."""
    below = pt.sigmoid(value)
    ends = pt.zeros_like(value[..., :1])
    shares = pt.concatenate([below, 1.0 + ends], axis=-1) - pt.concatenate([ends, below], axis=-1)
    constant = pt.gammaln(weights.sum(axis=-1)) - pt.gammaln(weights).sum(axis=-1)
    slopes = (pt.log(below) + pt.log1p(-below)).sum(axis=-1)
    return ((weights - 1.0) * pt.log(shares)).sum(axis=-1) + slopes + constant


def _draw_shares(weights: Array, like: Array, rng: np.random.Generator | None = None, size: Any = None) -> Array:
    """Return ordered values drawn from their prior."""
    generator = rng if rng is not None else np.random.default_rng()
    parts = generator.gamma(np.asarray(weights))
    below = np.cumsum(parts, axis=-1)[..., :-1] / parts.sum(axis=-1, keepdims=True)
    return np.asarray(np.log(below) - np.log1p(-below))
