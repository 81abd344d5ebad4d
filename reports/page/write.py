"""A document becomes one HTML file, with its tables and figures as files beside it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from tempfile import gettempdir

from filelock import FileLock

from data._errors import InputError, Problem
from reports.page._html import page_html
from reports.page._plain import encoded, files
from reports.page.document import Document

__all__ = ["write_page"]

OURS = {".csv", ".json", ".svg"}


def write_page(document: Document, target: Path) -> tuple[Path, ...]:
    """Write a document as one page that needs no network, and its tables and figures beside it.

    Everything is written under other names first and then renamed, so that what stood there before is either
    replaced as a whole or left as it was.

    Parameters
    ----------
    document : Document
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
        When the files cannot be written there, or a folder of that name holds files of others.
    """
    folder = folder_of(target)
    page = encoded(page_html(document, folder.name))
    beside = files(document)
    require_place(target)
    token = token_hex(4)
    new_page, new_folder = (path.with_name(f".{path.name}.{token}") for path in (target, folder))
    try:
        new_folder.mkdir()
        for name, content in beside.items():
            (new_folder / name).write_bytes(content)
        new_page.write_bytes(page)
        with _alone(target):
            _check(target, folder)  # again: another may have put a folder there since
            _swap(new_page, target, new_folder=new_folder, folder=folder)
    except OSError as error:
        raise _refused(target, error.strerror or str(error)) from error
    finally:
        new_page.unlink(missing_ok=True)
        rmtree(new_folder, ignore_errors=True)
    return (target, *(folder / name for name in beside))


def folder_of(target: Path) -> Path:
    """Return the folder of a page's files."""
    return target.with_name(f"{target.with_suffix('').name}_files")


def require_place(target: Path) -> None:
    """Refuse a page that could not be written, before any work is done for it.

    Raises
    ------
    InputError
        As `write_page`.
    """
    probe = target.with_name(f".{target.name}.{token_hex(4)}")
    try:
        with _alone(target):
            _check(target, folder_of(target))
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _refused(target, error.strerror or str(error)) from error


def _alone(target: Path) -> FileLock:
    """A lock of the place, so that nobody looks at its folder while another exchanges it."""
    place = sha256(str(target.resolve()).encode("utf-8", "replace")).hexdigest()[:16]
    return FileLock(Path(gettempdir()) / f"page-{place}.lock", timeout=60)


def _check(target: Path, folder: Path) -> None:
    """Refuse what could not be written, or would take away what is not ours."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(target, error.strerror or str(error)) from error
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


def _refused(target: Path, why: str) -> InputError:
    return InputError([Problem("page", f"{target} ({why})", "a file in a folder that can be made and written to")])


def _swap(new_page: Path, target: Path, *, new_folder: Path, folder: Path) -> None:
    """Put the new page and folder into place, or leave the old ones there."""
    old = new_folder.with_name(f"{new_folder.name}.old")
    moved = False
    try:
        if folder.exists():
            folder.rename(old)
        new_folder.rename(folder)
        moved = True
        new_page.replace(target)
    except BaseException:  # Ctrl-C too must leave page and folder of one report
        if moved:
            rmtree(folder, ignore_errors=True)
        if old.exists():
            old.rename(folder)
        raise
    rmtree(old, ignore_errors=True)
