"""A document as a page: where it may be written, and that it says of no file where it lies."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from data.errors import InputError, Problem
from fits.fit_with_study import places_of
from fits.storage.fit import Fit
from reports.document import write
from reports.document.document import Document
from reports.document.folders import without_folders


def require_page(out: Path, *, such_as: str) -> None:
    """Raise unless a page can be written there; known before anything is read.

    Parameters
    ----------
    such_as : str
        The name of a page, as an example.

    Raises
    ------
    InputError
        For what is not the name of a page, or a folder of its files that holds files of others.
    OSError
        When nothing can be written there.
    """
    if out.is_dir() or out.suffix.lower() not in (".html", ".htm"):
        raise InputError([Problem("--out", str(out), f"the name of a page, such as {such_as}")])
    write.require_place(out)


def write_page(
    document: Document, out: Path, *, given: Iterable[str | Path | None], fits: Iterable[Fit]
) -> tuple[Path, ...]:
    """Write a document that says of no file where it lies; return the page and the files beside it.

    Parameters
    ----------
    given : iterable of str or Path
        Files and folders that the command names.
    fits : iterable of Fit
        That the document speaks of, with what they were made of.
    """
    known = [out, *(place for place in given if place), *places_of(fits)]
    return write.write_page(without_folders(document, known), out)
