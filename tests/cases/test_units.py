"""The unit of a covariate decides nothing: the same women, their ages in years, in months and in decades.

Whole numbers of months and tenths of decades are the same ages but for rounding, which moves a draw by some 1e-12.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from data.codebook import Codebook
from fits.fit_with_study import Evidence
from fits.reload import reload
from fits.verdicts.judge import judge_all
from fits.verdicts.judgement import Judgement
from fits.verdicts.quantity import Averages, Step
from fits.verdicts.rule import Rule
from fits.verdicts.source import Source
from models.audited import audit_of_reading
from reports.claims.sentences import sentence_of
from reports.effects import app as effects_app
from tests.cases._run import CASES, changed
from tests.making import made
from tests.models._prepare import Case, case
from tests.running import called

HERE = CASES / "units"
STUDIES = {"mroz": ("years", 1.0), "months": ("months", 12.0), "decades": ("decades", 0.1)}
"""By codebook the unit of age, and how many of them a year has."""

OTHERS = ("months", "decades")
ROUNDING = 1e-8


def files(name: str) -> dict[str, Any]:
    return {"study": str(HERE / f"{name}.toml"), "data": HERE / f"{name}.csv"}


def prepared(name: str, **wanted: Any) -> Case:
    return case("inlf", **{**files(name), **wanted})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fits")


@pytest.fixture(scope="module")
def fits(home: Path) -> dict[str, Evidence]:
    """A fit in each unit, its predictions taken as checked."""
    found = {name: made(model="inlf", home=home, **files(name)) for name in STUDIES}
    return {name: Evidence(reload(fit.with_checks({"taken as passed": True}, {}))) for name, fit in found.items()}


def judged(name: str, evidence: Evidence, *, contrast: Step = "") -> Judgement:
    source = Source.read(HERE / f"claims_{name}.toml")
    (claim,) = source.claims
    readings = tuple(replace(reading, contrast=contrast) for reading in claim.readings)
    (found,) = judge_all([replace(source, claims=(replace(claim, readings=readings),))], [evidence], Rule.read())
    return found


@pytest.mark.parametrize("other", OTHERS)
def test_every_draw_is_the_same(fits: dict[str, Evidence], other: str) -> None:
    with fits["mroz"].posterior() as ours, fits[other].posterior() as theirs:
        assert set(ours) == set(theirs)
        for name in ours:
            np.testing.assert_allclose(theirs[name], ours[name], rtol=ROUNDING, atol=ROUNDING, err_msg=str(name))


def test_the_words_name_the_unit_and_the_tables_are_else_the_same(fits: dict[str, Evidence], home: Path) -> None:
    shown = {name: called(effects_app, one.name, "--fits-dir", home).stdout for name, one in fits.items()}
    words = {"mroz": "+1 sd (8.1 years)", "months": "+1 sd (97 months)", "decades": "+1 sd (0.81 decades)"}
    for name, text in shown.items():
        assert f"age: {words[name]}" in text
        alike = text.replace(words[name], words["mroz"]).replace(f"inlf-weak-{name}:", "inlf-weak-mroz:")
        assert alike == shown["mroz"]


@pytest.mark.parametrize("other", OTHERS)
def test_the_verdict_is_the_same(fits: dict[str, Evidence], other: str) -> None:
    ours, theirs = (judged(name, fits[name]) for name in ("mroz", other))
    assert ours.verdict == theirs.verdict == "supported"
    unit, _ = STUDIES[other]
    said = sentence_of(theirs, Rule.read())
    assert unit in said
    sizes = {"mroz": "+1 sd (8.1 years)", "months": "+1 sd (97 months)", "decades": "+1 sd (0.81 decades)"}
    alike = said.replace(f"“Age in {unit}”, {sizes[other]}", f"“Age”, {sizes['mroz']}")
    assert alike == sentence_of(ours, Rule.read())


@pytest.mark.parametrize("other", OTHERS)
def test_a_claim_may_name_the_change_in_the_unit_of_its_study(fits: dict[str, Evidence], other: str) -> None:
    unit, a_year = STUDIES[other]
    ours = judged("mroz", fits["mroz"], contrast=10.0)
    theirs = judged(other, fits[other], contrast=10.0 * a_year)
    assert ours.estimate is not None
    assert theirs.estimate is not None
    assert theirs.estimate.mean == pytest.approx(ours.estimate.mean, rel=ROUNDING)
    assert f"+{10.0 * a_year:g} {unit}" in sentence_of(theirs, Rule.read())
    # Ten years are more than one standard deviation of 8.07.
    per_sd = judged("mroz", fits["mroz"]).estimate
    assert per_sd is not None
    assert abs(ours.estimate.mean) > 1.1 * abs(per_sd.mean)


def test_a_claim_may_speak_of_one_sd_whatever_the_fit_speaks_of(tmp_path: Path) -> None:
    own = changed(tmp_path, "units/mroz.toml", ('label = "Age"', 'label = "Age"\ncontrast = 1'))
    given, usual = prepared("mroz", study=str(own)), prepared("mroz")
    labels = {}
    spoken: list[tuple[Case, Step]] = [(given, "sd"), (usual, "")]
    for one, step in spoken:
        averages = Averages(one.design, one.family, one.loaded.codebook, one.loaded.dataset, lambda *_: xr.Dataset())
        (age,) = [found for found in averages.contrasts(step) if found.label == "age"]
        (column,) = [column for column in one.design.exposures if column.label == "age"]
        labels[age.words] = (age.high["age"] - age.low["age"]) * column.step
    assert list(labels) == ["+1 sd (8.1 years)"]
    np.testing.assert_allclose(labels["+1 sd (8.1 years)"], usual.design.exposures[0].step)


def test_a_claims_change_that_is_none_is_a_fault(tmp_path: Path) -> None:
    text = (HERE / "claims_mroz.toml").read_text()
    (tmp_path / "c.toml").write_text(text.replace('direction = "neg', 'contrast = 0\ndirection = "neg'))
    with pytest.raises(Exception, match=r"reading 1.contrast: got 0; expected a change"):
        Source.read(tmp_path / "c.toml")


def test_an_income_in_dollars_is_spoken_of_per_sd() -> None:
    (column,) = [one for one in prepared("mroz").design.controls if one.label == "faminc"]
    assert column.contrast == "+1 sd (12,190 dollars)"


def test_a_declared_change_of_a_dollar_prints_as_many_decimals_as_it_needs(tmp_path: Path) -> None:
    """5.793e-06 (7.18e-06) of log-odds per dollar, as glm has it."""
    dollars = ('unit = "dollars"', 'unit = "dollars"\ncontrast = 1')
    roles = [
        ('exposures = ["age", "educ"]', 'exposures = ["faminc", "educ"]'),
        ('controls = ["faminc", "kidslt6"]', 'controls = ["age", "kidslt6"]'),
    ]
    own = changed(tmp_path, "units/mroz.toml", dollars, *roles)
    wanted: dict[str, Any] = {"model": "inlf", "study": str(own), "data": HERE / "mroz.csv", "home": tmp_path}
    exact = made(engine="mle", **wanted)
    said = called(effects_app, exact.name, "--fits-dir", tmp_path, "--scale", "log_odds").stdout
    assert "0.0000058  -0.0000083 to 0.0000199" in said
    draws = made(**wanted)
    said = called(effects_app, draws.name, "--fits-dir", tmp_path, "--scale", "log_odds", "--json").stdout
    shown = called(effects_app, draws.name, "--fits-dir", tmp_path, "--scale", "log_odds").stdout
    (row,) = [row for row in json.loads(said)["effects"] if row["exposure"] == "faminc"]
    places = int(np.floor(-np.log10(row["mcse"])))
    assert places > 5
    assert f" {row['mean']:.{places}f} " in shown


def test_verbal_aggression_without_a_declared_change_is_per_sd_of_all_persons(tmp_path: Path) -> None:
    wanted = {"data": HERE / "verbagg.csv"}
    bare = case("items", study=str(HERE / "verbagg.toml"), **wanted)
    told = changed(tmp_path, "units/verbagg.toml", ('columns = ["Anger"]', 'columns = ["Anger"]\ncontrast = "sd"'))
    declared = case("items", study=str(told), **wanted)
    np.testing.assert_array_equal(bare.design.x, declared.design.x)
    anger = bare.design.exposures[0]
    assert anger.step == pd.read_csv(HERE / "verbagg.csv")["Anger"].std()
    assert anger.contrast == "+1 sd (4.8 units)"
    for service in ("s1docurse", "s4wantcurse"):
        alone = case("items", study=str(HERE / "verbagg.toml"), service=service, **wanted)
        assert alone.design.exposures[0].step == anger.step


@pytest.mark.parametrize(
    ("contrast", "said"),
    [
        ("0.8", "The contrast declared for age, 0.8 years, is under a tenth of its standard deviation (8.1 years)"),
        ("0.9", ""),
        ("-32", ""),
        ("33", "The contrast declared for age, 33 years, is over four of its standard deviations (8.1 years)"),
    ],
)
def test_a_declared_change_far_from_the_spread_is_audited(contrast: str, said: str, tmp_path: Path) -> None:
    told = ('label = "Age"', f'label = "Age"\ncontrast = {contrast}')
    own = changed(tmp_path, "units/mroz.toml", told)
    given = prepared("mroz", study=str(own))
    for priors in (True, False):
        audit = audit_of_reading(given.loaded.reading, given.loaded.dataset, Codebook.read(own), priors=priors)
        found = [one for one in audit.warnings if "contrast declared" in one]
        assert [one.startswith(said) for one in found] == ([True] if said else [])
        assert all(("prior" in one) == priors for one in found)
        assert all("nearer to the standard deviation, or leave it out" in one for one in found)
