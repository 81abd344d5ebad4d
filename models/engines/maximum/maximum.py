r"""A maximum of a likelihood, and its covariances as frequentists report them.

With :math:`A` the information and :math:`s_g` the score summed over cluster :math:`g` of :math:`G`, the
covariance of two maxima over the same clusters, and of one with itself, is

.. math::

    \frac{G}{G - 1} A_a^{-1} \Big(\sum_g s_{ag} s_{bg}'\Big) A_b^{-1}

Source for one maximum: White (1982), https://doi.org/10.2307/1912526; for two (seemingly unrelated): Weesie
(1999), Stata Technical Bulletin 52, 34-47. The factor is the one that Stata documents for maximum likelihood,
n/(n - 1) where each cell is a cluster: [P] _robust, https://www.stata.com/manuals/p_robust.pdf.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.arrays import Array, Index, Mask

SINGULAR = 1e-11
"""Eigenvalue of a correlation matrix that counts as 0; rounding turns 0 into 1e-14."""

FLAT = 1e-10
"""Information per cell, over white columns and at most 1, that counts as 0: the estimate would be 1e5 sds wide."""

INVOLVED = 0.01
"""Loading, relative to the largest in a direction, from which a parameter counts as involved in it."""

SETTLED = 1e-12
"""Squared distance to the maximum, in standard errors, within which a search has converged."""


class NoMaximum(Exception):  # noqa: N818 (it is an answer about the data, not a fault of the program)
    """The likelihood has no maximum, or none was found.

    Attributes
    ----------
    words : str
        The reason, in one sentence for a social scientist.
    """

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__(words)


@dataclass(frozen=True)
class Maximum:
    """The maximum of a log-likelihood.

    Attributes
    ----------
    estimate : array (parameter,)
    information : array (parameter, parameter)
        Minus the Hessian of the log-likelihood there.
    scores : array (cell, parameter)
        Gradient of each cell's log-likelihood there; a column sums to 0.
    """

    estimate: Array
    information: Array
    scores: Array
    log_likelihood: float
    iterations: int

    @property
    def classical(self) -> Array:
        """Return the covariance (parameter, parameter) under a true model: the inverse of the information."""
        # scaled, as columns whose units differ by many powers of ten would cost digits
        size = np.sqrt(np.diag(self.information))
        inverse: Array = np.linalg.inv(self.information / np.outer(size, size)) / np.outer(size, size)
        return inverse


def cross(a: Maximum, b: Maximum, *, index_a: Index, index_b: Index) -> Array:
    """Return the covariance (parameter of a, parameter of b) of two maxima over shared clusters.

    Parameters
    ----------
    a, b : Maximum
        For example those of two outcomes that the same units answered.
    index_a, index_b : int array (cell of a,), (cell of b,)
        The cluster of each cell, with the same numbers in both; a cluster may lack cells in either.

    Raises
    ------
    ValueError
        With fewer than two clusters in all.
    """
    cluster, distinct = pd.factorize(np.concatenate([index_a, index_b]))
    count = len(distinct)
    if count < 2:
        raise ValueError(f"got {count} clusters; a covariance between clusters needs at least two")
    # (cell, parameter) -> (cluster, parameter)
    sum_a = _summed(a.scores, cluster[: len(index_a)], count)
    sum_b = _summed(b.scores, cluster[len(index_a) :], count)
    middle = sum_a.T @ sum_b
    covariance: Array = count / (count - 1) * (a.classical @ middle @ b.classical)
    return covariance


def _summed(scores: Array, cluster: Index, count: int) -> Array:
    return np.column_stack([np.bincount(cluster, column, minlength=count) for column in scores.T])


def require_well_conditioned(information: Array, labels: Sequence[str]) -> None:
    """Raise an error unless every parameter is identified apart from the others.

    Parameters
    ----------
    information : array (parameter, parameter)
        A likelihood's information, or the columns' cross-products.
    labels : sequence of str
        The parameters' names.

    Raises
    ------
    NoMaximum
        With the names of parameters that are singular together, or without information.
    """
    size = np.diag(information)
    if not (size > 0).all():
        empty = _listed_where(~(size > 0), labels)
        raise NoMaximum(f"the information is singular: no cell says anything about {empty}")
    values, vectors = np.linalg.eigh(information / np.sqrt(np.outer(size, size)))
    if values[0] < SINGULAR:
        alike = _listed_where(_involved(vectors[:, values < SINGULAR]), labels)
        raise NoMaximum(f"the information is singular: {alike} cannot be told apart (collinear)")


def whiten(columns: Array) -> tuple[Array, Array]:
    """Return columns (cell, column) as `white @ triangle`: uncorrelated, of mean square 1, in the order given.

    The triangle (column, column) has a positive diagonal. Optimisers work on the white columns, where
    neither units of measurement nor correlations slow them.
    """
    white, triangle = np.linalg.qr(columns)
    scale = np.where(np.diag(triangle) < 0, -1.0, 1.0) * np.sqrt(len(columns))
    return white * scale, triangle / scale[:, None]


def unwhiten(white: Maximum, *, estimate: Array, jacobian: Array, labels: Sequence[str]) -> Maximum:
    """Return a maximum over white columns in the original parameters, or raise if it is no maximum.

    Parameters
    ----------
    white : Maximum
        The end of the search, in the coefficients of white columns.
    estimate : array (parameter,)
        The same point in the original parameters.
    jacobian : array (parameter, parameter)
        Derivative of the white parameters by the original ones.
    labels : sequence of str
        Names of the original parameters.

    Raises
    ------
    NoMaximum
        With the names of parameters in which the likelihood is flat or still rises, so that Newton's next step
        would be more than a millionth of a standard error.
    """
    _require_settled(white, jacobian, labels)
    # The Jacobian's own derivative enters the information multiplied by the gradient, which is 0.
    information = jacobian.T @ white.information @ jacobian
    require_well_conditioned(information, labels)
    return replace(white, estimate=estimate, information=information, scores=white.scores @ jacobian)


def _require_settled(white: Maximum, jacobian: Array, labels: Sequence[str]) -> None:
    if not (np.isfinite(white.information).all() and np.isfinite(jacobian).all()):
        raise NoMaximum(f"did not converge: after {white.iterations} iterations the likelihood is not a number")
    # The step of the white parameters as one of the original parameters, in units of their columns' sizes.
    size = np.linalg.norm(jacobian, axis=0)[:, None]
    values, vectors = np.linalg.eigh(white.information / len(white.scores))
    if values[0] < FLAT:
        moves = np.linalg.solve(jacobian, vectors[:, values < FLAT]) * size
        names = _listed_where(_involved(moves), labels)
        raise NoMaximum(f"nearly separated: the likelihood is all but flat in {names}, so there is no usable estimate")
    gradient = white.scores.sum(axis=0)
    step = np.linalg.solve(white.information, gradient)
    if not gradient @ step < SETTLED:
        names = _listed_where(_involved(np.linalg.solve(jacobian, step[:, None]) * size), labels)
        raise NoMaximum(f"did not converge: the likelihood still rises in {names} after {white.iterations} iterations")


def _involved(directions: Array) -> Mask:
    """Return whether each parameter is involved in any of the directions (parameter, direction)."""
    # For directions of length 1 this is the projection on their space, independent of its basis.
    loading = np.linalg.norm(directions, axis=1)
    part: Mask = loading > INVOLVED * loading.max()
    return part


def _listed_where(chosen: Mask, labels: Sequence[str]) -> str:
    return listed([label for label, named in zip(labels, chosen, strict=True) if named])


def listed(names: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
