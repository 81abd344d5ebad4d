"""Mapping files: the differences between a user's extract and the codebook in names, codes, units and encoding."""

from __future__ import annotations

from dataclasses import field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from data.codebook import Codebook
from data.errors import Problem, nearest
from data.loading.codes import meanings, meant
from data.loading.source import cell_text
from data.toml_files import STRICT, declare, read_toml

MissingCodes = tuple[float | str, ...]


@dataclass(frozen=True, config=STRICT)
class Mapping:
    """A --columns file.

    Attributes
    ----------
    columns : dict
        Variable -> the file's column.
    codes : dict
        Variable -> {the file's code -> the codebook's code}.
    multiply : dict
        Variable -> factor, such as 100 for a share stored as 0-1.
    missing_codes : list, or dict of list
        Codes that mean no answer in this file, beside the codebook's: for every variable, or by variable.
    encoding, decimal : str
        Encoding and decimal mark ('.' or ',') of a text file, where these cannot be found or are found wrongly.
    """

    columns: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str | float]] = field(default_factory=dict)
    multiply: dict[str, float] = field(default_factory=dict)
    missing_codes: MissingCodes | dict[str, MissingCodes] = ()
    encoding: str = ""
    decimal: Literal["", ".", ","] = ""

    @classmethod
    def read(cls, path: Path | None) -> Mapping:
        """Return the mapping in a TOML file; without a file, the empty mapping.

        Raises
        ------
        InputError
            For a file that is not there or not TOML, and for an unknown key.
        """
        return cls() if path is None else declare(cls, read_toml(path), path.name)

    def against(self, codebook: Codebook) -> tuple[Mapping, list[Problem]]:
        """Return the mapping with its variables named as in the codebook, and its problems.

        A name that differs from a variable in case alone means that variable, if it is the only one.
        """
        problems: list[Problem] = []
        missing = self.missing_codes
        tables: tuple[dict[str, Any], ...] = (self.columns, self.codes, self.multiply)
        tables = (*tables, missing) if isinstance(missing, dict) else tables
        names = {name: _variable(name, codebook, problems) for name in dict.fromkeys(n for t in tables for n in t)}
        for table in tables:
            meant = [names[name] for name in table]
            problems += [
                Problem("column mapping", f"variable {name!r} twice, in other cases", "each variable once")
                for name in dict.fromkeys(meant)
                if meant.count(name) > 1
            ]

        def renamed[V](table: dict[str, V]) -> dict[str, V]:
            return {names[name]: value for name, value in table.items()}

        mapping = replace(
            self,
            columns=renamed(self.columns),
            codes=renamed(self.codes),
            multiply=renamed(self.multiply),
            missing_codes=renamed(missing) if isinstance(missing, dict) else missing,
        )
        return mapping, [*problems, *mapping._faults(codebook)]

    def _faults(self, codebook: Codebook) -> list[Problem]:
        """Return problems of factors and codes that a variable cannot have."""
        problems = []
        for name, factor in self.multiply.items():
            if name in codebook.variables and codebook.variables[name].type in {"category", "id"}:
                wanted = "a number or a yes-or-no variable"
                problems.append(Problem("column mapping, [multiply]", repr(name), wanted))
            if not 0.0 < abs(factor) < float("inf"):
                got = f"{name} = {factor}"
                problems.append(Problem("column mapping, [multiply]", got, "a finite number other than 0"))
        for name, codes in self.codes.items():
            variable = codebook.variables.get(name)
            known = meanings(variable) if variable else {}
            problems += [
                Problem(f"column mapping, [codes.{name}]", cell_text(code), f"one of the codes {', '.join(known)}")
                for code in dict.fromkeys(codes.values())
                if variable and known and meant(cell_text(code), variable) is None
            ]
        return problems

    def missing_of(self, variable: str) -> MissingCodes:
        """Return the codes that mean no answer to a variable in this file."""
        if isinstance(self.missing_codes, dict):
            return self.missing_codes.get(variable, ())
        return self.missing_codes


def _variable(name: str, codebook: Codebook, problems: list[Problem]) -> str:
    if name in codebook.variables:
        return name
    alike = [variable for variable in codebook.variables if variable.casefold() == name.casefold()]
    if len(alike) == 1:
        return alike[0]
    known = f"a variable of study {codebook.name!r}"
    problems.append(Problem("column mapping", repr(name), known, nearest(name, codebook.variables)))
    return name
