"""What the making of fits tells while it works, to whoever listens, and how long its stages take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from models.engines.settings import OnProgress, Progress

Tick = Callable[[int], None]
"""Called after every simulation, or refit, with how many have failed so far."""


class Listener(Protocol):
    """Whoever is told of work: a terminal (`reports.terminal.progress`), a log, or nobody."""

    def say(self, sentence: str) -> None:
        """Take a sentence."""

    def sampling(self) -> AbstractContextManager[OnProgress]:
        """Give what is called as a sampler goes on."""

    def counting(
        self, words: str, *, total: int, done: int = 0, noun: str = "simulations"
    ) -> AbstractContextManager[Tick]:
        """Give what is called after each of `total` steps, of which some are `done`.

        Parameters
        ----------
        words : str
            What is done, such as the name of a scenario.
        noun : str
            What a step is, such as refits.
        """


class Silent:
    """A listener that tells nobody."""

    def say(self, sentence: str) -> None:
        """Drop a sentence."""

    @contextmanager
    def sampling(self) -> Iterator[OnProgress]:
        """Give a function that drops what a sampler tells."""
        yield _drop

    @contextmanager
    def counting(self, words: str, *, total: int, done: int = 0, noun: str = "simulations") -> Iterator[Tick]:
        """Give a function that drops every count."""
        yield _drop


SILENT = Silent()


def _drop(state: Progress | int) -> None:
    """Do nothing."""


@dataclass
class Clock:
    """Wall times by stage, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to a stage."""
        started = time.monotonic()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - started, 3)
