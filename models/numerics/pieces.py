"""Piecewise polynomials, which give value and slope of a smooth function by a few multiplications."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial

from data.arrays import Array


@dataclass(frozen=True)
class Pieces:
    """The pieces' positions and coefficients.

    Attributes
    ----------
    per_unit : float
        Pieces per unit of the argument.
    coefficients : array (piece, power)
        Coefficients of the distance from the piece's middle.
    """

    low: float
    high: float
    per_unit: float
    coefficients: Array


def pieces(function: Callable[[Array], Array], low: float, high: float, *, per_unit: float, degree: int) -> Pieces:
    """Return a function's interpolation at Chebyshev nodes, piece by piece.

    Parameters
    ----------
    function : callable
        A function of an array, accurate to the last digits.
    low, high : float
        Ends of the range, a whole number of pieces apart.
    degree : int
        Degree of each polynomial.
    """
    half = 0.5 / per_unit
    middles = np.arange(low, high, 1.0 / per_unit) + half
    coefficients = np.zeros((len(middles), degree + 1))
    for row, middle in zip(coefficients, middles, strict=True):

        def near(t: Array, middle: float = middle) -> Array:
            return function(middle + t)

        interpolated = Chebyshev.interpolate(near, degree, domain=[-half, half])
        found = interpolated.convert(kind=Polynomial, domain=[-1.0, 1.0]).coef
        row[: len(found)] = found  # a leading coefficient of 0 is left out
    return Pieces(low, high, per_unit, coefficients)
