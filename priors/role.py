"""A parameter role: what a prior may be about. Families and components of models declare theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from priors.prior import Prior


@dataclass(frozen=True)
class Role:
    """The role of a parameter.

    Attributes
    ----------
    name : str
        Its name in prior sets; ``group_sd`` may stand there for one group alone, as ``group_sd.state``.
    governs : str
        What it is about, for readers.
    usual : Prior or str
        The name of the distribution where a set gives none; a prior, where a set that says nothing of the role is to
        have this one.
    may_be : tuple of str
        Further distributions.
    scale : {'level', 'change', 'own'}
        Whether it is written on the outcome's scale, as a level or as a change, or on its own.
    """

    name: str
    governs: str
    usual: str
    may_be: tuple[str, ...] = ()
    scale: Literal["level", "change", "own"] = "change"

    @property
    def distributions(self) -> tuple[str, ...]:
        """The distributions that it may have, the usual one first."""
        return (self.usual, *self.may_be)

    def completed(self, prior: Prior) -> Prior:
        """Return the prior with its distribution named."""
        if prior.distribution:
            return prior
        held = {name: getattr(prior, name) for name in Prior.__dataclass_fields__}
        return Prior(**{**held, "distribution": self.usual})


def general(role: str) -> str:
    """Return the role that a group's own stands in for: ``group_sd`` of ``group_sd.state``."""
    return role.partition(".")[0]


SPREAD = ("gamma", "exponential")
"""Distributions that an sd may have besides the half-normal."""
