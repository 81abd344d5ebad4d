"""Errors that users can act on: each says what was found, what was expected and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    Attributes
    ----------
    where : str
        File, column or table that has the problem.
    got, expected : str
        The value found there, and the value that is valid.
    next_step : str
        The user's next step.
    """

    where: str
    got: str
    expected: str
    next_step: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: got {self.got}; expected {self.expected}"
        return f"{text}. {self.next_step}" if self.next_step else text


class InputError(Exception):
    """Everything wrong with an input, reported at once; commands turn it into exit code 2.

    Parameters
    ----------
    problems : iterable of Problem
        At least one.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self._text())

    def _text(self) -> str:
        """Return the text of all problems; those with the same next step share one line for it."""
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} found"
        by_step: dict[object, list[Problem]] = {}
        for k, problem in enumerate(self.problems):
            by_step.setdefault(problem.next_step or k, []).append(problem)
        lines = []
        for alike in by_step.values():
            if len(alike) == 1:
                lines.append(f"  - {alike[0]}")
                continue
            lines += [f"  - {replace(problem, next_step='')}" for problem in alike]
            lines.append(f"    For these {len(alike)}: {alike[0].next_step}")
        return "\n".join([head, *lines])


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint naming the closest known name, or nothing when none is close."""
    by_fold = {known_name.casefold(): known_name for known_name in known}
    close = get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.5)
    return f"Did you mean {by_fold[close[0]]!r}?" if close else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint naming the closest known name, then all of them.

    Parameters
    ----------
    name : str
        The name that the user wrote.
    known : iterable of str
        The names that exist.
    """
    names = sorted(known)
    listed = ", ".join(names[:40]) + (", ..." if len(names) > 40 else "")
    return f"{did_you_mean(name, names)} Known: {listed or 'none'}".strip()


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """Return the error for a name that does not exist, with the nearest one that does."""
    return InputError([Problem(kind, repr(name), f"a known {kind}", nearest(name, known))])
