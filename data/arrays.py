"""Types of arrays, by what they hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""Numbers."""

Index = NDArray[np.int64]
"""Positions, or whole numbers."""

Mask = NDArray[np.bool_]
"""What is so and what is not."""
