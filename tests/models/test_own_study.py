"""A user's own study, from TOML alone, against published numbers and against plain logistic regression."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr

from data.errors import InputError
from models.engines.graph.density import build
from models.engines.settings import Settings
from models.posterior import derive
from tests.models._prepare import Case, case, own, sampled
from tests.running import TESTS
from tests.small_study import binary, category, codebook, number

MROZ = TESTS / "studies" / "mroz.toml"

PUBLISHED = {
    "nwifeinc": -8.81,
    "educ": 80.65,
    "exper": 131.56,
    "exper^2": -1.86,
    "age": -54.41,
    "kidslt6": -894.02,
    "kidsge6": -16.22,
    "constant": 965.31,
    "sigma": 1122.02,
}
"""Wooldridge, Introductory Econometrics, table 17.2, column Tobit."""


def fitted(given: Case, draws: int = 1500) -> xr.Dataset:
    settings = Settings(draws=draws, tune=1000, chains=4, seed=1)
    tree = sampled(given, settings, raw=True)
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    return derive(tree["posterior"].to_dataset(), given.design, given.data)


def test_mroz_tobit_under_wide_priors_gives_the_published_coefficients(mroz_csv: Path) -> None:
    given = case("hours", study=str(MROZ), data=mroz_csv, priors="wide")
    posterior, steps = fitted(given), {one.label: one.step for one in (*given.design.exposures, *given.design.controls)}
    found = {str(name): posterior["exposure_coef"].sel(exposure=name) for name in posterior["exposure"].to_numpy()}
    found |= {str(name): posterior["control_coef"].sel(control=name) for name in posterior["control"].to_numpy()}
    found |= {"constant": posterior["constant"], "sigma": posterior["residual_sd"]}
    assert set(found) == set(PUBLISHED)
    for name, per_unit in PUBLISHED.items():
        published = per_unit * steps.get(name, 1.0)
        mean, sd = float(found[name].mean()), float(found[name].std())
        # A posterior mean of sigma lies above the maximum likelihood estimate, which takes no account of
        # the 8 coefficients fitted to 428 uncensored rows: by about 9 / (2 * 428) = 1 %, a third of its sd.
        bound = 0.6 if name == "sigma" else 0.15
        assert abs(mean - published) < bound * sd, f"{name}: {mean:.2f} against {published}, sd {sd:.2f}"


def own_logit(*, outcome: str = "inlf", transform: str = "standardise", control: str = "age") -> str:
    """A study with a logit; one of these names may be wrong."""
    variables = {
        "inlf": binary("In the labour force"),
        "educ": number("Schooling"),
        "city": category("Lives in a city", codes={0: "country", 1: "city"}),
        "age": number("Age"),
        "big": binary("Many hours", optional=True),
        "region": category("Made-up region", optional=True),
        "children": category("Number of children", optional=True),
    }
    model = {
        "family": "bernoulli",
        "outcome": outcome,
        "exposures": [{"variable": "educ", "transform": transform}],
        "controls": [{"variable": "city", "reference": "city"}, {"variable": control, "contrast": 10}],
    }
    models = {"participation": model, "two": {**model, "outcome": ["inlf", "big"], "groups": ["region", "children"]}}
    return codebook(variables, models, title="Labour force participation")


def test_own_logit_with_transformations_equals_maximum_likelihood(mroz_csv: Path, tmp_path: Path) -> None:
    study = tmp_path / "work.toml"
    study.write_text(own_logit(), encoding="utf-8")
    posterior = fitted(case("participation", study=str(study), data=mroz_csv, priors="wide"))
    frame = pd.read_csv(mroz_csv)
    x = pd.DataFrame(
        {
            "educ": (frame["educ"] - frame["educ"].mean()) / frame["educ"].std(),
            "country": 1.0 - frame["city"],
            "age": frame["age"] / 10,
        }
    )
    mle = sm.Logit(frame["inlf"], sm.add_constant(x)).fit(disp=0)
    found = [
        posterior["constant"],
        posterior["exposure_coef"].sel(exposure="educ (standardised)"),
        posterior["control_coef"].sel(control="city[country]"),
        posterior["control_coef"].sel(control="age"),
    ]
    for draws, estimate, error in zip(found, mle.params, mle.bse, strict=True):
        # A logit's posterior mean differs from its mode by O(1/n), n = 753: well under .15 of a standard error.
        assert abs(float(draws.mean()) - estimate) < 0.15 * error
        assert float(draws.std()) == pytest.approx(error, rel=0.1)


def test_faults_of_an_own_study_are_all_named(mroz_csv: Path, tmp_path: Path) -> None:
    study = tmp_path / "broken.toml"
    study.write_text(own_logit(outcome="inlff", control="agge"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        case("participation", study=str(study), data=mroz_csv)
    text = str(caught.value)
    assert "'inlff'" in text
    assert "Did you mean 'inlf'" in text
    assert "'agge'" in text


def test_unknown_transformation_is_refused(mroz_csv: Path, tmp_path: Path) -> None:
    study = tmp_path / "broken.toml"
    study.write_text(own_logit(transform="cube"), encoding="utf-8")
    with pytest.raises(InputError, match=r"'cube', which is not available; expected one of none, standardise"):
        case("participation", study=str(study), data=mroz_csv)


def test_several_outcomes_and_any_groups(mroz_csv: Path, tmp_path: Path) -> None:
    """Two outcomes of one's own are pooled over like services; two groups are crossed."""
    frame = pd.read_csv(mroz_csv)
    frame["big"] = (frame["hours"] > 1500).astype(int)
    frame["region"] = np.arange(len(frame)) % 7
    frame["children"] = frame["kidslt6"]
    given = own(tmp_path, own_logit(), frame, "two")
    assert given.design.services == ("inlf", "big")
    assert {name: len(group.levels) for name, group in given.design.groups.items()} == {"region": 7, "children": 4}
    assert given.design.unit_intercept
    model = build(given.design, given.family, given.priors)
    assert np.isfinite(model.point_logps()["y"])
