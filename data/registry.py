"""Modules that are found by name: one file per family, engine part or section, without a central list.

This is the only place that imports by name. The code hash (`data.code_hash`) knows its functions and counts the
modules that they can import.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def members(package: str) -> list[str]:
    """Return the names of the modules of a package, sorted.

    Parameters
    ----------
    package : str
        Dotted, such as ``models.families``.
    """
    return _names(package)


def member(package: str, name: str) -> ModuleType:
    """Return one module of a package.

    Raises
    ------
    ModuleNotFoundError
        For a name that is not among its `members`.
    """
    if name not in _names(package):
        raise ModuleNotFoundError(f"{package} has no {name!r}; it has {', '.join(_names(package))}")
    return importlib.import_module(f"{package}.{name}")


def later(module: str) -> ModuleType:
    """Return a module that takes long to import, for callers that do not always need it.

    Parameters
    ----------
    module : str
        Dotted, such as ``fits.sample``.
    """
    return importlib.import_module(module)


def _names(package: str) -> list[str]:
    found = pkgutil.iter_modules(importlib.import_module(package).__path__)
    return sorted(one.name for one in found if not one.ispkg)
