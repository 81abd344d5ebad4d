"""Fits made by name in tests: what a plan does not hold (where, whether again, what besides) goes to `make`."""

from __future__ import annotations

import shlex
from typing import Any

from typer.testing import Result

from fits.listen import SILENT, Listener
from fits.make import make
from fits.plan import FitPlan
from fits.storage.fit import HOME, Fit
from models.fit import app
from tests.running import called

NOT_OF_THE_PLAN = ("home", "force", "extras")


def plan_of(**wanted: Any) -> FitPlan:
    """Return the plan in all that is wanted of a fit; a small study's model is called `m`."""
    return FitPlan(**{"model": "m", **{key: value for key, value in wanted.items() if key not in NOT_OF_THE_PLAN}})


def made(listen: Listener = SILENT, **wanted: Any) -> Fit:
    """Return a fit, without the audit's warnings."""
    besides = {key: value for key, value in wanted.items() if key in NOT_OF_THE_PLAN}
    return make(plan_of(**wanted), listen, audit=False, **besides)


def command_run(*more: str, columns: int = 200, **wanted: Any) -> Result:
    """Run the command that makes a fit, as its plan writes it."""
    words = shlex.split(plan_of(**wanted).command(wanted.get("home", HOME)))
    return called(app, *words[3:], *more, columns=columns, code=None)
