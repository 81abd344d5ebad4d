"""What `models.fit` says may be asked next is the same question, where the fit lies."""

from __future__ import annotations

from pathlib import Path

from fits.fit_with_study import Evidence
from reports.terminal.posterior import effects_command, with_defaults
from tests.fakes import drawn, maximised
from tests.reports.sections._stored_fits import study


def test_the_same_question_under_the_defaults(tmp_path: Path) -> None:
    given = study(tmp_path)
    question = f"--study {given['study']} --data {given['data']} --service other"
    place = f"--fits-dir {given['home']}"

    def again(one: Evidence) -> str:
        return with_defaults(one.plan).command(one.fit.home)

    single = drawn(given, service="other", single_level=True, priors="wide", draws=8, tune=7)
    assert again(single) == f"python -m models.fit m {question} --single-level {place}"
    rival = drawn(given, service="other", family="gaussian", status="look")
    assert again(rival) == f"python -m models.fit m {question} --family gaussian {place}"
    assert again(maximised(given, service="other")) == f"python -m models.fit m {question} {place}"
    assert effects_command(rival.fit) == f"python -m reports.effects {rival.name} {place}"
