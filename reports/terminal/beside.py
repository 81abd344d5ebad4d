"""Lines of effects with what stands beside them: in the same line where there is room, else in a line below."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fits.effects.beside import BesideEffect
from reports.beside_words import CHANCE, ESTIMATE, ML_INTERVAL
from reports.document.blocks import Table, Tone, toned
from reports.document.terminal import INDENT, natural_width

ALONE = "maximum likelihood"
"""Name of the line that holds the estimate where there is no room for it in the line of the effect."""

NARROW = CHANCE.replace(" ", "\n")
"""The longest heading over two lines, so that it takes no room from the others."""


@dataclass(frozen=True)
class Line:
    """One effect.

    Attributes
    ----------
    labels : tuple of str
        What it is of.
    numbers : tuple of str
        Of the pooled effect; centre and interval, then one more, come last.
    """

    labels: tuple[str, ...]
    numbers: tuple[str, ...]
    beside: BesideEffect
    tone: Tone = "plain"


def table_beside(
    lines: Iterable[Line], headings: tuple[tuple[str, ...], tuple[str, ...]], *, title: str, room: int
) -> Table:
    """Return the table of effects, with columns for what stands beside them if they fit into the room.

    Parameters
    ----------
    headings : (labels, numbers)
    room : int
        Characters.
    """
    there = tuple(lines)
    if not any(one.beside.alone for one in there):
        return _table(there, headings, title=title)
    beside = _table(there, headings, title=title, columns=True)
    return beside if natural_width(beside) <= room else _table(there, headings, title=title, below=True)


def _table(
    lines: tuple[Line, ...],
    headings: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    title: str,
    columns: bool = False,
    below: bool = False,
) -> Table:
    labels, numbers = headings
    chances = any(one.beside.chance for one in lines)
    heads = (*labels, *numbers, *((ESTIMATE, ML_INTERVAL) if columns else ()), *((NARROW,) if chances else ()))
    rows = []
    for one in lines:
        more = (*(one.beside.estimate if columns else ()), *((one.beside.chance,) if chances else ()))
        rows.append(toned((*one.labels, *one.numbers, *more), one.tone))
        if below and one.beside.alone:
            name = (" " * INDENT + ALONE, *([""] * (len(labels) - 1)))
            before = [""] * (len(numbers) - 3)
            rows.append(toned((*name, *before, *one.beside.estimate, "", *([""] if chances else [])), "note"))
    return Table.of(heads, rows, title=title, numbers=range(len(labels), len(heads)))
