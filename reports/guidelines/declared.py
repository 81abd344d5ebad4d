"""Declarations of reporting guidelines: items, each with the name of the function that looks for its evidence."""

from __future__ import annotations

from pathlib import Path

from pydantic.dataclasses import dataclass

from data.errors import Problem, unknown
from data.toml_files import STRICT, Declared
from reports.guidelines.predicates import PREDICATES


@dataclass(frozen=True, config=STRICT)
class Item:
    """One item of a guideline.

    Attributes
    ----------
    id : str
        The item's number in the source.
    short : str
        The item in a few words.
    item : str
        Its requirement, in this project's words.
    evidence : str
        A name in `PREDICATES`.
    """

    id: str
    short: str
    item: str
    evidence: str


@dataclass(frozen=True, config=STRICT)
class Guideline(Declared):
    """A guideline, read from ``reports/guidelines/NAME.toml``."""

    home = Path(__file__).parent
    what = "guideline"

    name: str
    short: str
    title: str
    source: str
    items: tuple[Item, ...]

    def faults(self, file: str) -> list[Problem]:
        """Return problems of evidence that is no name in `PREDICATES`."""
        strangers = [item for item in self.items if item.evidence not in PREDICATES]
        errors = (unknown(f"evidence of {file} item {one.id}", one.evidence, list(PREDICATES)) for one in strangers)
        return [problem for error in errors for problem in error.problems]

    @classmethod
    def all_of(cls) -> tuple[Guideline, ...]:
        """Return every guideline that comes with the project."""
        return tuple(cls.read(name) for name in cls.names())
