"""The house: who may import whom, one thing per public file, a promise per folder."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = ("data", "priors", "models", "fits", "reports")
FILES = sorted(path for folder in ORDER for path in (ROOT / folder).rglob("*.py"))
DOORS = {
    "data/describe.py",
    "data/simulate.py",
    "priors/show.py",
    "models/calibrate.py",
    "models/check.py",
    "models/fit.py",
    "models/ladder.py",
    "fits/ls.py",
    "fits/share.py",
    "reports/build.py",
    "reports/compare.py",
    "reports/effects.py",
    "reports/published.py",
}

BANNED = ("pickle", "cloudpickle", "joblib", "requests", "urllib", "httpx", "socket")
"""Pickle runs code on reading; the rest would let data leave."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_door(path: Path) -> bool:
    """A door, or the working half of one, which the door imports when there is work."""
    return name(path) in DOORS or path.name.startswith("_door_")


def imports(path: Path) -> list[tuple[str, int]]:
    """Modules that a file imports, with the column of the import: 0 at the top of the file."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.col_offset) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(f"{node.module}.{alias.name}", node.col_offset) for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=name)
def test_folders_import_only_from_folders_before_them(path: Path) -> None:
    if is_door(path):
        return
    allowed = set(ORDER[: ORDER.index(path.relative_to(ROOT).parts[0]) + 1])
    ours = {module.split(".")[0] for module, _ in imports(path)} & {*ORDER, "tests"}
    assert ours <= allowed


@pytest.mark.parametrize("path", FILES, ids=name)
def test_doors_are_imported_by_nobody_but_doors(path: Path) -> None:
    doors = {door.removesuffix(".py").replace("/", ".") for door in DOORS}
    for module, _ in imports(path):
        assert module not in doors
        if "._door_" in f".{module}":
            assert is_door(path), module


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_stand_at_the_top_except_in_doors(path: Path) -> None:
    if is_door(path):
        return  # --help must not wait for PyMC
    typing_only = path.read_text(encoding="utf-8").count("if TYPE_CHECKING:")
    assert typing_only or not [module for module, column in imports(path) if column]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_pickles_or_calls_the_network(path: Path) -> None:
    assert not {module.split(".")[0] for module, _ in imports(path)} & set(BANNED)


@pytest.mark.parametrize("path", [path for path in FILES if not path.name.startswith("_")], ids=name)
def test_a_public_file_holds_one_thing_or_a_door(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if name(path) in DOORS:
        assert "app = typer.Typer(" in text
        return
    listed = [
        ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    assert listed
    assert len(listed[0]) == 1, listed


def test_every_door_there_is_stands_in_the_list() -> None:
    assert {name(path) for path in FILES if "app = typer.Typer(" in path.read_text(encoding="utf-8")} == DOORS


@pytest.mark.parametrize("door", sorted(DOORS))
def test_help_holds_no_brackets_that_a_terminal_reads_as_markup(door: str) -> None:
    text = (ROOT / door).read_text(encoding="utf-8")
    shown = [ast.get_docstring(ast.parse(text)) or "", *re.findall(r'help="([^"]*)"', text)]
    assert len(shown) > 1
    assert not [part for part in shown if re.search(r"\[[a-z#/@]", part)]


@pytest.mark.parametrize("folder", ORDER)
def test_every_folder_states_its_promise(folder: str) -> None:
    promise = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert "What is here" in promise
    assert "May import" in promise


@pytest.mark.parametrize("path", FILES, ids=name)
def test_rooms_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_are_written_where_they_take_their_place_all_together(path: Path) -> None:
    """Into what is `fresh` or `staged`, and renamed then: a file written in place is half when the process dies."""
    text = path.read_text(encoding="utf-8")
    written = re.findall(r"^.*\.(?:write_text|write_bytes|touch)\(.*$", text, flags=re.MULTILINE)
    assert not [line for line in written if not re.search(r"\b(fresh|staged)\b", line)]
    assert not re.findall(r"to_netcdf\((?!memory\b).*", text)


def test_data_are_not_committed() -> None:
    kept = {path.suffix.lower() for folder in ORDER for path in (ROOT / folder).glob("*") if path.is_file()}
    assert not kept & {".rdata", ".rds", ".csv", ".dta", ".sav", ".parquet", ".nc"}
