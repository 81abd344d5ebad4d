"""Logistic regression by maximum likelihood, from statsmodels."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from scipy.special import log_expit
from statsmodels.discrete.discrete_model import Logit

from data.arrays import Array
from models.engines.maximum.maximum import Maximum, NoMaximum, require_well_conditioned, unwhiten, whiten
from models.engines.maximum.separation import require_bounded

ITERATIONS = 40
"""Most iterations; Newton's method takes 5 to 10, and 25 where a far estimate makes the likelihood flat."""


def maximise(y: Array, x: Array, *, limits: tuple[float, float], labels: Sequence[str]) -> Maximum:
    """Return the maximum; its parameters are the coefficients of `x` in order.

    Parameters
    ----------
    y : array (cell,)
        0 or 1.
    x : array (cell, column)
        The first column is the constant.
    limits : (lower, upper)
        Not used; all families have this signature.
    labels : sequence of str
        The columns' names.

    Raises
    ------
    NoMaximum
        If columns are collinear or separate the outcomes, or the search fails.
    """
    require_well_conditioned(x.T @ x, labels)
    sign = 2.0 * y - 1.0
    require_bounded(sign[:, None] * x, np.empty((0, x.shape[1])), labels)
    columns, triangle = whiten(x)
    with warnings.catch_warnings():
        # Separation and lack of convergence, of which statsmodels warns, are found here by other means.
        warnings.simplefilter("ignore")
        white = _newton(Logit(y, columns), sign)
    return unwhiten(white, estimate=np.linalg.solve(triangle, white.estimate), jacobian=triangle, labels=labels)


def _newton(model: Logit, sign: Array) -> Maximum:
    """Return the point at which Newton's method ends."""
    try:
        # statsmodels' ridge, meant for columns that are not white, would stop early where the likelihood is flat
        found = model.fit(method="newton", maxiter=ITERATIONS, disp=0, skip_hessian=True, ridge_factor=0)
    except np.linalg.LinAlgError:
        raise NoMaximum("nearly separated: the likelihood became flat on the way to its maximum") from None
    theta = np.asarray(found.params)
    return Maximum(
        estimate=theta,
        information=-model.hessian(theta),
        scores=model.score_obs(theta),
        # statsmodels' own value is -inf where a cell's probability rounds to 0
        log_likelihood=float(log_expit(sign * model.predict(theta, which="linear")).sum()),
        iterations=int(found.mle_retvals["iterations"]),
    )
