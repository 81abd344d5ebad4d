"""How to sample, and how far a sampler is: what every engine shares."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

Engine = Literal["nutpie", "graph", "pymc", "bambi", "mle"]
"""nutpie on the compiled density, nutpie on PyMC's graph, PyMC's own NUTS on its graph; nutpie on
the model as Bambi states it, for a second opinion; maximum likelihood, which samples nothing."""


@dataclass(frozen=True)
class Settings:
    """How to sample."""

    draws: int = 1000
    tune: int = 400
    chains: int = 4
    seed: int = 2017
    engine: Engine = "nutpie"
    target_accept: float = 0.9

    def again(self, times: int = 1) -> Settings:
        """Return the same settings under another stream of numbers, for a run that is pooled with the first.

        Parameters
        ----------
        times : int
            By how much more chains it has.
        """
        return replace(self, seed=self.seed + 1, chains=times * self.chains)

    def with_care(self, *, diverged: bool) -> Settings:
        """Return more careful settings: twice the tuning, another stream of numbers, and what the failure asks for.

        Parameters
        ----------
        diverged : bool
            Divergences ask for smaller steps. Else chains do not find one another, which small steps do not help
            (they made it slower here), and twice the draws are kept.
        """
        again = replace(self, tune=2 * self.tune, seed=self.seed + 1)
        return replace(again, target_accept=0.99) if diverged else replace(again, draws=2 * self.draws)


@dataclass(frozen=True)
class Progress:
    """Where a sampler stands, summed over chains."""

    done: int
    total: int
    divergences: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """Linear extrapolation; tuning and drawing cost about the same per iteration."""
        return self.seconds * (self.total - self.done) / self.done if self.done else None


OnProgress = Callable[[Progress], None]


def of_chains(settings: Settings, listen: OnProgress) -> Callable[[list[Any]], None]:
    """Return what nutpie calls with its chains, which tells how far they are, from now on."""
    started, total = time.monotonic(), settings.chains * (settings.tune + settings.draws)

    def report(chains: list[Any]) -> None:
        done = sum(chain.finished_draws for chain in chains)
        divergences = sum(chain.divergences for chain in chains if not chain.tuning)
        listen(Progress(done, total, divergences, time.monotonic() - started))

    return report
