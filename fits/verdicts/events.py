"""When a reading holds, when the opposite does, and when there is practically nothing, under every draw."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fits.verdicts.quantity import Quantity
from fits.verdicts.rule import Rule
from fits.verdicts.source import Claim, Reading

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Events:
    """Which of the draws (draw,) say what of a reading.

    Attributes
    ----------
    holds : bool array
        The reading is true, by more than the smallest effect that matters.
    against : bool array
        The opposite is; of a null claim, there is an exception so well known that it can be named.
    inside : bool array or None
        Every effect is smaller than matters; None for a claim about a level.
    direction : bool array or None
        The effects have the claimed sign, however small they are; None where none is claimed.
    """

    holds: Mask
    against: Mask
    inside: Mask | None
    direction: Mask | None

    @property
    def chances(self) -> tuple[float, float, float]:
        """Probabilities of `holds`, `against` and `inside`; NaN for the last where it is None."""
        inside = math.nan if self.inside is None else float(self.inside.mean())
        return float(self.holds.mean()), float(self.against.mean()), inside


def events_of(
    quantity: Quantity, claim: Claim, reading: Reading, *, least: float, rule: Rule, nothing: float | None = None
) -> Events:
    """Return the events of a reading for one smallest effect that matters.

    Parameters
    ----------
    quantity : Quantity
    claim : Claim
    reading : Reading
    least : float
        That the claim is held to, in the quantity's unit.
    rule : Rule
        For what a claimed size may be off.
    nothing : float, optional
        Below which there is practically nothing; by default `least`. A claim of much is held to more.
    """
    draws = quantity.flat
    inside = (np.abs(draws) < (least if nothing is None else nothing)).all(axis=1)
    if claim.kind == "prevalence":
        above = draws[:, 0] > 0
        return Events(above, draws[:, 0] < 0, None, above)
    if claim.kind == "null":
        return _null(draws, least, most=reading.number or 0)
    if claim.kind == "size":
        return _size(quantity, reading, inside, rule)
    signed = draws * _signs(draws, least, reading)
    direction = (signed > 0).all(axis=1)
    beyond = signed > least
    if reading.estimand == "number_of_effects":
        # As for null claims: not that so many are large, whichever, but that the best known ones are.
        known = np.argsort(-beyond.mean(axis=0), kind="stable")[: reading.number or 1]
        fewer = beyond.sum(axis=1) < (reading.number or 1)
        return Events(beyond[:, known].all(axis=1), fewer & ~inside, inside, None)
    # Against much speaks not only the opposite but some that is sure not to be much.
    not_much = (signed < least).any(axis=1) & ~inside
    against = not_much if reading.strong else (signed < -least).any(axis=1)
    if reading.direction == "either":  # an association without a sign has no opposite
        return Events(beyond.all(axis=1), np.zeros(len(draws), bool), inside, None)
    return Events(beyond.all(axis=1), against, inside, direction)


def _signs(draws: Array, least: float, reading: Reading) -> Array:
    """Of each effect: as claimed, or where no sign is, the one that the draws are surer of."""
    if reading.direction == "either":
        return _surer(draws, least)
    return np.full(draws.shape[1], -1.0 if reading.direction == "negative" else 1.0)


def _null(draws: Array, least: float, *, most: int) -> Events:
    """At most so many effects that matter.

    A wide posterior makes some effect large in every draw without one being known to be: so the opposite is
    not that more than `most` are large, but that the `most + 1` best known ones are, each with its own sign.
    """
    large = np.abs(draws) > least
    best = best_known(draws, least)[: most + 1]
    signed = draws[:, best] * _surer(draws, least)[best]
    against = (signed > least).all(axis=1) if len(best) > most else np.zeros(len(draws), bool)
    return Events(large.sum(axis=1) <= most, against, ~large.any(axis=1), None)


def best_known(draws: Array, least: float) -> NDArray[np.intp]:
    """Return the effects' places, the one that is surest to be large with one sign first; of equals the larger."""
    return np.lexsort((-np.abs(draws.mean(axis=0)), -surest(draws, least)))


def surest(draws: Array, least: float) -> Array:
    """Return the probability of each effect to be large with the sign that is the more probable one."""
    chances: Array = np.maximum((draws > least).mean(axis=0), (draws < -least).mean(axis=0))
    return chances


def _surer(draws: Array, least: float) -> Array:
    """The sign with which each effect is surer to be large."""
    return np.where((draws > least).mean(axis=0) >= (draws < -least).mean(axis=0), 1.0, -1.0)


def _size(quantity: Quantity, reading: Reading, inside: Mask, rule: Rule) -> Events:
    size = float(reading.size or 0.0)
    draws = quantity.flat[:, 0]
    found = draws / quantity.base.reshape(-1, quantity.base.shape[-1])[:, 0] if reading.relative else draws
    holds = np.abs(found - size) <= rule.size_within * abs(size)
    return Events(holds, ~holds, inside, found * np.sign(size) > 0)
