"""A document becomes one HTML file, with its tables and figures as files beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import InputError, Problem
from data.files.replacing import replacing
from reports.document.document import Document
from reports.document.html import page_html
from reports.document.plain import encoded, files

OURS = {".csv", ".json", ".svg"}


def write_page(document: Document, target: Path) -> tuple[Path, ...]:
    """Write a document as one page that needs no network, and its tables and figures beside it.

    What stood there before is either replaced as a whole or left as it was.

    Parameters
    ----------
    target : pathlib.Path
        The page, such as ``out/report.html``; the files are in ``out/report_files``.

    Returns
    -------
    tuple of pathlib.Path
        The page, then the files: CSV and JSON of every table, SVG of every figure.

    Raises
    ------
    ValueError
        When a name stands twice in the document, or a link of it leads nowhere.
    InputError
        When a folder of that name holds files of others.
    OSError
        When the files cannot be written there.
    """
    folder = folder_of(target)
    page = encoded(page_html(document, folder.name))
    beside = files(document)
    with _replacing(target) as fresh:
        (fresh / folder.name).mkdir()
        for name, content in beside.items():
            (fresh / folder.name / name).write_bytes(content)
        (fresh / target.name).write_bytes(page)
        _check(target, folder)  # again: another may have put something there since
    return (target, *(folder / name for name in beside))


def folder_of(target: Path) -> Path:
    """Return the folder of a page's files."""
    return target.with_name(f"{target.with_suffix('').name}_files")


def require_place(target: Path) -> None:
    """Refuse a page that could not be written, before any work is done for it, by writing nothing there.

    Raises
    ------
    InputError, OSError
        As `write_page`.
    """
    with _replacing(target):
        pass  # nothing is replaced


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Give a folder for what takes the place of a page and its files, which must be ours."""
    with replacing(target.parent, target.name, after=target.name) as fresh:
        _check(target, folder_of(target))
        yield fresh


def _check(target: Path, folder: Path) -> None:
    """Refuse to take away what is not ours."""
    if target.is_dir():
        raise InputError([Problem(str(target), "a folder", "the name of a file, such as report.html")])
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not folder.is_dir():
        advice = "Move it away, or choose another name for the page."
        raise InputError([Problem(str(folder), "something else", "a folder of an earlier page, or none", advice)])
    others = sorted(path.name for path in folder.iterdir() if path.suffix not in OURS or not path.is_file())
    if others:
        advice = "Move it away: the folder is replaced as a whole."
        raise InputError([Problem(str(folder), repr(others[0]), "CSV, JSON and SVG of an earlier page", advice)])
