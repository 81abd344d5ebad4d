"""The maximum of any family's likelihood for one equation, from its log-density alone.

Derivatives are central differences of the log-density of each cell by its linear predictor and by the unbounded numbers
that stand for the family's other parameters. Four points each, a thousandth of the natural width apart, are right to
about eleven digits for first derivatives and eight for second. The search is Newton's method in a trust region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logit

from data.arrays import Array
from models.engines.maximum.maximum import Maximum, NoMaximum, require_well_conditioned, unwhiten, whiten
from models.engines.maximum.separation import require_bounded
from models.family import AT_LOWER, AT_UPPER, EXACT, Family, kinds_of

STEP = 1e-3
"""Distance of the points of a difference, in natural widths."""

GRADIENT, ITERATIONS = 1e-7, 300

WITHOUT_END = 7.0
"""Log of a parameter, above 1, from which its family is its own limit: degrees of freedom of 1,100 are normal tails."""

INSIDE = 0.02
"""Distance from the ends of the range within which the mean outcome is held as a start on a logit scale."""


@dataclass(frozen=True)
class Likelihood:
    """The log-likelihood of one equation on white columns.

    Attributes
    ----------
    y : array (cell,)
    x : array (cell, column)
    """

    family: Family
    y: Array
    x: Array
    limits: tuple[float, float]

    def cells(self, eta: Array, slots: Array) -> Array:
        """Return each cell's log-density; `slots` is (slot,)."""
        values = {name: value[None] for name, value in self.family.by_slots(slots).items()}
        return self.family.log_density(self.y, eta, values, self.limits)

    def value(self, theta: Array) -> float:
        """Return the log-likelihood; -inf where it is no number."""
        with np.errstate(all="ignore"):
            total = float(self.cells(*self._split(theta)).sum())
        return total if np.isfinite(total) else -np.inf

    def derivatives(self, theta: Array) -> tuple[Array, Array]:
        """Return the scores (cell, parameter) and minus the Hessian (parameter, parameter)."""
        eta, slots = self._split(theta)
        moves = [(eta_by, slots_by) for eta_by, slots_by in self._moves(slots)]
        first = np.stack([self._slope(eta, slots, move) for move in moves])  # (direction, cell)
        count = len(moves)
        second = np.empty((count, count, len(self.y)))
        for j in range(count):
            for k in range(j, count):
                second[j, k] = second[k, j] = self._bend(eta, slots, moves[j], moves[k], same=j == k)
        columns = self.x.shape[1]
        scores = np.hstack([first[0][:, None] * self.x, first[1:].T])
        information = np.empty((columns + count - 1,) * 2)
        information[:columns, :columns] = -(self.x.T * second[0, 0]) @ self.x
        information[:columns, columns:] = -self.x.T @ second[0, 1:].T
        information[columns:, :columns] = information[:columns, columns:].T
        information[columns:, columns:] = -second[1:, 1:].sum(axis=-1)
        return scores, information

    def _split(self, theta: Array) -> tuple[Array, Array]:
        columns = self.x.shape[1]
        return self.x @ theta[:columns], theta[columns:]

    def _width(self, slots: Array) -> float:
        by = self.family.widened_by
        return float(self.family.by_slots(slots)[by]) if by else 1.0

    def _moves(self, slots: Array) -> list[tuple[float, Array]]:
        """Return a natural width in every direction: the linear predictor's, then each slot's, which is 1."""
        return [(self._width(slots), np.zeros(len(slots))), *((0.0, unit) for unit in np.eye(len(slots)))]

    def _slope(self, eta: Array, slots: Array, move: tuple[float, Array]) -> Array:
        def at(t: float) -> Array:
            return self.cells(eta + t * move[0], slots + t * move[1])

        slope = (8.0 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12.0 * STEP)
        return slope / (move[0] or 1.0)

    def _bend(
        self, eta: Array, slots: Array, one: tuple[float, Array], other: tuple[float, Array], *, same: bool
    ) -> Array:
        def at(t: float, u: float) -> Array:
            return self.cells(eta + t * one[0] + u * other[0], slots + t * one[1] + u * other[1])

        width = (one[0] or 1.0) * (other[0] or 1.0)
        if same:
            near, far = at(STEP, 0.0) + at(-STEP, 0.0), at(2 * STEP, 0.0) + at(-2 * STEP, 0.0)
            return (16.0 * near - far - 30.0 * at(0.0, 0.0)) / (12.0 * STEP**2) / width

        def cross(h: float) -> Array:
            return (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4.0 * h * h)

        return (4.0 * cross(STEP) - cross(2 * STEP)) / 3.0 / width


def climb(y: Array, x: Array, *, limits: tuple[float, float], labels: Sequence[str], family: Family) -> Maximum:
    """Return the maximum; its parameters are the coefficients of `x` in order, then the family's slots.

    Parameters
    ----------
    y : array (cell,)
    x : array (cell, column)
        The first column is the constant.
    limits : (lower, upper)
    labels : sequence of str
        The columns' names.

    Raises
    ------
    NoMaximum
        If columns are collinear or separate the outcomes, or the search ends where the likelihood still rises or is
        flat.
    """
    require_well_conditioned(x.T @ x, labels)
    # A cell at a limit likes its linear predictor the better the farther it is beyond, any other is held on both sides.
    kind = np.where(y > 0, AT_UPPER, AT_LOWER) if family.binary else kinds_of(y, limits)
    at = kind != EXACT
    if at.any():
        require_bounded(kind[at, None] * x[at], x[~at], labels)
    columns, triangle = whiten(x)
    problem = Likelihood(family, y, columns, limits)
    slots = len(family.slot_names())
    found = minimize(
        lambda theta: -problem.value(theta) / len(y),
        _start(problem, triangle),
        jac=lambda theta: -problem.derivatives(theta)[0].sum(axis=0) / len(y),
        hess=lambda theta: problem.derivatives(theta)[1] / len(y),
        method="trust-exact",
        options={"gtol": GRADIENT, "maxiter": ITERATIONS},
    )
    if not np.isfinite(found.fun):
        raise NoMaximum("did not converge: the likelihood is not a number where the search ended")
    theta, iterations = _polish(problem, found.x, int(found.nit))
    _require_limit(problem, theta)
    scores, information = problem.derivatives(theta)
    white = Maximum(theta, information, scores, problem.value(theta), iterations)
    count = x.shape[1]
    jacobian = np.eye(count + slots)
    jacobian[:count, :count] = triangle
    estimate = np.concatenate([np.linalg.solve(triangle, theta[:count]), theta[count:]])
    return unwhiten(white, estimate=estimate, jacobian=jacobian, labels=[*labels, *family.slot_words()])


def _require_limit(problem: Likelihood, theta: Array) -> None:
    """Raise an error where a parameter that may grow without end has done so, as a simpler family fits as well."""
    at = problem.x.shape[1]
    for one in problem.family.others:
        first, at = theta[at], at + one.slots
        if one.support == "above_one" and first > WITHOUT_END:
            words = one.name.replace("_", " ")
            raise NoMaximum(
                f"the likelihood rises, ever less, as the {words} grow without end, so there is no estimate"
            )


def _start(problem: Likelihood, triangle: Array) -> Array:
    """Return the constant at the mean outcome, the width at the outcome's sd, and the other slots near 0."""
    family, y = problem.family, problem.y
    level, lower, upper = float(y.mean()), *problem.limits
    if family.link == "logit":
        share = (level - lower) / (upper - lower) if np.isfinite([lower, upper]).all() else level
        level = float(logit(np.clip(share, INSIDE, 1.0 - INSIDE)))
    white = np.zeros(problem.x.shape[1])
    white[0] = level * triangle[0, 0]
    slots: list[float] = []
    for one in family.others:
        if one.labels:
            slots += [-1.0, *[float(np.log(2.0))] * (one.slots - 1)]
        else:
            slots.append(float(np.log(y.std())) if one.name == family.widened_by else 0.0)
    return np.concatenate([white, slots])


def _polish(problem: Likelihood, theta: Array, iterations: int) -> tuple[Array, int]:
    """Take Newton's steps while they raise the likelihood, at most three."""
    for _ in range(3):
        scores, information = problem.derivatives(theta)
        try:
            step = np.linalg.solve(information, scores.sum(axis=0))
        except np.linalg.LinAlgError:
            break
        if not np.isfinite(step).all() or problem.value(theta + step) < problem.value(theta) - 1e-9 * len(problem.y):
            break
        theta, iterations = theta + step, iterations + 1
    return theta, iterations
