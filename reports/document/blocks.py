"""What a document is made of: values that say what is shown and where it is from, and nothing of how it looks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

Tone = Literal["plain", "lead", "warning", "note", "good", "bad"]
"""What a text is to its reader: `lead` comes first or counts most, `note` says how to read the rest."""


NUMBER = re.compile(r"-?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?")
"""A text that writes a number."""


@dataclass(frozen=True)
class Origin:
    """Where the numbers of a block are from.

    Attributes
    ----------
    fits : tuple of str
        Names of the stored fits they were read from.
    made_by : str
        The function, such as ``fits.effects.effect_table.EffectTable.of``.
    command : str
        That shows the same numbers on a terminal; '' where there is none.
    seed : int or None
        Of random numbers drawn in between; None where none were.
    """

    fits: tuple[str, ...]
    made_by: str
    command: str = ""
    seed: int | None = None


@dataclass(frozen=True)
class Cell:
    """A value of a table.

    Attributes
    ----------
    value : plain data
        At full precision, for files and for sorting.
    text : str
        As it is shown; '' for the value itself.
    to : str
        Name of the section, table or figure of the page that it leads to; '' for none.
    below : str
        A second, smaller line, for what another column would be too wide for; '' for none. It can be searched for,
        but rows are neither sorted nor chosen by it, and files hold none of it.
    below_to : str
        As `to`, of that line.
    mark : str
        A word by which the style sheet sets a sign before the text; '' for none. The text says the same.
    """

    value: Any
    text: str = ""
    to: str = ""
    below: str = ""
    below_to: str = ""
    mark: str = ""
    tone: Tone = "plain"

    @classmethod
    def of(cls, text: str, tone: Tone = "plain") -> Self:
        """Return a cell that shows a text, whose value is the number that the text writes if it writes one."""
        return cls(float(text.replace(",", "")) if NUMBER.fullmatch(text) else text or None, text, tone=tone)

    @property
    def shown(self) -> str:
        """What a reader sees."""
        return self.text or ("" if self.value is None else str(self.value))


def toned(texts: Iterable[str], tone: Tone) -> tuple[Cell, ...]:
    """Return the cells of a row whose texts are all of one tone."""
    return tuple(Cell.of(text, tone) for text in texts)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    key : str
        Its name in every row, and in the files.
    heading : str, optional
        None for a column that stands in the files alone.
    numeric : bool
        Aligned to the right, never broken over lines, and sorted as numbers.
    """

    key: str
    heading: str | None = None
    numeric: bool = False


def with_files(shown: Iterable[Column], rows: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Return the columns that are shown, then one for files alone for everything else that rows hold."""
    shown = tuple(shown)
    keys = dict.fromkeys(key for row in rows for key in row)
    return (*shown, *(Column(key) for key in keys if key not in {column.key for column in shown}))


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    name : str
        Its anchor in the page and the stem of its files; unique in a document. '' where neither is made.
    rows : tuple of dict
        By key a `Cell`, or plain data that is shown as it is.
    note : str
        How to read it.
    groups : str
        Key of a column whose values head groups of rows; '' for none.
    filters : tuple of str
        Keys of columns by whose values rows can be chosen; with any, the table can be searched too.
    in_page : bool
        Whether its rows stand in the page; those of a long one that few will read stand in its files alone.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    note: str = ""
    groups: str = ""
    filters: tuple[str, ...] = ()
    in_page: bool = True
    origin: Origin | None = None

    @classmethod
    def of(
        cls,
        headings: Sequence[str],
        rows: Iterable[Sequence[str | Cell]],
        *,
        title: str = "",
        numbers: Iterable[int] | None = None,
        note: str = "",
        groups: Iterable[str] = (),
    ) -> Self:
        """Return a table of texts, whose columns are known by their places: `c0`, `c1`, ...

        Parameters
        ----------
        rows : iterable of sequences of str or Cell
            Texts as they are shown; see `Cell.of`.
        numbers : iterable of int, optional
            Places of the columns of numbers; without it all but the first.
        groups : iterable of str
            What heads the group of each row, if there are groups.
        """
        numeric = set(range(1, len(headings)) if numbers is None else numbers)
        columns = tuple(Column(f"c{k}", heading, k in numeric) for k, heading in enumerate(headings))
        cells = tuple(
            {f"c{k}": cell if isinstance(cell, Cell) else Cell.of(cell) for k, cell in enumerate(row)} for row in rows
        )
        heads = tuple({"group": head} for head in groups)
        if not heads:
            return cls("", title, columns, cells, note=note)
        rows_with = tuple(head | row for head, row in zip(heads, cells, strict=True))
        return cls("", title, (Column("group"), *columns), rows_with, note=note, groups="group")

    def lacking(self, column: Column) -> tuple[str, ...]:
        """Return what each text of a column of numbers lacks for its point to stand under the others': '' to '.000'.

        Numbers have the decimals that their errors support, so those of one column may have different ones. A column
        that holds anything but numbers lacks nothing.
        """
        texts = [self.cell(row, column.key).shown for row in self.rows]
        if not column.numeric or any(text and not NUMBER.fullmatch(text) for text in texts):
            return ("",) * len(texts)
        whole = [text.partition(".")[0] for text in texts]
        decimals = [text.removeprefix(start) for text, start in zip(texts, whole, strict=True)]
        most = "." + "0" * (max(map(len, decimals), default=0) - 1)
        lacks = [most[len(own) :] if text else "" for text, own in zip(texts, decimals, strict=True)]
        return tuple(lacks) if any(decimals) else ("",) * len(texts)

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that stand in the table where it is read, without those that head groups of rows."""
        return tuple(column for column in self.columns if column.heading is not None and column.key != self.groups)

    def cell(self, row: Mapping[str, Any], key: str) -> Cell:
        """Return a row's value in a column; an empty one where it has none."""
        found = row.get(key)
        return found if isinstance(found, Cell) else Cell(found)

    def grouped(self) -> list[tuple[Cell | None, list[int]]]:
        """Return what heads every group of rows and the rows' places; one group without a head where there are none."""
        if not self.groups:
            return [(None, list(range(len(self.rows))))]
        found: dict[str, tuple[Cell | None, list[int]]] = {}
        for place, row in enumerate(self.rows):
            head = self.cell(row, self.groups)
            found.setdefault(head.shown, (head, []))[1].append(place)
        return list(found.values())

    def to_list(self) -> list[dict[str, Any]]:
        """Return the rows as plain data, for files."""
        return [{column.key: self.cell(row, column.key).value for column in self.columns} for row in self.rows]


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes
    ----------
    name : str
        Its anchor in the page and the stem of its file; unique in a document.
    alt : str
        What it shows, for those who do not see it: its message, not its colours.
    svg : str
        The drawing, for the file, for print, and where there are no scripts.
    plotly : dict, optional
        The same as a Plotly figure (`data`, `layout`), where hovering and zooming help.
    """

    name: str
    title: str
    alt: str
    svg: str
    plotly: Mapping[str, Any] | None = None
    origin: Origin | None = None


@dataclass(frozen=True)
class Prose:
    """One paragraph of plain text; `to` names what of the page it leads to, '' for nothing."""

    text: str
    tone: Tone = "plain"
    to: str = ""


@dataclass(frozen=True)
class Command:
    """A command that a reader may copy."""

    text: str


@dataclass(frozen=True)
class Fold:
    """Blocks behind one line that opens them; printed where a reader has opened them."""

    summary: str
    blocks: tuple[Block, ...]


type Block = Prose | Command | Table | Figure | Fold


@dataclass(frozen=True)
class Section:
    """A part of a document.

    Attributes
    ----------
    name : str
        Its anchor; unique in a document.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
