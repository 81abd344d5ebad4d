"""The events of a reading under every draw: it holds, the opposite holds, or there is practically no effect."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from data.arrays import Array, Mask
from fits.verdicts.quantity import Quantity
from fits.verdicts.rule import Rule
from fits.verdicts.source import Claim, Reading

Verdict = Literal[
    "supported", "contradicted", "practically none", "undecided", "no verdict", "described", "not evaluable"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True)
class Events:
    """The draws (draw,) in which each event of a reading occurs.

    Attributes
    ----------
    holds : bool array
        The reading is true, by more than the smallest effect that matters.
    against : bool array
        The opposite is true; for a null claim, there is an exception so well known that it can be named.
    inside : bool array or None
        Every effect is smaller than matters; None for a claim about a level.
    direction : bool array or None
        The effects have the claimed sign, however small they are; None where no sign is claimed.
    """

    holds: Mask
    against: Mask
    inside: Mask | None
    direction: Mask | None

    @property
    def chances(self) -> tuple[float, float, float]:
        """Return the probabilities of `holds`, `against` and `inside`; NaN where `inside` is None."""
        inside = math.nan if self.inside is None else float(self.inside.mean())
        return float(self.holds.mean()), float(self.against.mean()), inside


def events_of(
    quantity: Quantity, claim: Claim, reading: Reading, *, least: float, rule: Rule, nothing: float | None = None
) -> Events:
    """Return the events of a reading for one smallest effect that matters.

    Parameters
    ----------
    least : float
        The smallest effect that the claim must exceed, in the quantity's unit.
    rule : Rule
        Gives the tolerance of a claimed size.
    nothing : float, optional
        Size below which there is practically no effect; by default `least`, which is larger for strong claims.
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
        # As for null claims, the best known effects must be large, not merely that number of any effects.
        known = np.argsort(-beyond.mean(axis=0), kind="stable")[: reading.number or 1]
        fewer = beyond.sum(axis=1) < (reading.number or 1)
        return Events(beyond[:, known].all(axis=1), fewer & ~inside, inside, None)
    # A strong claim is contradicted not only by the opposite but also by an effect that is surely not strong.
    not_much = (signed < least).any(axis=1) & ~inside
    against = not_much if reading.strong else (signed < -least).any(axis=1)
    if reading.direction == "either":  # an association without a sign has no opposite
        return Events(beyond.all(axis=1), np.zeros(len(draws), bool), inside, None)
    return Events(beyond.all(axis=1), against, inside, direction)


def _signs(draws: Array, least: float, reading: Reading) -> Array:
    """Return the sign of each effect: the claimed one, or else the one that is more probable."""
    if reading.direction == "either":
        return _surer(draws, least)
    return np.full(draws.shape[1], -1.0 if reading.direction == "negative" else 1.0)


def _null(draws: Array, least: float, *, most: int) -> Events:
    """Return the events of a null claim: at most `most` effects matter.

    A wide posterior makes some effect large in every draw although none is known to be large. The opposite is
    therefore not that more than `most` are large, but that the `most + 1` best known ones are, each with its sign.
    """
    large = np.abs(draws) > least
    best = best_known(draws, least)[: most + 1]
    signed = draws[:, best] * _surer(draws, least)[best]
    against = (signed > least).all(axis=1) if len(best) > most else np.zeros(len(draws), bool)
    return Events(large.sum(axis=1) <= most, against, ~large.any(axis=1), None)


def best_known(draws: Array, least: float) -> NDArray[np.intp]:
    """Return the effects' positions, most probably large with one sign first; among equals the larger first."""
    return np.lexsort((-np.abs(draws.mean(axis=0)), -surest(draws, least)))


def surest(draws: Array, least: float) -> Array:
    """Return the probability of each effect to be large with its more probable sign."""
    chances: Array = np.maximum((draws > least).mean(axis=0), (draws < -least).mean(axis=0))
    return chances


def _surer(draws: Array, least: float) -> Array:
    """Return the sign with which each effect is more probably large."""
    return np.where((draws > least).mean(axis=0) >= (draws < -least).mean(axis=0), 1.0, -1.0)


def _size(quantity: Quantity, reading: Reading, inside: Mask, rule: Rule) -> Events:
    size = float(reading.size or 0.0)
    draws = quantity.flat[:, 0]
    found = draws / quantity.base.reshape(-1, quantity.base.shape[-1])[:, 0] if reading.relative else draws
    holds = np.abs(found - size) <= rule.size_within * abs(size)
    return Events(holds, ~holds, inside, found * np.sign(size) > 0)


def decide(claim: Claim, chances: tuple[float, float, float], rule: Rule) -> Verdict:
    """Return the verdict of three probabilities.

    Parameters
    ----------
    chances : (holds, against, inside)
        The probabilities of `Events`; NaN for an event that does not apply.
    """
    holds, against, inside = chances
    none = rule.sure if rule.sure_of_none is None else rule.sure_of_none
    if holds >= (none if claim.kind == "null" else rule.sure):
        return "supported"
    if inside >= none and claim.kind != "null":
        return "practically none"
    return "contradicted" if against >= rule.sure else "undecided"
