"""Are the probability integral transforms of the answers uniform, as they are for a right model."""

from __future__ import annotations

import arviz_stats  # noqa: F401 (gives xarray its accessor `azstats`)
import numpy as np
import xarray as xr

from data.arrays import Array
from fits.checks.check import Test, p_text


def pit_test(pit: Array, name: str, words: str) -> Test:
    """Return ArviZ's test of uniformity, which allows for the dependence of leave-one-out values.

    Parameters
    ----------
    pit : array (cell,)
    name, words : str
        Of the check.
    """
    p = float(xr.DataArray(pit, dims="cell").azstats.uniformity_test(dim="cell")[0])
    return Test(
        name,
        p,
        f"{words}: uniform (p {p_text(p)}).",
        f"{words}: not uniform (p {p_text(p)}); {shape(pit)}.",
    )


def pit_of(replicated: Array, observed: Array, weights: Array, rng: np.random.Generator) -> Array:
    """Return probability integral transforms, (cell,): a share below, and a random part of what is alike.

    The observed value counts as one more replication of average weight, alike with itself. Where it lies beyond all
    others its transform is then spread over the last step, as that of a right model is, and is never exactly 0 or 1.

    Parameters
    ----------
    replicated : array (chain, draw, cell)
    observed : array (cell,)
        Ties are between identical floats: draws are cut off at the very limits that the data have.
    weights : array (chain, draw, cell)
        Adding up to 1.
    """
    below = (weights * (replicated < observed)).sum(axis=(0, 1))
    at = (weights * (replicated == observed)).sum(axis=(0, 1))
    one = (weights**2).sum(axis=(0, 1))  # over the effective number of draws
    pit: Array = np.clip((below + rng.uniform(size=observed.size) * (at + one)) / (1.0 + one), 0.0, 1.0)
    return pit


def shape(pit: Array) -> str:
    """Return in words how the values depart from uniform ones: their tails and their centre against the rest."""
    edges = float(np.mean((pit < 0.1) | (pit > 0.9)))
    low = float(np.mean(pit < 0.5))
    if abs(low - 0.5) < 1.0 / np.sqrt(pit.size) and abs(edges - 0.2) < 0.8 / np.sqrt(pit.size):  # two standard errors
        return "predictions are neither too high nor too low, too narrow nor too wide, but of another shape"
    if abs(low - 0.5) > abs(edges - 0.2):
        return (
            f"answers tend to lie {'below' if low > 0.5 else 'above'} what is predicted ({low:.0%} in the lower half)"
        )
    if edges > 0.2:
        return f"predictions are too narrow ({edges:.0%} of answers in the outer fifth)"
    return f"predictions are too wide ({edges:.0%} of answers in the outer fifth)"
