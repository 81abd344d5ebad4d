"""Every reading of a source, asked of stored fits: who answers, who is barred, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fits.effects import unpooled
from fits.effects.effects_of_fit import Question
from fits.effects.unpooled import with_unpooled
from fits.fit_with_study import Evidence
from fits.verdicts.judge import judge_all
from fits.verdicts.judgement import Judgement
from fits.verdicts.source import Claim, Reading, Source
from tests.fakes import maximised
from tests.fits.verdicts._fits import SERVICES, stored, study
from tests.fits.verdicts._made import RULE, claim, normal_draws, reading, source
from tests.running import raising

CLEAR = {("yes", "condoms"): normal_draws(9.0, 1.0, draws=250)}

SAID = reading(exposure="yes")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return study(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def passed(small: dict[str, Any]) -> Evidence:
    return stored(small, name="good", effects=CLEAR)


def of(*fits: Evidence, said: Reading = SAID, kind: Any = "direction", wave: int = 0, **about: Any) -> list[Judgement]:
    """Judgements of one reading by fits, of a source about the small study."""
    made = replace(claim(kind, said), wave=wave)
    return list(judge_all([source(made, study="small", **about)], fits, RULE))


def test_a_fit_that_passed_gives_the_verdict(passed: Evidence) -> None:
    (found,) = of(passed)
    assert (found.verdict, found.fit, found.analogue, found.place) == ("supported", "good", False, 1)
    assert found.estimate is not None
    assert found.estimate.mean == pytest.approx(9.0)
    assert found.holds is not None
    assert found.holds.value > 0.99


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "failed"}, "the fit failed its diagnostics (rhat)"),
        ({"status": "look"}, "the fit is a look, with too few draws by request (rhat)"),
        ({"predictive": {}}, "its predictions were not checked: python -m models.check barred"),
        ({"predictive": {"limits": True, "rates": False}}, "1 of 2 predictive checks failed (rates)"),
    ],
)
def test_what_bars_a_verdict_leaves_the_probabilities(small: dict[str, Any], changes: dict[str, Any], why: str) -> None:
    (found,) = of(stored(small, name="barred", effects=CLEAR, **changes))
    assert found.verdict == "no verdict"
    assert found.why.startswith(why)
    assert found.holds is not None
    assert found.holds.value > 0.99


def test_no_verdict_is_judged_from_maximum_likelihood(passed: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is another answer, stands beside the same effects, and may even be out of reach."""
    question = Question((next(iter(passed.family.scales_within(passed.design.limits).values())),))
    before = of(passed)
    (table,) = with_unpooled(passed.reloaded, passed.tables(question), question)
    row = next(row for row in table.rows if (row.exposure, row.service) == ("yes", "condoms"))
    assert row.beside.alone is not None
    assert abs(row.beside.alone.estimate - 9.0) > RULE.smallest["points"]
    monkeypatch.setattr(unpooled, "estimate", raising(AssertionError("maximum likelihood was asked")))
    fresh = Evidence(passed.reloaded)
    assert of(fresh) == before == of(passed)
    with pytest.raises(AssertionError, match="was asked"):
        with_unpooled(fresh.reloaded, fresh.tables(question), question)


def test_a_stale_fit_has_no_verdict(passed: Evidence) -> None:
    stale = Evidence(passed.reloaded, ("the code differs",))
    (found,) = of(stale)
    assert (found.verdict, found.why) == ("no verdict", "the fit is stale: the code differs")


def test_a_failed_fit_does_not_hide_another_that_answers(small: dict[str, Any], passed: Evidence) -> None:
    failed = stored(small, name="barred", effects=CLEAR, status="failed")
    assert [(one.fit, one.verdict) for one in of(failed, passed)] == [("barred", "no verdict"), ("good", "supported")]


def test_maximum_likelihood_is_never_judged(small: dict[str, Any]) -> None:
    fit = maximised(small, model="use", service="condoms")
    (found,) = of(fit)
    assert found.verdict == "not evaluable"
    assert found.why == f"no fit of this report answers it ({fit.name}: maximum likelihood has no posterior)"
    assert (found.quantity, found.holds) == (None, None)


def test_another_wave_is_not_evaluable_and_says_which_command_is(passed: Evidence) -> None:
    (found,) = of(passed, wave=2014)
    assert (found.verdict, found.next_step) == ("not evaluable", "")
    assert "good: it is of wave 0, the claim of 2014" in found.why
    about = Source.read("sswr2018")
    asked = [one for one in judge_all([about], [], RULE) if one.id == "sswr2018/utilisation-housing#1"]
    assert [(one.verdict, one.next_step) for one in asked] == [
        ("not evaluable", "python -m models.fit coproduction_tobit --wave 2014")
    ]


def test_a_fit_of_another_study_is_an_analogue_and_comes_last(passed: Evidence, tmp_path: Path) -> None:
    other = stored(study(tmp_path, stem="other"), name="elsewhere", effects=CLEAR)
    found = of(other, passed)
    assert [(one.fit, one.verdict, one.analogue) for one in found] == [
        ("good", "supported", False),
        ("elsewhere", "supported", True),
    ]
    made = replace(claim("direction", SAID), wave=2014)  # a wave is of the source's own study
    (alone,) = judge_all([source(made, study="ndatss")], [passed], RULE)
    assert (alone.verdict, alone.analogue) == ("supported", True)


def test_too_few_units_are_not_evaluable(passed: Evidence) -> None:
    (found,) = of(passed, said=reading(exposure="yes", services=("rare",)))
    assert found.verdict == "not evaluable"
    assert found.why == "no fit of this report answers it (good: <11 units answer on rare)"
    (both,) = of(passed, said=reading(exposure="yes", services=("condoms", "rare"), estimand="every_effect"))
    assert "<11 units answer on rare" in both.why


def test_all_services_are_those_that_may_be_shown(passed: Evidence) -> None:
    said = reading(exposure="peer_exposure", services=(), estimand="every_effect", direction=None)
    (found,) = of(passed, said=said, kind="null")
    assert found.quantity is not None
    exposures = ("Yes or no", "Share of staff")
    assert found.quantity.names == tuple(f"“{one}” on {service}" for one in exposures for service in SERVICES[:-1])


def test_a_claim_without_a_reading_says_what_it_needs(passed: Evidence) -> None:
    bare = Claim(id="q", number=15, words="So.", kind="qualitative", needs="ratings of each case")
    open_ = replace(claim("direction", Reading(needs="a joint model"), SAID), id="two")
    found = judge_all([source(bare, open_, study="small")], [passed], RULE)
    # `claim` gives the wave 2017, which the fit is not of.
    assert [(one.id, one.verdict, one.why.split(" (")[0]) for one in found] == [
        ("s/q", "not evaluable", "needs ratings of each case"),
        ("s/two#1", "not evaluable", "needs a joint model"),
        ("s/two#2", "not evaluable", "no fit of this report answers it"),
    ]
    assert found[0].to_dict()["reading"] == ""


def test_every_reading_of_the_project_has_a_judgement() -> None:
    """Without any fit: none is left out, and each says why or which command would answer."""
    sources = [Source.read(name) for name in Source.names()]
    found = judge_all(sources, [], RULE)
    counted = [max(1, len(one.readings)) for about in sources for one in about.claims]
    assert len(found) == sum(counted) == len({one.id for one in found})
    for one in found:
        assert one.verdict == "not evaluable"
        assert one.why.startswith("needs ") != one.next_step.startswith("python -m models.fit ")


def test_fits_that_lack_the_same_are_named_together(passed: Evidence) -> None:
    (found,) = of(*[passed] * 3, said=reading(exposure="nothing"))
    assert found.why == "no fit of this report answers it (good, good, good: study small has no nothing)"


def test_the_order_is_of_sources_claims_readings_and_fits(small: dict[str, Any], passed: Evidence) -> None:
    second = stored(small, name="other")
    two = replace(claim("direction", SAID, replace(SAID, services=("housing",))), wave=0)
    found = judge_all([source(two, name=name, study="small") for name in ("b", "a")], [second, passed], RULE)
    assert [(one.id, one.fit) for one in found] == [
        (f"{name}/c#{place}", fit) for name in ("b", "a") for place in (1, 2) for fit in ("other", "good")
    ]
