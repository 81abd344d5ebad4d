"""Read TOML into frozen dataclasses, naming every unknown, missing or ill-typed key at once."""

from __future__ import annotations

import errno
import hashlib
import json
import stat
import tomllib
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self, cast, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from data.errors import InputError, Problem, nearest, unknown

STRICT = ConfigDict(extra="forbid", strict=False, allow_inf_nan=True)
"""Pydantic settings of every declaration: a misspelt key is an error, not a silent default."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return the parsed file.

    Raises
    ------
    InputError
        When the file is missing or is not TOML, with the parser's line and column.
    """
    try:
        there = path.is_file()
    except OSError:  # a name too long for the file system
        there = False
    if not there:
        raise InputError([Problem(str(path), "no such file", "a TOML file")])
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            [Problem(str(path), f"a file that cannot be read ({error.strerror})", "a TOML file")]
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError([Problem(str(path), str(error), "valid TOML in UTF-8")]) from error


def declare[T](cls: type[T], table: dict[str, Any], where: str) -> T:
    """Return `table` as an instance of the pydantic dataclass `cls`.

    Parameters
    ----------
    cls : type
        A pydantic dataclass with `STRICT` settings.
    table : dict
        A parsed TOML table.
    where : str
        The table's name in errors, such as ``ndatss.toml``.

    Raises
    ------
    InputError
        One problem per key that is unknown, missing or of the wrong type.
    """
    try:
        return TypeAdapter(cls).validate_python(table)
    except ValidationError as error:
        raise InputError(_problem(cls, where, detail) for detail in error.errors()) from error


def _problem(cls: type, where: str, detail: Any) -> Problem:
    path = ".".join(str(step) for step in detail["loc"])
    place = f"{where}: {path}" if path else where
    if detail["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        owner = _owner(cls, detail["loc"][:-1])
        hint = nearest(str(detail["loc"][-1]), [field.name for field in fields(owner)]) if owner else ""
        return Problem(place, "an unknown key", "a known key", hint)
    if detail["type"] in {"missing", "missing_argument"}:
        return Problem(place, "nothing", "this key to be given")
    return Problem(place, repr(detail["input"]), detail["msg"])


def _owner(cls: Any, steps: tuple[Any, ...]) -> Any:
    """Return the declaration at the end of a path of keys, or None where the path leaves declarations."""
    if not steps:
        return cls if is_dataclass(cls) else None
    if is_dataclass(cls):
        return _owner(get_type_hints(cls).get(str(steps[0])), steps[1:])
    inside = [kind for kind in get_args(cls) if kind is not type(None)]
    if get_origin(cls) is dict:
        return _owner(inside[1], steps[1:])
    if get_origin(cls) in {tuple, list}:
        return _owner(inside[0], steps[1:])
    return next((found for kind in inside if (found := _owner(kind, steps))), None)


class Declared:
    """A declaration that is read from a file of its own, named `name`.

    Attributes
    ----------
    home : Path
        The folder of those that come with the project; files that begin with `_` hold something else.
    what : str
        What one is called in errors.
    """

    home: ClassVar[Path]
    what: ClassVar[str]

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of those that come with the project."""
        return sorted(path.stem for path in cls.home.glob("*.toml") if not path.stem.startswith("_"))

    @classmethod
    def path_of(cls, name_or_path: str | Path, advice: str = "") -> Path:
        """Return the file of a name, which must be known, or the path itself; errors end with the advice."""
        if Path(name_or_path).suffix == ".toml":
            return Path(name_or_path)
        if str(name_or_path) not in cls.names():
            (problem,) = unknown(cls.what, str(name_or_path), cls.names()).problems
            raise InputError([replace(problem, next_step=". ".join(filter(None, [problem.next_step, advice])))])
        return cls.home / f"{name_or_path}.toml"

    @classmethod
    def read(cls, name_or_path: str | Path) -> Self:
        """Return the one that comes with the project by that name, or the one in a file.

        Raises
        ------
        InputError
            For an unknown name, and for every fault of the file.
        """
        path = cls.path_of(name_or_path)
        found = declare(cls, {**read_toml(path), "name": path.stem}, path.name)
        if problems := found.faults(path.name):
            raise InputError(problems)
        return found

    def faults(self, file: str) -> list[Problem]:
        """Return faults that neither keys nor types show; `file` is the file's name in errors."""
        return []

    @property
    def sha256(self) -> str:
        """Hash of the content, which comments in the file do not change."""
        return hashlib.sha256(json.dumps(asdict(cast(Any, self)), sort_keys=True).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """Return the hex SHA-256 of a file, read in blocks so that a large file stays on disk.

    Raises
    ------
    OSError
        When it cannot be read, or is not an ordinary file, such as a device without an end.
    """
    found = path.stat()
    if not stat.S_ISDIR(found.st_mode) and not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "No regular file", str(path))
    with path.open("rb") as stream:
        if not found.st_size:
            return hashlib.sha256(b"").hexdigest()  # /proc files report size 0, and reading may never end
        return hashlib.file_digest(stream, "sha256").hexdigest()
