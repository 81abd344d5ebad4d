"""The codebook of a study: its variables, read from one TOML file."""

from __future__ import annotations

import hashlib
from dataclasses import field
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic.dataclasses import dataclass

from data.errors import InputError, Problem, nearest
from data.faults import variable_faults
from data.names import folder_faults, text_faults
from data.toml_files import STRICT, Declared, declare, read_toml
from data.variable import OUTCOME_ROLES, StudyHeader, Variable

RESERVED = ("unit", "service", *OUTCOME_ROLES)
"""Names that a loaded study uses itself, so that no variable may have them."""


@dataclass(frozen=True, config=STRICT)
class Codebook(Declared):
    """A study's declaration.

    Attributes
    ----------
    name : str
        The file's stem.
    study : StudyHeader
        Title, source, default wave.
    variables : dict of str to Variable
        The variables by name, in the file's order.
    models : dict
        Tables under `[models.NAME]`, kept as plain data for the folder `models`.
    sha256 : str
        The file's hash, so that a fit can say which codebook it was made with.
    """

    home = Path(__file__).parent
    what = "study"

    name: str
    study: StudyHeader
    variables: dict[str, Variable]
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    sha256: str = ""

    @classmethod
    def read(cls, name_or_path: str | Path) -> Codebook:
        """Return the codebook that comes with the project by that name, or the one in a file.

        Raises
        ------
        InputError
            When there is no such codebook, or for every fault of its declaration.
        """
        path = cls.path_of(name_or_path, "For your own study give the path of its .toml file")
        table = read_toml(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        codebook = declare(cls, {**table, "name": path.stem, "sha256": digest}, path.name)
        problems = [
            problem
            for name, variable in codebook.variables.items()
            for problem in variable_faults(path.name, name, variable)
        ]
        problems += _clashes(path.name, codebook) + _name_faults(path.name, codebook)
        if problems:
            raise InputError(problems)
        return codebook

    def with_role(self, role: str, wave: int | None = None) -> list[str]:
        """Return the variables that fill `role`, in the codebook's order.

        Parameters
        ----------
        role : str
            For example ``peer_exposure``.
        wave : int, optional
            Keep only variables asked in this wave.
        """
        return [
            name
            for name, variable in self.variables.items()
            if role in variable.roles and (wave is None or not variable.waves or wave in variable.waves)
        ]

    def roles(self) -> list[str]:
        """Return every role that some variable fills."""
        return sorted({role for variable in self.variables.values() for role in variable.roles})

    def variable(self, name: str) -> Variable:
        """Return one variable; an unknown name is an error that names the nearest."""
        if name not in self.variables:
            raise InputError(
                [Problem("variable", repr(name), f"a variable of study {self.name!r}", nearest(name, self.variables))]
            )
        return self.variables[name]


def _name_faults(file: str, codebook: Codebook) -> list[Problem]:
    """Return problems of names that folders, netCDF or a tree of data sets cannot hold."""
    problems = folder_faults(f"study {codebook.name[:40]!r}", codebook.name)
    for name, variable in codebook.variables.items():
        where = f"{file}: variables.{name[:40]!r}"
        problems += text_faults(where, name)
        problems += text_faults(f"{where}.service", variable.service) if variable.service else []
    return problems


def _clashes(file: str, codebook: Codebook) -> list[Problem]:
    """Return problems of two variables that claim one place in the study."""
    problems = [
        Problem(f"{file}: variables.{name}", "a name the loaded study needs itself", f"none of {', '.join(RESERVED)}")
        for name in codebook.variables
        if name in RESERVED
    ]
    for role in OUTCOME_ROLES:
        for first, second in combinations(codebook.with_role(role), 2):
            one, other = codebook.variables[first], codebook.variables[second]
            apart = one.waves and other.waves and not set(one.waves) & set(other.waves)
            if one.service and one.service == other.service and not apart:
                got = f"service {one.service!r}, which {first!r} has as well"
                wanted = f"one variable per service with the role {role}"
                problems.append(Problem(f"{file}: variables.{second}", got, wanted))
    return problems
