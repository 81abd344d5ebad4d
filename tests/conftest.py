"""What all tests share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="Run attacks whole, not a tenth, and write their record.")


@pytest.fixture
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether attacks run whole."""
    return bool(request.config.getoption("--whole"))
