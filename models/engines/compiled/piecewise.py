"""Approximate smooth functions by piecewise polynomials, which give value and slope by a few multiplications.

A likelihood needs the log of a normal cdf, or of 1 + exp, and its derivative, once per cell and step;
computed by the mathematical library these would take most of the sampling time.
"""

from __future__ import annotations

from typing import Any

from models.engines.compiled.jit import jit


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
