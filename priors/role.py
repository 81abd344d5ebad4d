"""A parameter role: what a prior may be about. Families and components of models declare theirs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from priors.prior import Prior


@dataclass(frozen=True)
class Role:
    """The role of a parameter.

    Attributes
    ----------
    name : str
        Its name in prior sets.
    governs : str
        What it is about, for readers.
    usual : str
        Its distribution where a set names none, a key of `priors.prior.DISTRIBUTIONS`.
    may_be : tuple of str
        Other distributions that a set may name.
    scale : {'level', 'change', 'own'}
        Whether beliefs about it are written in the outcome's unit, as a level or as a change, or in a unit of its own.
    by_group : bool
        Whether a set may also hold a belief for one group alone, as ``group_sd.state`` besides ``group_sd``.
    shares : int
        How many shares a Dirichlet is about; 0 where any number will do.
    """

    name: str
    governs: str
    usual: str
    may_be: tuple[str, ...] = ()
    scale: Literal["level", "change", "own"] = "change"
    by_group: bool = False
    shares: int = 0

    @property
    def distributions(self) -> tuple[str, ...]:
        """The distributions that it may have, the usual one first."""
        return (self.usual, *self.may_be)

    def of(self, group: str) -> str:
        """Return the name in prior sets of what is believed of one group alone; its own name for ''."""
        return f"{self.name}.{group}" if group else self.name

    def completed(self, prior: Prior) -> Prior:
        """Return the prior with its distribution named."""
        return prior if prior.distribution else replace(prior, distribution=self.usual)


def general(name: str) -> str:
    """Return the role's name without its group: ``group_sd`` of ``group_sd.state``."""
    return name.partition(".")[0]


SPREAD = ("gamma", "exponential")
"""Distributions that the sd of effects or residuals may have besides the half-normal."""
