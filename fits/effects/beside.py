"""What stands beside an effect that is pooled over services, to be read: no verdict is judged from it.

It is this service's own maximum likelihood estimate, and the probability that the service is not like the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from fits.effects.asymptotic import Asymptotic
from fits.effects.summary import Summary, finite
from fits.number_format import chance_text

KEPT = ("estimate", "error", "low", "high")
"""What files hold of the estimate: no p-value, from which it could be judged."""


@dataclass(frozen=True)
class BesideEffect:
    """What stands beside one effect.

    Attributes
    ----------
    alone : Asymptotic or None
        The maximum likelihood estimate; None where there is none beside this effect. An equation without a maximum
        has an estimate that is NaN.
    outlying : Summary or None
        The probability that the service is not exchangeable with the others; None where pooling is no mixture, and
        for a mean over services.
    """

    alone: Asymptotic | None = None
    outlying: Summary | None = None

    @property
    def estimate(self) -> tuple[str, str]:
        """Return estimate and interval as text; "none" where the likelihood has no maximum."""
        return self.alone.text[:2] if self.alone else ("", "")

    @property
    def chance(self) -> str:
        """Return the probability of not being exchangeable as text, with the digits that its draws support."""
        return chance_text(self.outlying.mean, self.outlying.mcse) if self.outlying else ""

    def plain(self) -> dict[str, Any]:
        """Return both as plain data; without keys for what is not there."""
        found: dict[str, Any] = {}
        if self.alone:
            numbers = self.alone.numbers()
            found |= {f"ml_{key}": numbers[key] for key in KEPT}
        if self.outlying:
            found |= {"not_exchangeable": self.outlying.mean, "not_exchangeable_mcse": self.outlying.mcse}
        return finite(found)


NOTHING = BesideEffect()
"""Beside an effect that is not pooled, or may not be shown."""


@dataclass(frozen=True)
class Beside:
    """What must be known of all that stands beside the effects of a fit.

    Attributes
    ----------
    words : dict of str to str
        By service, why its equation has no maximum, or what was left out of it; only services with something to say.
    absent : str
        Why no maximum likelihood estimates stand beside the effects, as a sentence; '' where they do.
    mixture : bool
        Whether there are probabilities of not being exchangeable.
    prior : float or None
        That probability before the data; None where the fit does not say.
    conditional : bool
        Whether effects are in log-odds of one and the same unit, and the estimates beside them in those over units.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    absent: str = ""
    mixture: bool = False
    prior: float | None = None
    conditional: bool = False

    def only(self, services: tuple[str, ...]) -> Beside:
        """Return the same without words about other services."""
        return replace(self, words={name: text for name, text in self.words.items() if name in services})

    def plain(self, service: str) -> dict[str, Any]:
        """Return what files say of one service besides its numbers."""
        said = self.absent or self.words.get(service, "")
        return {
            **({"ml_words": said} if said else {}),
            **({"not_exchangeable_prior": self.prior} if self.prior else {}),
        }


def known(found: Summary | None) -> Summary | None:
    """Return a summary that has a value; None for one of nothing."""
    return found if found and isfinite(found.mean) else None
