"""Faults that were found once: each is held by a test of its own."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.errors import InputError
from fits.verdicts.curve import curve_of
from fits.verdicts.judge import judge_all
from fits.verdicts.match import command_for
from fits.verdicts.source import Source
from fits.verdicts.together import Together
from reports.claims.sentences import sentence_of, verdict_words
from reports.figures.curve import draw_curves, plotly_curves
from tests.fits.verdicts._fits import stored, study
from tests.fits.verdicts._made import (
    OTHER,
    PROBABILITY,
    RULE,
    claim,
    fake_fit,
    judged,
    named,
    normal_draws,
    quantity,
    reading,
    source,
)
from tests.fits.verdicts.test_match import why_not
from tests.fits.verdicts.test_source_faults import GOOD
from tests.fits.verdicts.test_source_faults import read as read_source

EVERY: dict[str, Any] = {"estimand": "every_effect", "services": ()}


# What is judged


@pytest.mark.parametrize("estimand", ["every_effect", "mean_effect", "number_of_effects"])
def test_a_fit_of_one_service_does_not_speak_for_all(estimand: Any) -> None:
    """ "At most three of all effects are large" holds by arithmetic where there are three effects."""
    said = reading(exposure="peer_exposure", services=(), estimand=estimand, direction=None)
    assert why_not("peer_tobit", said) == ""
    assert why_not("peer_tobit", said, service="condoms") != ""


def test_a_wide_posterior_does_not_support_a_number_of_effects() -> None:
    wide = quantity(*(normal_draws(0.0, 1000.0, seed=place) for place in range(8)))
    assert judged(wide, estimand="number_of_effects", number=2, services=()).verdict == "undecided"


def test_much_that_is_only_some_is_not_practically_none() -> None:
    found = judged(quantity(normal_draws(9.0, 1.0)), strong=True)  # 5 matters, 15 is much
    assert found.verdict != "practically none"


def test_a_part_of_what_has_no_level_is_no_quantity() -> None:
    assert why_not("coproduction_tobit", reading(direction=None, size=0.1, relative=True, scale="within")) != ""


def test_a_part_of_an_index_is_no_quantity() -> None:
    assert why_not("coproduction_tobit", reading(direction=None, size=0.1, relative=True, scale="latent")) != ""


def test_a_fit_without_groups_has_no_new_place(tmp_path: Path) -> None:
    flat = stored(study(tmp_path), name="flat", model="flat", service="condoms")
    said = reading(exposure="yes", target="new")
    (found,) = judge_all([source(claim("direction", said), study="elsewhere")], [flat], RULE)
    assert found.verdict == "not evaluable"


def test_a_failed_fit_says_so_where_it_is_only_described() -> None:
    failed = fake_fit(why_no_verdict="the fit failed its diagnostics (rhat)")
    found = judged(quantity(normal_draws(9.0, 1.0), **OTHER), fit=failed)
    assert "failed its diagnostics" in sentence_of(found, RULE)


@pytest.mark.parametrize("changes", [{"scale": "log_odds"}, {"exposure": "peer_exposure"}, {"services": ()}])
def test_no_command_is_advised_that_would_not_answer(changes: dict[str, Any]) -> None:
    said = reading(**changes)
    assert why_not("coproduction_tobit", said) != ""
    assert command_for(source(claim("direction", said)), claim("direction", said), said) == ""


# What is counted together


def test_a_claim_of_two_sources_is_not_counted_by_its_second_reading() -> None:
    """As prevalence is, of park2019 and of sswr2020."""
    pcc = judged(quantity(normal_draws(9.0, 1.0)))
    here = [named(pcc, origin="s", name="a", services=(service,)) for service in ("x", "y")]
    there = [named(pcc, origin="t", name="a", services=(service,)) for service in ("x", "y")]
    other = named(pcc, name="b", services=("z",))
    found = Together.of([*here, *there, other], sure=0.95)
    assert found is not None
    assert found.names == ("s/a#1", "s/b#1")


@pytest.mark.parametrize(
    "changes", [{"above": 0.75}, {"strong": True}, {"number": 3}, {"scale": "latent"}, {"over": ("kind[c]",)}]
)
def test_different_claims_are_not_the_same(changes: dict[str, Any]) -> None:
    one = judged(quantity(normal_draws(9.0, 1.0)))
    found = Together.of([named(one, name="a"), named(one, name="b", **changes)], sure=0.95)
    assert found is not None
    assert len(found.names) == 2


# What is said


def test_an_exception_that_is_named_is_known() -> None:
    made = quantity(normal_draws(7.0, 0.5), normal_draws(9.0, 8.0, seed=3), names=("precise", "wide"))
    words = verdict_words(judged(made, "null", **EVERY), RULE)
    assert "precise, 7.0" in words
    assert "wide" not in words


def test_an_undecided_null_claim_tells_its_own_precision() -> None:
    rule = type(RULE)(**{**vars(RULE), "sure_of_none": 0.9})
    words = verdict_words(judged(quantity(normal_draws(5.0, 2.0)), "null", rule=rule), rule)
    assert "90%" in words


def test_effects_of_the_other_sign_are_not_called_small() -> None:
    made = quantity(*(normal_draws(-9.0, 1.0, seed=place) for place in range(3)))
    found = judged(made, estimand="number_of_effects", number=2, services=())
    assert found.verdict == "contradicted"
    assert "fewer than 2 effects are larger than 5 points" not in verdict_words(found, RULE)


def test_a_relative_size_is_estimated_in_percent() -> None:
    found = judged(quantity(normal_draws(8.0, 1.0), base=80.0), "size", size=0.1, relative=True)
    words = sentence_of(found, RULE).removeprefix(verdict_words(found, RULE))
    assert "percent" in words


def test_a_prevalence_is_told_as_it_is() -> None:
    level = {"estimand": "level", "above": 0.5, "exposure": "", "services": ()}
    made = quantity(normal_draws(0.1, 0.02), names=("average above 0.5",), contrast="", base=0.6, **PROBABILITY)
    words = sentence_of(judged(made, "prevalence", **level), RULE)
    assert "average above 0.5: 10.0 more" not in words


# What is drawn


def test_the_curve_has_a_point_at_the_rules_own_effect() -> None:
    judgement = judged(quantity(normal_draws(7.5, 1.0)))
    found = curve_of(judgement, RULE)
    assert found is not None
    places = np.flatnonzero(np.isclose(found.least, found.rule))
    assert len(places) == 1
    (place,) = places
    assert judgement.holds is not None
    assert found.holds[place] == judgement.holds.value
    assert found.verdicts[place] == judgement.verdict


def test_two_fits_of_one_reading_have_a_row_each() -> None:
    one = judged(quantity(normal_draws(9.0, 1.0)))
    curves = [curve_of(named(one, fit=fit), RULE) for fit in ("f", "g")]
    (heatmap,) = plotly_curves([found for found in curves if found])["data"]
    assert len(set(heatmap["y"])) == 2


def test_a_name_with_dollars_is_text() -> None:
    found = curve_of(named(judged(quantity(normal_draws(9.0, 1.0))), name="a $\\frac b$ c"), RULE)
    assert found is not None
    target = BytesIO()
    draw_curves([found], target, title="t", stamp="")
    assert "$\\frac b$" in target.getvalue().decode("utf-8")


# What is read


def test_at_least_no_effect_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_source(tmp_path, GOOD.replace("direction =", 'estimand = "number_of_effects"\nnumber = 0\ndirection ='))


def test_a_level_does_not_lead_itself(tmp_path: Path) -> None:
    text = GOOD.replace('kind = "direction"', 'kind = "ranking"').replace("peer_influence", "ownership[public]")
    said = 'estimand = "lead"\nover = ["ownership[public]"]'
    with pytest.raises(InputError):
        read_source(tmp_path, text.replace('direction = "positive"', said))


@pytest.mark.parametrize(("named_", "level"), [(81, 0.05), (-1, 0.05), (8, 5.0)])
def test_a_search_that_cannot_be_is_refused(tmp_path: Path, named_: int, level: float) -> None:
    search = f'\n[multiplicity]\ncoefficients = 80\nnamed = {named_}\nlevel = {level}\nreason = "so"\n'
    head, rest = GOOD.split("[[claims]]", 1)
    with pytest.raises(InputError):
        read_source(tmp_path, f"{head}{search}[[claims]]{rest}")


def test_a_judgement_is_json_however_few_the_draws() -> None:
    found = judged(quantity([[9.0, 1.0, 9.0], [9.0, 9.0, 9.0]]))
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_the_projects_sources_have_none_of_the_faults_of_reading() -> None:
    for name in Source.names():
        for one in Source.read(name).claims:
            for said in one.readings:
                assert said.exposure not in said.over
                assert said.number is None or said.number > 0
