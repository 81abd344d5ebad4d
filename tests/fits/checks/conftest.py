"""Four fits of the small world, checked once: tests read them, or copy them before they change anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fits.checks.found import CheckOptions
from tests.fits.checks._checked import LOGIT, RIGHT, RIVAL, SINGLE, Checked, checked
from tests.fits.checks._worlds import fitted, study

BY_STATE = CheckOptions(leave_out="state", folds=3)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return study(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="session")
def home(files: dict[str, Any]) -> Path:
    made: Path = files["home"]
    return made


@pytest.fixture(scope="session")
def right(files: dict[str, Any], home: Path) -> Checked:
    assert fitted(files, chains=4, draws=500, tune=500).name == RIGHT
    return checked(RIGHT, home, BY_STATE)


@pytest.fixture(scope="session")
def rival(files: dict[str, Any], home: Path) -> Checked:
    assert fitted(files, family="gaussian").name == RIVAL
    return checked(RIVAL, home, prior=False)


@pytest.fixture(scope="session")
def single(files: dict[str, Any], home: Path) -> Checked:
    assert fitted(files, single_level=True).name == SINGLE
    return checked(SINGLE, home, BY_STATE, prior=False)


@pytest.fixture(scope="session")
def logit(files: dict[str, Any], home: Path) -> Checked:
    assert fitted(files, "logit", chains=4, draws=500, tune=500).name == LOGIT
    return checked(LOGIT, home)
