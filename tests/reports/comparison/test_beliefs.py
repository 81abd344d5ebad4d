"""Beliefs in which prior sets differ, of the parameters that either fit has."""

from __future__ import annotations

from typing import Any

from fits.fit_with_study import Evidence
from reports.comparison.beliefs import Beliefs
from tests.fakes import drawn


def test_beliefs_about_other_families_are_not_told(joint: Evidence, apart: dict[str, Any]) -> None:
    wide = drawn(apart, priors="wide")
    roles = {one.role for one in Beliefs.of(joint, wide).differing}
    assert {"exposure_mean", "residual_sd"} <= roles
    assert "precision" not in roles  # though the sets differ in it
    beta = {one.role for one in Beliefs.of(joint, drawn(apart, priors="wide", family="ordered_beta")).differing}
    assert beta - roles == {"precision"}
