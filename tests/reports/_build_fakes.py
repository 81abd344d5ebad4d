"""A small study with stored fits, and a file of claims about it, for reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fits.fit_with_study import Evidence
from fits.storage.fit import Fit
from tests.fakes import drawn, maximised
from tests.reports.sections._stored_fits import study

CLAIMS = """
title = "A paper <script>alert(1)</script>"
cite = "Nobody (2020)"
design = "None"
study = "own"

[[claims]]
id = "up"
number = 1
words = 'Yes goes with "more" y <b>bold</b>.'
kind = "direction"
tension = ["mine/none"]
tension_why = "One says more, the other says nothing."

[[claims.readings]]
outcome = "y"
exposure = "yes"
direction = "positive"

[[claims]]
id = "none"
number = 2
words = "No goes with nothing."
kind = "null"

[[claims.readings]]
outcome = "y"
exposure = "no"

[[claims]]
id = "words"
number = 3
words = "It was good."
kind = "qualitative"
needs = "somebody to ask"
"""


def checked(evidence: Evidence, **checks: bool) -> Fit:
    """The fit as `models.check` leaves it, with these predictive checks."""
    return evidence.fit.with_checks(checks or {"sampler": True}, {})


def world(folder: Path) -> dict[str, Any]:
    """A joint fit, a fit of one service that is checked, its maximum likelihood, and claims."""
    given = study(folder)
    joint = drawn(given, length=16)
    single = drawn(given, length=40, service="y")
    mle = maximised(given, service="y")
    checked(single)
    (folder / "mine.toml").write_text(CLAIMS, encoding="utf-8")
    return {
        **given,
        "claims": str(folder / "mine.toml"),
        "joint": joint.name,
        "single": single.name,
        "mle": mle.name,
        "folder": folder,
    }
