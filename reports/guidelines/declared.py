"""Declarations of reporting guidelines: items, each with the name of the function that looks for its evidence."""

from __future__ import annotations

from pathlib import Path

from pydantic.dataclasses import dataclass

from data.errors import InputError, unknown
from data.toml_files import STRICT, declare, read_toml
from reports.guidelines.predicates import PREDICATES

HOME = Path(__file__).parent


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
class Guideline:
    """A guideline, read from ``reports/guidelines/NAME.toml``."""

    name: str
    short: str
    title: str
    source: str
    items: tuple[Item, ...]

    @classmethod
    def read(cls, path: Path) -> Guideline:
        """Return the guideline in a file.

        Raises
        ------
        InputError
            For every fault of the declaration, and for evidence that is no name in `PREDICATES`.
        """
        found = declare(cls, {**read_toml(path), "name": path.stem}, path.name)
        strangers = [item for item in found.items if item.evidence not in PREDICATES]
        if strangers:
            problems = (
                unknown(f"evidence of {path.name} item {one.id}", one.evidence, list(PREDICATES)) for one in strangers
            )
            raise InputError([problem for error in problems for problem in error.problems])
        return found

    @classmethod
    def all_of(cls) -> tuple[Guideline, ...]:
        """Return every guideline that comes with the project."""
        return tuple(cls.read(path) for path in sorted(HOME.glob("*.toml")))
