"""Numbers that contrasts take from the data are computed once, and kept where the data change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fits.calibration.from_prior import _drawn_units
from fits.checks import refits
from fits.checks.refits import Refitter, priors_of
from fits.effects.contrasts import contrasts_of
from fits.listing import differences
from fits.loaded import Loaded, load, prepare
from fits.make import make
from fits.plan import FitPlan
from fits.planning import sources
from fits.reload import reload
from fits.storage.manifest import Manifest
from models.design import Design, make_design
from models.family import Family
from tests.fakes import stored
from tests.making import made
from tests.small_study import binary, codebook, number, write

VARIABLES = {
    "y": number("Outcome", unit="points", limits=[0, 100]),
    "other": number("Another outcome", unit="points", limits=[0, 100]),
    "age": number("Age", unit="years"),
    "income": number("Income", unit="dollars", contrast="iqr"),
    "wage": number("Wage", unit="dollars"),
    "score": number("Score"),
    "share": number("Share", contrast=10),
    "city": number("Lives in a city"),
    "yes": binary("Yes or no"),
}
TERMS: list[Any] = [
    "age",
    "income",
    {"variable": "wage", "transform": "log"},
    {"variable": "wage", "transform": "square"},
    {"variable": "score", "transform": "standardise"},
    "share",
    "city",
    "yes",
]
NAMES = {
    "sd of age",
    "lower quartile of income",
    "upper quartile of income",
    "sd of log(wage)",
    "sd of square(wage)",
    "sd of wage",
    "mean of score",
    "sd of score",
}
OWN = {"family": "tobit", "outcome": ["y", "other"], "exposures": TERMS}
STUDY = codebook(VARIABLES, {"m": OWN, "declared": {**OWN, "exposures": ["share", "yes"]}})


def rows(count: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    table = pd.DataFrame(
        {
            "y": np.clip(rng.normal(50, 40, count), 0, 100).round(1),
            "other": np.clip(rng.normal(50, 40, count), 0, 100).round(1),
            "age": rng.normal(45, 9, count).round(0),
            "income": np.exp(rng.normal(10, 0.7, count)).round(0),
            "wage": np.exp(rng.normal(2, 0.6, count)).round(2),
            "score": rng.normal(0, 3, count).round(2),
            "share": rng.uniform(0, 100, count).round(1),
            "city": rng.integers(0, 2, count),
            "yes": rng.integers(0, 2, count),
        }
    )
    table.loc[:29, "y"] = np.nan  # answered by units of other ages
    table.loc[:29, "age"] += 30
    table.loc[30:49, "other"] = np.nan
    table.loc[110:, "age"] = np.nan
    return table


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    return write(tmp_path, STUDY, rows())


@pytest.fixture
def plan(files: dict[str, Any]) -> FitPlan:
    return FitPlan("m", study=files["study"], data=files["data"])


def steps(design: Design) -> dict[str, float]:
    return {column.label: column.step for column in design.exposures}


def part(loaded: Loaded) -> Loaded:
    return replace(loaded, dataset=loaded.dataset.isel(unit=slice(10, 80)))


def test_they_are_of_all_rows_of_the_wave_in_every_service(plan: FitPlan) -> None:
    loaded, table = load(plan), rows()
    assert set(loaded.contrasts) == NAMES
    assert loaded.contrasts["sd of age"] == pytest.approx(table["age"].std())
    assert loaded.contrasts["sd of log(wage)"] == pytest.approx(np.log(table["wage"]).std())
    assert loaded.contrasts["upper quartile of income"] == pytest.approx(table["income"].quantile(0.75))
    found = [prepare(loaded, service)[0] for service in (None, "y", "other")]
    assert len({len(design.units) for design in found}) == 3
    assert steps(found[0]) == steps(found[1]) == steps(found[2])
    words = {column.label: column.contrast for column in found[0].exposures}
    assert words["city"] == "+1"
    assert words["yes"] == "0 -> 1"


def test_a_part_of_the_rows_has_the_same_and_would_else_have_others(plan: FitPlan) -> None:
    loaded = load(plan)
    whole, of_part = (prepare(one, None)[0] for one in (loaded, part(loaded)))
    assert steps(of_part) == steps(whole)
    assert of_part.contrasts == whole.contrasts
    alone, _, _ = prepare(replace(part(loaded), contrasts={}), None)
    changed = {name for name, value in alone.contrasts.items() if value != whole.contrasts[name]}
    assert changed == NAMES


def test_effects_on_a_part_are_of_the_same_changes(plan: FitPlan) -> None:
    """Quartiles are ends that units are moved to, and a wage in two columns moves by its sd."""
    loaded = part(load(plan))
    design, _, _ = prepare(loaded, None)
    found = {one.label: one for one in contrasts_of(design, loaded.dataset, loaded.codebook)}
    columns = {column.label: column for column in design.exposures}
    income, wage = columns["income"], columns["log wage"]
    for shift, end in ((found["income"].low, "lower"), (found["income"].high, "upper")):
        ends = income.values + shift["income"] * income.step
        np.testing.assert_allclose(ends, loaded.contrasts[f"{end} quartile of income"])
    more = np.exp(wage.values + found["wage"].high["log wage"] * wage.step) - np.exp(wage.values)
    np.testing.assert_allclose(more, loaded.contrasts["sd of wage"])


def test_imputed_values_are_spoken_of_as_the_study_is(plan: FitPlan, files: dict[str, Any], tmp_path: Path) -> None:
    first = stored(**files)
    imputed = tmp_path / "imputed.csv"
    rows().assign(age=lambda table: table["age"].fillna(90.0)).to_csv(imputed, index=False)
    asked = replace(FitPlan.of(first), data=imputed)
    loaded = load(asked)
    assert dict(loaded.contrasts) == first.manifest.request.contrasts
    assert load(replace(asked, contrasts=())).contrasts["sd of age"] > 1.1 * loaded.contrasts["sd of age"]
    assert asked.key != replace(asked, contrasts=()).key


def test_a_refit_of_a_part_of_the_answers_has_the_stored_numbers(
    files: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fit speaks of 20 years, as another study does: reading it again, or refitting it, does not go back."""
    first = stored(**files, contrasts=(("sd of age", 20.0),))
    assert first.manifest.request.contrasts["sd of age"] == 20.0
    again = reload(first)
    assert steps(again.design)["age"] == 20.0
    seen: list[Design] = []

    def caught(design: Design, *_: Any) -> None:
        seen.append(design)
        raise KeyboardInterrupt

    monkeypatch.setattr(refits, "sampler_of", caught)
    with pytest.raises(KeyboardInterrupt):
        Refitter(again, priors_of(again), 1).without(np.arange(40), 0)
    (age,) = [column for column in seen[0].exposures if column.label == "age"]
    np.testing.assert_allclose(np.ptp(seen[0].x[:, 0]), np.ptp(age.values) / 20.0)


def test_units_drawn_for_a_calibration_have_the_studys(plan: FitPlan) -> None:
    loaded = load(plan)
    drawn = _drawn_units(loaded, None, units=40, seed=1)
    assert steps(prepare(drawn, None)[0]) == steps(prepare(loaded, None)[0])


def test_a_plan_with_the_studys_own_numbers_is_the_same_plan(plan: FitPlan, files: dict[str, Any]) -> None:
    first = stored(**files)
    again = FitPlan.of(first)
    assert dict(again.contrasts) == first.manifest.request.contrasts
    assert set(dict(again.contrasts)) == NAMES
    assert replace(again, contrasts=()) == plan
    assert again.key == plan.key == first.manifest.request.sha256
    assert again.command(files["home"]) == plan.command(files["home"])
    assert make(again, home=files["home"]).directory == first.directory
    assert make(plan, home=files["home"]).manifest.created == first.manifest.created
    assert replace(again, contrasts=(("sd of age", 9.0),)).key != plan.key
    assert differences(first.manifest) == []


def test_a_plan_that_holds_the_numbers_reads_no_data(
    plan: FitPlan, files: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    again = FitPlan.of(stored(**files))
    bare = replace(again, model="declared", contrasts=())
    key = bare.key

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the data were read")

    monkeypatch.setattr(sources, "load_study", refuse)
    assert bare.key == key
    # A number that is 0 or 1 everywhere shows only in the data.
    with pytest.raises(AssertionError, match="the data were read"):
        _ = again.key
    known = replace(again, contrasts=(*again.contrasts, ("sd of city", 0.5)))
    assert known.request().contrasts == dict(known.contrasts)


def test_a_manifest_of_before_has_none_and_can_be_read(files: dict[str, Any]) -> None:
    first = stored(**files)
    plain = json.loads(first.manifest.encoded())
    assert plain["request"].pop("contrasts") == first.manifest.request.contrasts
    old = Manifest.decoded(json.dumps(plain).encode(), Path("manifest.json"))
    assert old.request.contrasts == {}
    assert old.request.sha256 == replace(first.manifest.request, contrasts={}).sha256
    assert FitPlan.of_manifest(old).contrasts == ()


def test_a_transformation_is_told_apart_from_a_variable_of_its_name(tmp_path: Path) -> None:
    variables = {"y": VARIABLES["y"], "wage": number("Wage"), "log(wage)": number("Something else")}
    terms = [{"variable": "wage", "transform": "log"}, "log(wage)"]
    text = codebook(variables, {"m": {"family": "tobit", "outcome": "y", "exposures": terms}})
    table = rows()[["y", "wage"]].assign(**{"log(wage)": rows()["share"]})
    files = write(tmp_path, text, table)
    found = load(FitPlan("m", study=files["study"], data=files["data"])).contrasts
    assert found == {"sd of (log(wage))": pytest.approx(np.log(table["wage"]).std()),
                     "sd of log(wage)": pytest.approx(table["log(wage)"].std())}  # fmt: skip


def test_maximum_likelihood_speaks_of_the_same(files: dict[str, Any]) -> None:
    fit = made(engine="mle", **files)
    again = reload(fit)
    assert fit.manifest.request.contrasts == again.design.contrasts
    assert set(again.design.contrasts) == NAMES


def test_a_design_without_numbers_takes_those_of_its_data(plan: FitPlan) -> None:
    loaded = load(plan)
    design = make_design(loaded.reading, loaded.dataset, loaded.codebook, family=Family.find("tobit"))
    assert design.contrasts == loaded.contrasts
