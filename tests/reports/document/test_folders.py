"""Folders are cut out of every text of a document, however they are written, and nothing else is."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from reports.document.blocks import Cell, Column, Command, Figure, Fold, Origin, Prose, Section, Table
from reports.document.document import Document
from reports.document.folders import without_folders

HOME = Path("/srv/o'brien & sons/grant")
PATHS = (HOME / "own.csv", HOME / "fits", HOME / "fits" / "peer", "runs/deep/mine.toml", "park2019", "")


def texts(*said: str) -> tuple[str, ...]:
    """What becomes of texts in a document."""
    blocks = tuple(Prose(text) for text in said)
    made = without_folders(Document("", "", (), (Section("s", "S", blocks),), "", ""), PATHS)
    return tuple(block.text for block in made.blocks() if isinstance(block, Prose))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"the file {HOME}/own.csv is gone", "the file own.csv is gone"),
        (shlex.join(["--data", str(HOME / "own.csv")]), "--data 'own.csv'"),
        (f"got {str(HOME / 'own.csv')!r}; expected", 'got "own.csv"; expected'),
        (f"--fits-dir {HOME}/fits", "--fits-dir fits"),
        (f"{HOME}/fits/peer/checks", "checks"),
        (f"{HOME}/fits/peer.", "peer."),
        (f"[Errno 13] {HOME}: '{HOME}/other/x.toml'", "[Errno 13] ...: 'other/x.toml'"),
        ("--priors runs/deep/mine.toml", "--priors mine.toml"),
        (f"{Path.cwd()}/reports/rules/default.toml", "reports/rules/default.toml"),
        ("reports/rules/default.toml and state/unit", "reports/rules/default.toml and state/unit"),
        ("https://example.org/srv/paper", "https://example.org/srv/paper"),
        ("park2019: park2019/claim#1", "park2019: park2019/claim#1"),
    ],
)
def test_what_is_left_of_a_text(text: str, left: str) -> None:
    assert texts(text) == (left,)


def full_of(path: str) -> Document:
    """A document with a path in every text there can be."""
    origin = Origin((path,), path, f"do {path}", 3)
    row = {"a": Cell({"p": [path, 1.5]}, path, below=path)}
    table = Table("t", path, (Column("a", path),), (row,), note=path, origin=origin)
    figure = Figure("f", path, path, f"<svg>{path}</svg>", {"data": [{"x": [1.0], "name": path}]}, origin)
    blocks = (Prose(path), Command(path), table, Fold(path, (figure,)))
    return Document(path, path, (path,), (Section("s", path, blocks),), "now", path)


def test_every_text_of_a_document_is_cut() -> None:
    assert without_folders(full_of(str(HOME / "own.csv")), PATHS) == full_of("own.csv")
