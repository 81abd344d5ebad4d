"""Verdicts beside the truth: on simulated studies where claims are real, where nothing is, and on another study."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from data.simulation.simulator import csv_bytes, simulate
from fits.effects.truth import known_place, truth_as_posterior
from fits.fit_with_study import Evidence
from fits.reload import reload
from fits.verdicts.events import events_of
from fits.verdicts.judge import judge_all
from fits.verdicts.judgement import Judgement
from fits.verdicts.quantity import Averages
from fits.verdicts.rule import Rule
from fits.verdicts.source import Source
from tests.fakes import drawn
from tests.making import made

MODELS = ("peer_tobit", "pcc_tobit", "peer_logit", "pcc_logit")
SEED = 7

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["as_claimed", "null"])
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The four models on a study of the survey's size, and its truth."""
    folder = tmp_path_factory.mktemp(request.param)
    frame, truth = simulate(request.param, SEED)
    (folder / "study.csv").write_bytes(csv_bytes(frame))
    fits = []
    for model in MODELS:
        fit = made(model=model, data=folder / "study.csv", home=folder / "fits")
        # That predictions are checked is another test's business: here nothing may hide behind `no verdict`.
        fits.append(Evidence(reload(fit.with_checks({"taken as passed": True}, {}))))
    # With no effect at all an sd near 0 may keep one of them from passing; then it must have no verdict.
    assert sum(one.manifest.status == "passed" for one in fits) >= 3
    sources = [Source.read(name) for name in Source.names()]
    return {"scenario": request.param, "truth": truth, "fits": fits, "judged": judge_all(sources, fits, Rule.read())}


def truly(judgement: Judgement, study: dict[str, Any]) -> dict[str, bool]:
    """Whether a reading, its opposite, and nothing that matters are true of the parameters the data were drawn from."""
    assert judgement.reading is not None
    (evidence,) = [one for one in study["fits"] if one.name == judgement.fit]
    outcome = "utilisation" if evidence.family.unit == "points" else "availability"
    true = truth_as_posterior(study["truth"]["waves"]["2017"][outcome], evidence.design)
    quantity = Averages.of_truth(true, known_place(evidence.design), evidence).quantity(judgement.reading)
    found = events_of(quantity, judgement.claim, judgement.reading, least=judgement.least or 0.0, rule=Rule.read())
    return {
        "supported": bool(found.holds[0]),
        "contradicted": bool(found.against[0]),
        "practically none": bool(found.inside is not None and found.inside[0]),
    }


def test_every_verdict_agrees_with_the_truth(study: dict[str, Any]) -> None:
    judged = [one for one in study["judged"] if one.quantity is not None]
    decided = [one for one in judged if one.decided]
    assert len(judged) >= 19
    assert len(decided) >= 4, Counter(one.verdict for one in judged)
    failed = {one.name for one in study["fits"] if one.manifest.status != "passed"}
    assert not {one.fit for one in decided} & failed
    wrong = [(one.id, one.verdict, truly(one, study)) for one in decided if not truly(one, study)[one.verdict]]
    assert wrong == []


def test_where_nothing_is_no_directional_claim_is_supported(study: dict[str, Any]) -> None:
    directional = [one for one in study["judged"] if one.claim.kind in ("direction", "size") and one.quantity]
    supported = {one.id for one in directional if one.verdict == "supported"}
    if study["scenario"] == "null":
        assert supported == set()
    else:  # the two real effects on availability that are well beyond the smallest that matters
        assert {"sswr2020/overdose-education#1", "sswr2020/routine-care-availability#1"} <= supported


def test_none_of_the_claims_is_left_out(study: dict[str, Any]) -> None:
    sources = [Source.read(name) for name in Source.names()]
    asked = {(source.name, claim.id) for source in sources for claim in source.claims}
    assert {(one.source.name, one.claim.id) for one in study["judged"]} == asked


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Random draws in the form of a posterior of availability in N-SSATS 2017."""
    path = os.environ.get("NSSATS_2017", "")
    if not Path(path).is_file():
        pytest.skip("no N-SSATS 2017 file: set NSSATS_2017")
    files: dict[str, Any] = {
        "study": "nssats_2017",
        "data": Path(path),
        "home": tmp_path_factory.mktemp("census") / "fits",
    }
    known = {"scale": 0.01, "shift": 1.0}  # logits, whatever the service
    return drawn(files, model="peer_logit", length=100, predictive={"taken as passed": True}, **known)


def test_of_another_study_what_does_not_apply_is_not_evaluable(census: Evidence) -> None:
    judged = {one.id: one for one in judge_all([Source.read(n) for n in Source.names()], [census], Rule.read())}
    staff = judged["sswr2020/staff-maintenance#1"]
    assert staff.verdict == "not evaluable"
    assert "study nssats_2017 has no lived_experience_share" in staff.why
    assert judged["sswr2020/influence-condoms#1"].verdict == "not evaluable"
    answered = {name for name, one in judged.items() if one.quantity is not None}
    assert answered == {"park2019/availability-null#2", "park2019/availability-null#4"}
    assert all(judged[name].analogue for name in answered)
    assert judged["park2019/availability-null#4"].verdict == "contradicted"
