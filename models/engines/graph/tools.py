"""What components declare their variables to PyMC with: they do not import PyMC, which takes seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pymc as pm
import pytensor.scalar as scalar
import pytensor.tensor as pt
from pymc.distributions.transforms import Interval, ordered
from pytensor.tensor.elemwise import Elemwise

from data.arrays import Array
from priors.translate import Translated


class Written(scalar.ScalarOp):  # type: ignore[misc]
    """A function of single numbers in Python that numba compiles, with the derivatives by its first two."""

    nin, nout = 4, 1

    def __init__(self, function: Callable[..., float], slopes: Callable[..., tuple[Any, Any]]) -> None:
        super().__init__(lambda *types: [scalar.float64], name=function.__name__)
        self.function, self.slopes = function, slopes

    def __eq__(self, other: object) -> bool:
        """Whether it is of the same function."""
        return isinstance(other, Written) and self.function is other.function

    def __hash__(self) -> int:
        """Return the function's."""
        return hash((Written, self.function))

    def impl(self, *given: float) -> float:
        """Return the value."""
        return self.function(*(float(one) for one in given))

    def pullback(self, inputs: list[Any], outputs: list[Any], grads: list[Any]) -> list[Any]:
        """Return the derivatives; what comes after the first two is data."""
        found = self.slopes(scalar, outputs[0], *inputs)
        return [*(grads[0] * one for one in found), *(one.zeros_like(dtype="float64") for one in inputs[2:])]


@cache
def _told_to_numba() -> None:
    """Tell PyTensor how numba compiles `Written`.

    PyTensor's part for numba numbers functions in its own way as soon as it is imported, and `check_caches` has to be
    there first.
    """
    njit = import_module("pytensor.link.numba.dispatch.basic").numba_njit
    register = import_module("pytensor.link.numba.dispatch.scalar").register_scalar_funcify

    @register(Written)  # type: ignore[untyped-decorator]
    def compiled(op: Written, node: Any, **given: Any) -> Any:
        return njit(op.function), None


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

    def elementwise(self, function: Callable[..., float], slopes: Callable[..., tuple[Any, Any]], *given: Any) -> Any:
        """Return a function of four single numbers, written in Python, of tensors.

        Parameters
        ----------
        slopes : callable
            ``slopes(xp, value, *given)`` -> derivatives by the first two; others are data.
        """
        _told_to_numba()
        return Elemwise(Written(function, slopes))(*given)

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
