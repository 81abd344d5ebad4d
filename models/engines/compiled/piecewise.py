"""Approximate smooth functions by piecewise polynomials, which give value and slope by a few multiplications.

A likelihood needs the log of a normal cdf, or of 1 + exp, and its derivative, once per cell and step;
computed by the mathematical library these would take most of the sampling time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial

from data.arrays import Array
from models.engines.compiled.jit import jit


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


@jit
def value_and_slope(at: float, low: float, per_unit: float, coefficients: Any) -> Any:
    """Return the function and its derivative at a point of the range, by Horner's rule."""
    scaled = (at - low) * per_unit
    piece = min(int(scaled), coefficients.shape[0] - 1)
    t = (scaled - piece - 0.5) / per_unit
    top = coefficients.shape[1] - 1
    value, slope = coefficients[piece, top], 0.0
    for power in range(top - 1, -1, -1):
        slope = slope * t + value
        value = value * t + coefficients[piece, power]
    return value, slope
