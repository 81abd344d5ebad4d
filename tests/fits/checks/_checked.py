"""What was found of a fit of the small world, with the files that are made of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fits.checks import checking
from fits.checks.check import Check
from fits.checks.found import CheckOptions, Found
from fits.storage.fit import Fit
from reports.check_files import check_files

RIGHT, RIVAL, SINGLE, LOGIT = (
    "tobit-weak-own",
    "tobit-weak-own-gaussian",
    "tobit-weak-own-single_level",
    "logit-weak-own",
)
SPLITS = ("service", "state", "kind", "state_x_kind", "x", "peer")


@dataclass(frozen=True)
class Checked:
    """One fit that was checked, and stored so."""

    found: Found
    fit: Fit
    files: dict[str, bytes]

    @property
    def checks(self) -> dict[str, Check]:
        return {check.name: check for check in self.found.checks}

    @property
    def failed(self) -> set[str]:
        return {check.name for check in self.found.checks if not check.passed}

    @property
    def texts(self) -> dict[str, str]:
        return {name: content.decode("utf-8") for name, content in self.files.items()}

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files["checks.json"])
        return found

    def table(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(self.texts[name].splitlines()))


@contextmanager
def without_prior() -> Iterator[None]:
    """PyMC's draws from the prior take most of the time; where a test is of something else, there are none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "_prior_rates", lambda *given, **named: [])
        yield


def checked(name: str, home: Path, options: CheckOptions | None = None, *, prior: bool = True) -> Checked:
    """Check a stored fit, and store what was found."""
    with nullcontext() if prior else without_prior():
        found = checking.check(checking.read(name, home), options or CheckOptions())
    files = check_files(found)
    fit, problems = checking.store(found, files)
    assert fit is not None, problems
    return Checked(found, fit, files)


def listed(folder: Path) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in folder.iterdir())
