"""What `models.fit` says may be asked next is the same question, where the fit lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.terminal.maximum_likelihood import print_fit as print_estimates
from reports.terminal.posterior import effects_command, print_fit
from tests.fakes import drawn, maximised
from tests.reports.sections._stored_fits import study


def test_the_same_question(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Under another prior set; in full after a look; with all that was asked, the seed too; sampled after estimates."""
    monkeypatch.setenv("COLUMNS", "1000")
    given = study(tmp_path)
    begins = f"python -m models.fit m --study {given['study']} --data {given['data']} --service other"
    place = f"--fits-dir {given['home']}"
    single = drawn(given, service="other", single_level=True, priors="wide", draws=800, tune=7, seed=3)
    print_fit(single.fit)
    assert (
        f"{begins} --priors skeptical --draws 800 --tune 7 --seed 3 --single-level {place} " in capsys.readouterr().out
    )
    look = drawn(
        given, service="other", family="gaussian", engine="pymc", priors="skeptical", status="look", quick=True
    )
    print_fit(look.fit)
    full = f"{begins} --engine pymc --priors skeptical --family gaussian {place}\n"
    assert full in "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines()) + "\n"
    estimates = maximised(given, service="other")
    print_estimates(estimates.fit)
    assert f"{begins} {place}   (the hierarchical model" in capsys.readouterr().out
    assert effects_command(look.fit) == f"python -m reports.effects {look.name} {place}"
