"""Hash the code that a module depends on: found from imports, without comments and docstrings."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
OURS = ("data", "priors", "models", "fits", "reports")
MOST_KNOWN = 5_000
"""Largest number of files in the cache; a larger cache is emptied."""

BY_NAME = ("member", "members", "later")
"""Functions of `data.registry` that import what their first argument names."""


class ParsedFile(NamedTuple):
    """One file: the digest of its syntax tree, the modules it imports, and the modules it can import by name."""

    digest: str
    imports: list[str]
    by_name: list[str]


def code_digest(*roots: str, chosen: Collection[str] = (), within: str = "", root: Path = ROOT) -> str:
    """Return 12 hexadecimal digits that change with any code that the roots can reach.

    Comments, docstrings and layout do not count. Every imported module counts, wherever the import stands, unless
    only type checkers read it.

    Parameters
    ----------
    *roots : str
        Dotted module names.
    chosen : collection of str
        Where a package of `data.registry` has modules of these names, only these modules count: the code of one
        family does not decide what another family draws.
    within : str
        Count only the modules of this package; by default those of the whole project.
    root : Path
        The project's folder.
    """
    digest = hashlib.sha256()
    for module in code_reached(*roots, chosen=chosen, within=within, root=root):
        digest.update(f"{module} {_source(_path(module, root)).digest}\n".encode())
    return digest.hexdigest()[:12]


def code_reached(*roots: str, chosen: Collection[str] = (), within: str = "", root: Path = ROOT) -> list[str]:
    """Return the modules that `code_digest` counts, sorted."""
    found: set[str] = set()
    todo = list(roots)
    before = len(_known())
    while todo:
        module = todo.pop()
        if module in found or not f"{module}.".startswith(f"{within}." if within else ""):
            continue
        found.add(module)
        source = _source(_path(module, root))
        todo += [name for name in (_module(one, root) for one in source.imports) if name]
        for name in source.by_name:
            todo += _members(name, chosen, root)
    if root == ROOT and len(_known()) > before:
        _remember(_known())
    return sorted(found)


def _members(name: str, chosen: Collection[str], root: Path) -> Iterator[str] | list[str]:
    folder = root / name.replace(".", "/")
    if not folder.is_dir():
        return [name]
    names = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    taken = [one for one in names if one in chosen] or names
    return [f"{name}.{one}" for one in taken]


def _module(name: str, root: Path) -> str:
    """Return the module that an imported name is or stands in; '' for packages and for other projects' modules."""
    if name.partition(".")[0] not in OURS:
        return ""
    while name and not _path(name, root).is_file():
        name = name.rpartition(".")[0]
    return name


def _path(module: str, root: Path) -> Path:
    return root / f"{module.replace('.', '/')}.py"


def _source(path: Path) -> ParsedFile:
    """Return a file's digest and imports, cached by its content because parsing is slower than reading."""
    content = path.read_bytes()
    known = _known()
    key = hashlib.sha256(_reader() + content).hexdigest()
    if key not in known:
        known[key] = _read(content, path)
    return known[key]


def _read(content: bytes, path: Path) -> ParsedFile:
    tree = ast.parse(content)
    imports: list[str] = []
    by_name: list[str] = []
    for node in _nodes(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            raise ValueError(f"{path}:{node.lineno}: a relative import: write the module out")
        if isinstance(node, ast.Import):
            if any(alias.name == "data.registry" for alias in node.names):
                raise ValueError(f"{path}:{node.lineno}: data.registry as a whole: import its functions by name")
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "data.registry" and any(alias.asname for alias in node.names):
                raise ValueError(f"{path}:{node.lineno}: a function of data.registry under another name: it is code")
            imports += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BY_NAME:
            given = node.args[0] if node.args else None
            if not isinstance(given, ast.Constant):
                raise ValueError(f"{path}:{node.lineno}: {node.func.id}(...) without the name itself: it is code")
            by_name.append(str(given.value))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [part for part in node.body if not _is_text(part)]
    return ParsedFile(hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imports, by_name)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node except those that only type checkers read."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            for other in child.orelse:
                yield from _nodes(other)
            continue
        yield from _nodes(child)


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring: of the module, class or function around it, or of the constant above it."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


@cache
def _reader() -> bytes:
    """What digests depend on besides a file: this file, and the Python whose syntax trees they are of."""
    return hashlib.sha256(Path(__file__).read_bytes() + (sys.implementation.cache_tag or "").encode()).digest()


def _cache_file() -> Path:
    return Path(cache_from_source(__file__)).with_name("code_hash.json")


@cache
def _known() -> dict[str, ParsedFile]:
    try:
        held = json.loads(_cache_file().read_text(encoding="utf-8"))
        return {key: ParsedFile(*value) for key, value in held.items()} if len(held) < MOST_KNOWN else {}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _remember(known: dict[str, ParsedFile]) -> None:
    """Write the cache beside the bytecode; where that fails, the next process parses the files again."""
    with suppress(OSError):
        folder = _cache_file().parent
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as fresh:
            json.dump(known, fresh)
        os.replace(fresh.name, _cache_file())
