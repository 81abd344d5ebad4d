"""What stands beside pooled effects: maximum likelihood of the same service, and Pr(not exchangeable)."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from data.disclosure import SMALLEST_SHOWN
from fits.effects import unpooled
from fits.effects.asymptotic import Asymptotic
from fits.effects.beside import BesideEffect
from fits.effects.effect_table import POOLED, Effect, EffectTable
from fits.effects.effects_of_fit import Question
from fits.effects.summary import Summary
from fits.effects.unpooled import NO_PLACE, CoefficientsBeside, coefficients_beside, with_unpooled
from fits.fit_with_study import Evidence
from fits.planning.sources import maximum_code
from fits.storage.draws import BESIDE
from models.scale import choose
from reports.beside_words import CONDITIONAL_WORDS, notes
from tests.fakes import drawn, maximised
from tests.making import made
from tests.reports.sections._stored_fits import with_manifest
from tests.running import raising
from tests.small_study import identifier, kinds, small_codebook, write


def asked(evidence: Evidence, *scales: str, **more: Any) -> Question:
    known = evidence.family.scales_within(evidence.design.limits)
    return Question(choose(scales, known, ratio=more.get("ratio", False)), **more)


def beside(evidence: Evidence, *scales: str, **more: Any) -> tuple[EffectTable, ...]:
    question = asked(evidence, *scales, **more)
    return with_unpooled(evidence.reloaded, evidence.tables(question), question)


def place_of(row: Effect) -> tuple[str, str, str]:
    return row.exposure, row.service, row.level


@pytest.fixture(scope="module")
def mixture(apart: dict[str, Any]) -> Evidence:
    """Of the same study, were its pooling a mixture."""
    return drawn(apart, name="mixture", outlying=0.4)


@pytest.fixture(scope="module")
def separated(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """One outcome is 0 for every unit of a kind, so that the likelihood rises without end."""
    table = kinds()
    table.loc[table["kind"] == "a", "y"] = 0.0
    return drawn(write(tmp_path_factory.mktemp("separated"), small_codebook("y", "other"), table))


@pytest.mark.parametrize(
    "more", [{}, {"exposures": ("no",)}, {"split": "kind"}, {"split": "place"}, {"ratio": True}], ids=str
)
def test_the_estimate_is_that_of_a_fit_by_maximum_likelihood(
    more: dict[str, Any], joint: Evidence, mle: Evidence
) -> None:
    """Of the same service, contrast, units and scale."""
    scales = ("expected", "at_lower") if more.get("ratio") else ("all",)
    theirs, plain = mle.tables(asked(mle, *scales, **more)), joint.tables(asked(joint, *scales, **more))
    for table, own, pooled in zip(beside(joint, *scales, **more), theirs, plain, strict=True):
        assert [place_of(row) for row in table.rows] == [place_of(row) for row in own.rows]
        assert replace(table, beside=None, rows=()) == replace(pooled, rows=())
        for row, want, before in zip(table.rows, own.rows, pooled.rows, strict=True):
            assert (row.change, row.units) == (before.change, before.units)
            if row.change is None:
                assert row.beside == BesideEffect()
                continue
            assert isinstance(want.change, Asymptotic)
            assert isinstance(row.beside.alone, Asymptotic)
            got = [getattr(row.beside.alone, key) for key in ("estimate", "error", "low", "high")]
            assert got == [getattr(want.change, key) for key in ("estimate", "error", "low", "high")]
            assert row.beside.estimate == want.change.text[:2]
            assert math.isfinite(row.beside.alone.error)


def test_what_is_of_few_units_has_nothing_beside_it(mixture: Evidence) -> None:
    (table,) = beside(mixture, split="place")
    few = [row for row in table.rows if row.change is None]
    assert {row.level for row in few} >= {"seldom"}
    assert all(row.beside == BesideEffect() for row in few)
    for row in table.to_list():
        assert (f"<{SMALLEST_SHOWN}" == row["units"]) <= ("ml_estimate" not in row)


def test_units_may_be_split_by_a_group_that_is_no_category(tmp_path: Path) -> None:
    """Maximum likelihood has no such group, and yet the same units."""
    text = small_codebook("y", "other", variables={"place": identifier("Place")})
    (table,) = beside(drawn(write(tmp_path, text, kinds())), split="place")
    assert {row.level for row in table.rows} == {"n", "s", "e", "w"}
    assert all(row.beside.alone for row in table.rows)


def test_files_hold_the_estimate_and_no_p_value(mixture: Evidence) -> None:
    (table,) = beside(mixture)
    for row, effect in zip(table.to_list(), table.rows, strict=True):
        assert isinstance(effect.beside.alone, Asymptotic)
        assert row["ml_estimate"] == effect.beside.alone.estimate
        held = {key for key in row if key.startswith(("ml_", "not_"))}
        chance = {"not_exchangeable", "not_exchangeable_mcse"} if effect.service != POOLED else set()
        assert held == {"ml_estimate", "ml_error", "ml_low", "ml_high", "not_exchangeable_prior"} | chance


def test_the_chance_of_not_being_exchangeable_is_the_mean_over_draws(mixture: Evidence, joint: Evidence) -> None:
    with mixture.posterior() as posterior:
        want = posterior["exposure_outlying"].mean(("chain", "draw")).load()
    (table,) = beside(mixture)
    assert table.beside is not None
    assert (table.beside.mixture, table.beside.prior) == (True, 0.2)
    for row in table.rows:
        if row.service == POOLED:
            assert (row.beside.outlying, row.beside.chance) == (None, "")
            continue
        assert isinstance(row.beside.outlying, Summary)
        found = float(want.sel(exposure=row.exposure, service=row.service))
        assert row.beside.outlying.mean == pytest.approx(found)
        assert float(row.beside.chance) == pytest.approx(found, abs=0.05)
    (without,) = beside(joint)
    assert without.beside is not None
    assert (without.beside.mixture, without.beside.prior) == (False, None)
    assert not [row for row in without.rows if row.beside.outlying]


def test_there_is_none_in_another_place_and_that_is_said(mixture: Evidence) -> None:
    these, typical = beside(mixture, targets=("these", "typical"))
    assert all(row.beside.alone for row in these.rows)
    assert not any(row.beside.alone for row in typical.rows)
    assert all(row.beside.outlying for row in typical.rows if row.service != POOLED)
    assert these.beside is not None
    assert typical.beside is not None
    assert (these.beside.absent, typical.beside.absent) == ("", NO_PLACE)
    assert {row["ml_words"] for row in typical.to_list()} == {NO_PLACE}
    (alone,) = beside(mixture, targets=("typical",))
    assert alone.rows == typical.rows
    assert alone.beside == typical.beside


def test_nothing_stands_beside_a_fit_that_pools_no_services(apart: dict[str, Any], mle: Evidence) -> None:
    for evidence in (mle, drawn(apart, service="other")):
        (table,) = beside(evidence)
        assert table.beside is None
        assert all(row.beside == BesideEffect() for row in table.rows)
        assert not [key for row in table.to_list() for key in row if key.startswith("ml_")]


def test_an_equation_without_a_maximum_says_so_in_words(separated: Evidence) -> None:
    (table,) = beside(separated)
    assert table.beside is not None
    assert list(table.beside.words) == ["y", POOLED]
    assert table.beside.words["y"].startswith("separated by kind[")
    assert {row.service: row.beside.estimate[0] == "none" for row in table.rows} == {
        "y": True,
        "other": False,
        POOLED: True,
    }
    plain = {row["service"]: row for row in table.to_list()}
    assert (plain["y"]["ml_estimate"], plain["y"]["ml_words"]) == (None, table.beside.words["y"])
    assert "ml_words" not in plain["other"]
    only = table.only(("other",)).beside
    assert only is not None
    assert only.words == {}


def test_coefficients_stand_beside_those_of_maximum_likelihood(mixture: Evidence, mle: Evidence) -> None:
    found = coefficients_beside(mixture.fit)
    estimates = mle.fit.estimates()
    assert len(found.effects) == 4
    for (exposure, service), one in found.effects.items():
        at = {"service": service, "parameter": f"exposure_coef[{exposure}]"}
        assert isinstance(one.alone, Asymptotic)
        assert one.alone.estimate == float(estimates["estimate"].sel(at))
        assert isinstance(one.outlying, Summary)
    assert found.of("yes", "nowhere") == BesideEffect()


def test_log_odds_of_one_unit_are_said_to_be_those(mixture: Evidence, tmp_path: Path) -> None:
    """With units' own intercepts a logit's effects are on one unit, and farther from 0 than those over units."""
    logit = drawn({"home": tmp_path}, model="peer_logit")
    found = coefficients_beside(logit.fit).beside
    assert found.conditional
    assert CONDITIONAL_WORDS in notes([found])
    on_index, on_probability = (beside(logit, scale)[0] for scale in ("log_odds", "probability"))
    said = [table.beside is not None and table.beside.conditional for table in (on_index, on_probability)]
    assert said == [True, False]
    assert not coefficients_beside(mixture.fit).beside.conditional
    assert CONDITIONAL_WORDS not in notes([coefficients_beside(mixture.fit).beside])


def test_a_study_that_changed_or_stayed_behind_leaves_words_in_place_of_estimates(tmp_path: Path) -> None:
    given = write(tmp_path, small_codebook("y", "other"), kinds())
    evidence = drawn(given, outlying=0.4)
    shared = with_manifest(evidence, shared=True).fit
    found = coefficients_beside(shared)
    assert found.beside.absent == (
        "No maximum likelihood estimates stand beside them (a shared fit). Fit it where its data are."
    )
    given["data"].write_text(given["data"].read_text(encoding="utf-8") + "1,1,a,n,1\n", encoding="utf-8")
    found = coefficients_beside(evidence.fit)
    assert "(the data file `own.csv` changed since this fit was made). Fit again with" in found.beside.absent
    assert [(one.alone, one.outlying is None) for one in found.effects.values()] == [(None, False)] * 2


def test_what_verdicts_read_has_nothing_beside_it(mixture: Evidence) -> None:
    table = mixture.table()
    assert table.beside is None
    assert all(row.beside == BesideEffect() for row in table.rows)


def keep(evidence: Evidence, estimates: xr.Dataset, code: str) -> Evidence:
    """The same fit, were these estimates kept with it."""
    fit = evidence.fit.add(BESIDE, estimates.assign_attrs(code=code))
    return replace(evidence, reloaded=replace(evidence.reloaded, fit=fit))


def test_a_fit_keeps_the_estimates_in_its_private_part(tmp_path: Path) -> None:
    given = write(tmp_path, small_codebook("y", "other"), kinds())
    settings = {"draws": 100, "tune": 100, "chains": 2}
    fit, own = made(**given, **settings), maximised(given)
    with fit.draws() as tree:
        kept = tree[BESIDE].to_dataset().load()
    assert kept.drop_attrs().identical(own.fit.estimates().drop_attrs())
    assert kept.attrs["code"] == maximum_code(own.family)
    with fit.draws(public=True) as public:
        assert BESIDE not in public.children
    assert fit.added() == ()
    with made(**given, **settings, service="other").draws() as single:
        assert BESIDE not in single.children


def told(found: CoefficientsBeside) -> dict[tuple[str, str], dict[str, Any]]:
    return {key: one.plain() for key, one in found.effects.items()}


def test_what_was_kept_is_read_without_data_and_only_while_its_code_is_todays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = write(tmp_path, small_codebook("y", "other"), kinds())
    evidence = drawn(given)
    estimates = maximised(given).fit.estimates()
    want, (table,) = told(coefficients_beside(evidence.fit)), beside(evidence)
    marked = estimates.assign(estimate=estimates["estimate"] + 1.0)
    other = keep(evidence, marked, "another")
    assert told(coefficients_beside(other.fit)) == want
    assert [one.to_list() for one in beside(other)] == [table.to_list()]
    kept = keep(other, estimates, maximum_code(evidence.family))
    monkeypatch.setattr(unpooled, "estimate", raising(AssertionError("computed again")))
    assert [one.to_list() for one in beside(kept)] == [table.to_list()]
    given["data"].unlink()
    assert told(coefficients_beside(kept.fit)) == want
    found = coefficients_beside(other.fit)
    assert "the data file `own.csv` is gone" in found.beside.absent
    assert found.effects == {}
