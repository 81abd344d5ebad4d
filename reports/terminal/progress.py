"""Progress for people: a bar in a terminal, a line now and then in a log. Always on standard error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from data.commands.console import telling
from fits.listen import Tick
from models.engines.settings import OnProgress
from models.engines.settings import Progress as State

EVERY = 10.0
"""Seconds between lines where there is no terminal."""


@dataclass(frozen=True)
class TerminalListener:
    """A listener that tells people on standard error; see `fits.listen.Listener`."""

    console: Console = field(default_factory=telling)

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        self.console.print(sentence, markup=False, soft_wrap=True)

    @contextmanager
    def sampling(self) -> Iterator[OnProgress]:
        """Show how far a sampler is and how long it still needs."""
        if self.console.is_terminal:
            columns = (
                TextColumn("sampling"),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}"),
            )
            with Progress(*columns, console=self.console, transient=True) as bar:
                task = bar.add_task("", total=1.0)
                yield lambda state: bar.update(task, completed=state.done / state.total, description=_left(state))
            return
        last = [time.monotonic()]

        def line(state: State) -> None:
            now = time.monotonic()
            if now - last[0] >= EVERY:
                last[0] = now
                share = f"{100 * state.done / state.total:.0f} %"
                self.console.print(f"sampling: {share} after {state.seconds:.0f} s, {_left(state)}", highlight=False)

        yield line

    @contextmanager
    def counting(self, words: str, *, total: int, done: int = 0, noun: str = "simulations") -> Iterator[Tick]:
        """Show how many steps are done, how many failed and how long the rest need."""
        started, finished = time.monotonic(), 0

        def line(failed: int) -> str:
            took = time.monotonic() - started
            left = f", about {_span(took / finished * (total - done - finished))} left" if finished else ""
            return f"{done + finished} of {total} {noun}{left}" + (f", {failed} failed" if failed else "")

        if self.console.is_terminal:
            named = TextColumn("{task.fields[words]}", markup=False)
            columns = (named, BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
            with Progress(*columns, console=self.console, transient=True) as bar:
                task = bar.add_task(line(0), total=total, completed=done, words=words)

                def move(failed: int) -> None:
                    nonlocal finished
                    finished += 1
                    bar.update(task, completed=done + finished, description=line(failed))

                yield move
            return
        last = time.monotonic()

        def say(failed: int) -> None:
            nonlocal finished, last
            finished += 1
            if time.monotonic() - last >= EVERY or done + finished == total:
                last = time.monotonic()
                self.console.print(f"{words}: {line(failed)}", highlight=False)

        yield say


def _left(state: State) -> str:
    left = "" if state.seconds_left is None else f"about {_span(state.seconds_left)} left"
    return f"{left}, {state.divergences} divergences" if state.divergences else left


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
