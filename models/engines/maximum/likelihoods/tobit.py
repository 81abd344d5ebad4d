r"""The two-limit Tobit by maximum likelihood, in parameters in which it is concave.

In Olsen's parameters :math:`\delta = \beta/\sigma,\ \gamma = 1/\sigma` every cell's log-likelihood
depends on one linear index :math:`u = a'\theta,\ \theta = (\delta, \gamma)`:

.. math::

    y = L: &\quad \log\Phi(u), \quad a = (-x, L) \\
    L < y < U: &\quad \log\gamma - \tfrac12 u^2 - \tfrac12\log 2\pi, \quad a = (-x, y) \\
    y = U: &\quad \log\Phi(u), \quad a = (x, -U)

Each is concave, so there is one maximum or none. Olsen (1978), https://doi.org/10.2307/1911445.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import erfcx, log_ndtr

from data.arrays import Array, Mask
from models.engines.maximum.maximum import SETTLED, Maximum, NoMaximum, require_well_conditioned, unwhiten, whiten
from models.engines.maximum.separation import direction, require_bounded

SPREAD = "log residual sd"
"""The name of the last parameter."""

GRADIENT = 1e-6
"""Gradient per cell at which the search ends; below it the rounding of the value, 1e-16, hides progress."""

ITERATIONS = 200
"""Most iterations of the search, which takes 5 to 15."""

STEPS = 20
"""Most of Newton's final steps, of which there are 1 or 2 unless the outcomes are nearly separated."""


@dataclass(frozen=True)
class Olsen:
    """A Tobit's log-likelihood in Olsen's parameters, on whitened rows.

    Attributes
    ----------
    rows : array (cell, parameter)
        The `a` of each cell times the inverse of `triangle`, so that the parameters are
        ``triangle @ (delta, gamma)``. The last is gamma times a positive number; the ordinary least squares
        estimate is (0, ..., 0, 1).
    triangle : array (parameter, parameter)
    between : bool array (cell,)
        Whether the cell lies between the limits.
    """

    rows: Array
    triangle: Array
    between: Mask

    @classmethod
    def of(cls, y: Array, x: Array, limits: tuple[float, float]) -> Olsen:
        """Return the log-likelihood of `y` (cell,), which is a limit where it is censored, on `x` (cell, column)."""
        white, triangle = whiten(np.column_stack([-x, y]))
        sign = np.where(y >= limits[1], -1.0, 1.0)
        return cls(white * sign[:, None], triangle, (y > limits[0]) & (y < limits[1]))

    def log_likelihood(self, theta: Array) -> float:
        """Return the log-likelihood at `theta` (parameter,), -inf where gamma is not positive."""
        if theta[-1] <= 0:
            return -np.inf
        index = self.rows @ theta
        log_gamma = np.log(theta[-1] / self.triangle[-1, -1])
        exact = log_gamma - 0.5 * index[self.between] ** 2 - 0.5 * np.log(2 * np.pi)
        return float(exact.sum() + log_ndtr(index[~self.between]).sum())

    def scores(self, theta: Array) -> Array:
        """Return the gradient (cell, parameter) of each cell's log-likelihood."""
        index = self.rows @ theta
        scores: Array = np.where(self.between, -index, mills(index))[:, None] * self.rows
        scores[self.between, -1] += 1 / theta[-1]
        return scores

    def information(self, theta: Array) -> Array:
        """Return minus the Hessian (parameter, parameter) of the log-likelihood."""
        index = self.rows @ theta
        ratio = mills(index)
        # in (0, 1), but in the far lower tail a difference of large numbers
        bend = np.where(self.between, 1.0, np.clip(ratio * (ratio + index), 0.0, 1.0))
        information: Array = (self.rows.T * bend) @ self.rows
        information[-1, -1] += self.between.sum() / theta[-1] ** 2
        return information

    def jacobian(self, estimate: Array) -> Array:
        """Return the derivative (parameter, parameter) of these parameters by those of `estimate`.

        Parameters
        ----------
        estimate : array (parameter,)
            The coefficients, then the log of the residual sd.
        """
        sd = np.exp(estimate[-1])
        change = np.eye(len(estimate)) / sd
        change[:, -1] = np.append(-estimate[:-1], -1.0) / sd
        derivative: Array = self.triangle @ change
        return derivative

    def estimate(self, theta: Array) -> Array:
        """Return the coefficients, then the log of the residual sd, (parameter,)."""
        olsen = np.linalg.solve(self.triangle, theta)
        return np.append(olsen[:-1] / olsen[-1], -np.log(olsen[-1]))


def mills(index: Array) -> Array:
    """Return phi/Phi, with all digits in the far tails too."""
    ratio: Array = np.sqrt(2 / np.pi) / erfcx(-index / np.sqrt(2))
    return ratio


def maximise(y: Array, x: Array, *, limits: tuple[float, float], labels: Sequence[str]) -> Maximum:
    """Return the maximum; its parameters are the coefficients of `x` in order, then the log of the residual sd.

    Parameters
    ----------
    y : array (cell,)
        The limit itself where the outcome is censored.
    x : array (cell, column)
        The first column is the constant.
    limits : (lower, upper)
        Either may be infinite; if both are, the estimate is that of ordinary least squares.
    labels : sequence of str
        The columns' names.

    Raises
    ------
    NoMaximum
        If columns are collinear or let the likelihood rise without end, or the search fails.
    """
    _require_maximum(y, x, limits=limits, labels=labels)
    problem = Olsen.of(y, x, limits)
    theta, iterations = _search(problem)
    white = Maximum(
        estimate=theta,
        information=problem.information(theta),
        scores=problem.scores(theta),
        log_likelihood=problem.log_likelihood(theta),
        iterations=iterations,
    )
    estimate = problem.estimate(theta)
    return unwhiten(white, estimate=estimate, jacobian=problem.jacobian(estimate), labels=[*labels, SPREAD])


def _require_maximum(y: Array, x: Array, *, limits: tuple[float, float], labels: Sequence[str]) -> None:
    """Raise an error with a sentence if there is no maximum or more than one."""
    require_well_conditioned(x.T @ x, labels)
    between = (y > limits[0]) & (y < limits[1])
    if not between.any():
        raise NoMaximum("every outcome is at a limit, so the residual sd cannot be estimated")
    rows = np.column_stack([-x, y]) * np.where(y >= limits[1], -1.0, 1.0)[:, None]
    require_bounded(rows[~between, :-1], rows[between, :-1], labels)
    # No direction in the coefficients alone is left by now; gamma may still grow.
    gamma = np.append(np.zeros(x.shape[1]), 1.0)
    if direction(np.vstack([rows[~between], gamma]), rows[between]) is not None:
        raise NoMaximum("the columns fit every outcome between the limits exactly, so the residual sd falls to zero")


def _search(problem: Olsen) -> tuple[Array, int]:
    """Return the parameters at the maximum, and the number of iterations from ordinary least squares."""
    cells, width = problem.rows.shape
    found = minimize(
        lambda theta: -problem.log_likelihood(theta) / cells,
        np.append(np.zeros(width - 1), 1.0),
        jac=lambda theta: -problem.scores(theta).sum(axis=0) / cells,
        hess=lambda theta: problem.information(theta) / cells,
        method="trust-exact",
        options={"gtol": GRADIENT, "maxiter": ITERATIONS},
    )
    if not found.success:
        raise NoMaximum(f"did not converge: the likelihood still rises after {found.nit} iterations")
    return _polish(problem, found.x, int(found.nit))


def _polish(problem: Olsen, theta: Array, iterations: int) -> tuple[Array, int]:
    """Take Newton's steps near the maximum: each squares the distance, or cuts it by two thirds if nearly separated."""
    for _ in range(STEPS):
        gradient = problem.scores(theta).sum(axis=0)
        try:
            move = np.linalg.solve(problem.information(theta), gradient)
        except np.linalg.LinAlgError:
            break
        theta, iterations = theta + move, iterations + 1
        if gradient @ move < SETTLED:
            break
    return theta, iterations
