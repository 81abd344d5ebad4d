"""A document: titled sections of blocks, with what must stand across it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports.document.blocks import Block, Figure, Fold, Section, Table


@dataclass(frozen=True)
class Document:
    """A report, before it is a page.

    Attributes
    ----------
    stamps : tuple of str
        What must stand across the page, such as that its data are simulated; empty for none.
    made : str
        When, UTC, ISO 8601.
    command : str
        That makes the document again.
    """

    title: str
    subtitle: str
    stamps: tuple[str, ...]
    sections: tuple[Section, ...]
    made: str
    command: str

    def tables(self) -> tuple[Table, ...]:
        """Return every table, folded ones too."""
        return tuple(block for block in self.blocks() if isinstance(block, Table))

    def figures(self) -> tuple[Figure, ...]:
        """Return every figure, folded ones too."""
        return tuple(block for block in self.blocks() if isinstance(block, Figure))

    def blocks(self) -> Iterator[Block]:
        """Yield every block in order, folds before what they hold."""
        for section in self.sections:
            yield from _unfolded(section.blocks)


def _unfolded(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Fold):
            yield from _unfolded(block.blocks)
