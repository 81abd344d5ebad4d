"""The house: one direction of imports, small rooms, and commands that only parse, call and print."""

from __future__ import annotations

import ast
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from data.code_hash import BY_NAME, OURS
from tests.running import ROOT

FILES = sorted(path for folder in OURS for path in (ROOT / folder).rglob("*.py"))
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
    "reports/calibrated.py",
    "reports/compare.py",
    "reports/effects.py",
    "reports/published.py",
}
"""The commands: the only files that may import anything, and import it late."""

LONGEST_COMMAND = 120
"""Lines of a command besides its help and its declared options."""

MOST_FILES = 20

BANNED = ("pickle", "cloudpickle", "joblib", "requests", "urllib", "httpx", "socket")
"""Pickle runs code on reading; the rest would let data leave."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return name(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


MODULES = {module_of(path): path for path in FILES}
ROOMS = sorted({path.parent for path in FILES})
NO_COMMANDS = [path for path in FILES if name(path) not in DOORS]


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> list[tuple[str, int]]:
    """Modules that a file imports, with the column of the import: 0 at the top of the file.

    An import that only type checkers read counts as one at the top.
    """
    found: list[tuple[str, int]] = []
    tree = tree_of(path)
    typing_only = {
        id(part)
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        column = 0 if id(node) in typing_only else getattr(node, "col_offset", 0)
        if isinstance(node, ast.Import):
            found += [(alias.name, column) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(f"{node.module}.{alias.name}", column) for alias in node.names]
    return found


def by_name(path: Path) -> list[str]:
    """Modules and packages that a file imports by their names; see `data.registry`."""
    return [
        ast.literal_eval(node.args[0])
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BY_NAME
    ]


def ours(path: Path) -> set[str]:
    """The project's own modules that a file imports, however it does."""
    found = {one for one, _ in imports(path)} | set(by_name(path))
    return {one if one in MODULES else one.rpartition(".")[0] for one in found if one.partition(".")[0] in OURS}


@pytest.mark.parametrize("path", NO_COMMANDS, ids=name)
def test_folders_import_only_from_folders_before_them(path: Path) -> None:
    allowed = OURS[: OURS.index(path.relative_to(ROOT).parts[0]) + 1]
    assert {module.partition(".")[0] for module in ours(path)} <= set(allowed)
    assert "tests" not in {module.partition(".")[0] for module, _ in imports(path)}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_commands_are_imported_by_nobody(path: Path) -> None:
    assert not ours(path) & {module_of(ROOT / door) for door in DOORS}


@pytest.mark.parametrize("path", NO_COMMANDS, ids=name)
def test_imports_stand_at_the_top_except_in_commands(path: Path) -> None:
    assert not [module for module, column in imports(path) if column]


def test_no_module_imports_itself_by_way_of_others() -> None:
    left = {module: ours(path) - {module} for module, path in MODULES.items() if path.stem != "__init__"}
    while leaves := {module for module, used in left.items() if not used & set(left)}:
        left = {module: used for module, used in left.items() if module not in leaves}
    assert not left


@pytest.mark.parametrize("path", FILES, ids=name)
def test_one_place_imports_by_name(path: Path) -> None:
    """The registry alone, which the code hash knows; libraries, whose names are written out, are no code of ours."""
    calls = [
        node
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("import_module", "__import__")
    ]
    written = [node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)]
    assert not {str(one).partition(".")[0] for one in written} & set(OURS)
    assert len(written) == len(calls) or module_of(path) == "data.registry"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_what_is_private_to_a_file_stays_there(path: Path) -> None:
    assert not path.stem.startswith("_") or path.stem == "__init__"
    private = {one for one, _ in imports(path) if one.partition(".")[0] in OURS and one.rpartition(".")[2][0] == "_"}
    assert not private


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_pickles_or_calls_the_network(path: Path) -> None:
    assert not {module.split(".")[0] for module, _ in imports(path)} & set(BANNED)


def test_every_command_there_is_stands_in_the_list() -> None:
    assert {name(path) for path in FILES if "app = typer.Typer(" in path.read_text(encoding="utf-8")} == DOORS


@pytest.mark.parametrize("door", sorted(DOORS))
def test_commands_parse_call_and_print(door: str) -> None:
    """What works stands in rooms; what can be asked stands in `data.commands.options`."""
    path = ROOT / door
    tree = tree_of(path)
    (main,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main"]
    options = main.body[0].lineno - main.lineno
    helps = len((ast.get_docstring(tree) or "").splitlines())
    assert len(path.read_text(encoding="utf-8").splitlines()) - helps - options < LONGEST_COMMAND
    assert not re.findall(r"typer\.Option\(", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("door", sorted(DOORS))
def test_no_folder_is_called_as_a_command_beside_it(door: str) -> None:
    assert not (ROOT / door).with_suffix("").is_dir()


@pytest.mark.parametrize("door", sorted(DOORS))
def test_help_holds_no_brackets_that_a_terminal_reads_as_markup(door: str) -> None:
    assert not re.search(r"\[[a-z#/@]", ast.get_docstring(tree_of(ROOT / door)) or "[no help]")


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_every_folder_states_its_promise_and_holds_no_code_of_its_own(room: Path) -> None:
    tree = tree_of(room / "__init__.py")
    promise = ast.get_docstring(tree) or ""
    assert "What is here" in promise
    assert "May import" in promise
    # An `__init__` is run with every module of its folder, and counted in no code hash.
    starting = ["from data.commands.interrupts import starting", "starting(__name__)"]
    assert [ast.unparse(node) for node in tree.body[1:]] in ([], starting)


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_promises_name_what_is_there(room: Path) -> None:
    """What stands in backticks as `module.Thing` is there; nothing private is promised."""
    promise = ast.get_docstring(tree_of(room / "__init__.py")) or ""
    assert "`_" not in promise
    places = [room, ROOT, *(ROOT / folder for folder in OURS)]
    library = {"xarray", "pymc", "toml", "py"}
    for module, thing in re.findall(r"`([a-z_]+(?:\.[a-z_]+)*)\.([A-Za-z_]+)`", promise):
        if library & {module.partition(".")[0], thing}:
            continue
        paths = [place / f"{module.replace('.', '/')}.py" for place in places]
        whole = [place / module.replace(".", "/") / thing for place in places]
        assert any(path.is_dir() or path.with_suffix(".py").is_file() for path in whole) or any(
            path.is_file() and re.search(rf"\b{thing}\b", path.read_text(encoding="utf-8")) for path in paths
        ), f"{module}.{thing}"


def test_what_a_table_says_it_was_made_by_is_there() -> None:
    """A text that is nothing but a dotted name of ours, such as the origin of a table."""
    texts = {
        node.value
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = [text for text in texts if re.fullmatch(rf"({'|'.join(OURS)})(\.\w+){{2,}}", text)]
    assert len(named) > 20
    assert [text for text in named if not exists(text)] == []


def exists(dotted: str) -> bool:
    """Whether a name leads to a module, a folder, or what stands in a module."""
    module, rest = dotted, []
    while module not in MODULES and module:
        module, _, last = module.rpartition(".")
        rest.insert(0, last)
    found: object = import_module(module) if module else None
    for part in rest:
        found = getattr(found, part, None)
    return found is not None


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def test_rooms_are_small() -> None:
    held = Counter(path.parent for path in FILES)
    assert {name(room): count for room, count in held.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_are_written_where_they_take_their_place_all_together(path: Path) -> None:
    """Into what is `fresh` or `staged`, and renamed then: a file written in place is half when the process dies."""
    text = path.read_text(encoding="utf-8")
    written = re.findall(r"^.*\.(?:write_text|write_bytes|touch)\(.*$", text, flags=re.MULTILINE)
    assert not [line for line in written if not re.search(r"\b(fresh|staged)\b", line)]
    assert not re.findall(r"to_netcdf\((?!memory\b).*", text)


def test_data_are_not_committed() -> None:
    kept = {path.suffix.lower() for folder in OURS for path in (ROOT / folder).glob("*") if path.is_file()}
    assert not kept & {".rdata", ".rds", ".csv", ".dta", ".sav", ".parquet", ".nc"}
