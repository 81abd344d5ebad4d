"""Progress that nobody can be told does not end the work."""

from __future__ import annotations

import io
import sys
from typing import NoReturn

import pytest

from data.commands.console import telling


class Full(io.StringIO):
    def write(self, text: str) -> NoReturn:
        raise OSError(28, "No space left on device")

    def flush(self) -> NoReturn:
        raise OSError(28, "No space left on device")


def test_what_is_told_is_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    telling().print("sampling [1 of 2]")
    assert capsys.readouterr() == ("", "sampling [1 of 2]\n")


def test_a_full_disk_does_not_stop_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Full())
    with pytest.raises(OSError, match="No space"):
        print("sampling", file=sys.stderr, flush=True)
    telling().print("sampling")
