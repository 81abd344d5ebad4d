r"""The Bernoulli family with a logit link, for yes-or-no outcomes.

.. math::

    y_{is} \sim \mathrm{Bernoulli}(p_{is}), \qquad \log\frac{p_{is}}{1 - p_{is}} = \eta_{is}

with log-density :math:`-\log(1 + \exp(-(2y - 1)\eta))`, which neither overflows nor loses digits. Where group
effects are integrated over, the probability is that of a logistic-normal: nearer to a half than the probability of a
unit in typical groups, as different places average out. The ratio on the scale of log-odds is the odds ratio of the
same unit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import expit, log_expit

from data.arrays import Array
from models.family import Cell, Family, Parameter
from models.numerics.compiled_tools import CompiledTools
from models.scale import Limits, Quantity, Scale, Values, linear_predictor


def log_density(y: Array, eta: Array, values: Values, limits: Limits) -> Array:
    """Return the log-probability of each cell."""
    probability: Array = log_expit((2.0 * y - 1.0) * eta)
    return probability


def draw(eta: Array, values: Values, limits: Limits, rng: np.random.Generator) -> Array:
    """Return zeros and ones."""
    return np.asarray(rng.random(np.shape(eta)) < expit(eta), dtype=float)


def expected(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the probability."""
    probability: Array = expit(eta)
    return probability


def information(y: Array, like: Array, limits: Limits) -> float:
    """Return the information of cells about their shared log-odds: n p (1 - p), above 0 even where all agree."""
    p = (y.sum() + 0.5) / (y.size + 1.0)
    return float(y.size * p * (1.0 - p))


def graph(pt: Any, y: Any, eta: Any, values: Any, limits: Any, left: Any, interior: Any, right: Any) -> Any:
    """Return the pointwise log-density."""
    return -pt.softplus((1.0 - 2.0 * y) * eta)


def _log_1_plus_exp(a: Array) -> Array:
    """Return log(1 + exp(-a))."""
    return np.asarray(np.log1p(np.exp(-a)))


def cell(tools: CompiledTools) -> Cell:
    """Return the log-density of one cell in compiled code.

    Where `y` is the share of yes among `weight` answers, it is the log-density of all of them: a binomial count.
    log(1 + exp(-a)) has 14 digits from the table and its slope 11; above the table both are exp(-a) to as many digits.
    """
    near = tools.pieces(_log_1_plus_exp, 0.0, 32.0, per_unit=2.0, degree=9)
    high, per_unit, coefficients = near.high, near.per_unit, near.coefficients
    value_and_slope = tools.value_and_slope

    @tools.jit
    def prepare(slots: Any, ready: Any) -> None:
        return

    @tools.jit
    def pointwise(
        kind: int, y: float, weight: float, eta: float, lower: float, upper: float, ready: Any, bar: Any
    ) -> Any:
        distance = abs(eta)
        if distance < high:
            rest, slope = value_and_slope(distance, 0.0, per_unit, coefficients)
        else:
            rest = math.exp(-distance)
            slope = -rest
        p = 1.0 + slope if eta > 0.0 else -slope
        return weight * (y * eta - max(eta, 0.0) - rest), weight * (y - p)

    return Cell(prepare, pointwise)


FAMILY = Family(
    name="bernoulli",
    unit="probability",
    support="binary",
    parameters=(Parameter("location", "logit"),),
    equation="{y} ~ Bernoulli(p),  log(p / (1 - p)) = eta",
    log_density=log_density,
    draw=draw,
    expected=expected,
    information=information,
    slope=None,
    scales=(
        Scale("probability", "probability", "probability", Quantity(expected), ratio="of averages"),
        Scale("log_odds", "log-odds", "index", Quantity(linear_predictor), ratio="of odds"),
    ),
    graph=graph,
    cell=cell,
    counts=True,
    maximise="bernoulli",
    index_unit="logits",
)
