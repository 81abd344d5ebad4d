"""Where a user's files lie, taken out of a document: of what is written, others see names of files alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from reports.document.document import Document

SOMEWHERE = "..."
"""Stands for a folder that is named without a file in it."""

NAMES_ALONE = (
    "Your own files and folders are named here without where they lie, in commands too: run these where the files "
    "are, or put the folders before the names."
)


def without_folders(document: Document, paths: Iterable[str | Path]) -> Document:
    """Return a document that says of no file where it lies.

    Parameters
    ----------
    paths : iterable of str or pathlib.Path
        Files and folders of the user's that it may speak of; '' and plain names are no matter. Whatever else lies in
        a folder that they lie in, however high, is cut too.
    """
    cut = _cutter([str(path) for path in paths if str(path)])
    return document if cut is None else _mapped(document, cut)


def _cutter(paths: list[str]) -> Callable[[str], str] | None:
    """What takes folders out of a text."""
    names: dict[str, str] = {}
    for path in paths:
        given = Path(path)
        for known in (given.absolute(), given.resolve()):
            names |= {str(folder): SOMEWHERE for folder in known.parents if folder != folder.parent} | names
        if len(given.parts) > 1:
            names[path] = names[str(given)] = given.name
        names[str(given.absolute())] = names[str(given.resolve())] = given.name
    written = {form: name for path, name in names.items() for form in _forms(path)}
    if not written:
        return None
    sep = re.escape(os.sep)
    longest = "|".join(re.escape(path) for path in sorted(written, key=len, reverse=True))
    # Not within an address of the web, nor where a longer name goes on.
    pattern = re.compile(rf"(?<![\w.~-])({longest})({sep}|(?![\w-]))")
    return lambda text: pattern.sub(lambda found: "" if found[2] else written[found[1]], text)


def _forms(path: str) -> set[str]:
    """A path as texts have it: as it is, within quotes of a shell, within quotes of Python."""
    return {path, path.replace("'", "'\"'\"'"), repr(path)[1:-1]}


def _mapped(value: Any, cut: Callable[[str], str]) -> Any:
    """The same value with every text in it cut."""
    if isinstance(value, str):
        return cut(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _mapped(getattr(value, field.name), cut) for field in fields(value)})
    if isinstance(value, Mapping):
        return {key: _mapped(inner, cut) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_mapped(inner, cut) for inner in value)
    return value
