"""What a reading asks of a fit, against the coefficients and averages that it must come from."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.special import expit

from fits.effects.averages import place_of
from fits.fit_with_study import Evidence
from fits.verdicts.quantity import Averages, _label, _name
from fits.verdicts.source import Reading
from tests.fits.effects._by_hand import answering, index_by_loops
from tests.fits.verdicts._fits import SERVICES, stored, study
from tests.models._prepare import case

SHOWN = SERVICES[:-1]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return study(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def use(small: dict[str, Any]) -> Evidence:
    return stored(small, name="use", chains=2, length=5)


@pytest.fixture(scope="module")
def may(small: dict[str, Any]) -> Evidence:
    return stored(small, name="may", model="may", chains=2, length=5)


def reading(**said: Any) -> Reading:
    return Reading(**{"outcome": "utilisation", "exposure": "yes", "services": ("condoms",), **said})


def coefficients(evidence: Evidence) -> xr.DataArray:
    """As stored: what a linear model's average effects are."""
    with evidence.posterior() as posterior:
        return posterior["exposure_coef"].load()


def means(evidence: Evidence, service: int, values: dict[str, float]) -> np.ndarray:
    """The index of those who answer a service, (chain, draw, unit), with columns set to values."""
    design = evidence.design
    with evidence.posterior() as posterior:
        draws = posterior.load()
    moved = {name: np.full(len(design.units), value) for name, value in values.items()}

    def one(chain: int, draw: int) -> np.ndarray:
        here = draws.isel(chain=chain, draw=draw)
        own = design.unit_intercept
        return index_by_loops(here, design, service, groups=("place",), unit_intercept=own, values=moved)

    return np.array([[one(c, d) for d in range(draws.sizes["draw"])] for c in range(draws.sizes["chain"])])


def test_one_effect(use: Evidence) -> None:
    found = Averages.of(use).quantity(reading())
    assert found.names == ("“Yes or no” on condoms",)
    assert found.draws[..., 0] == pytest.approx(coefficients(use).sel(exposure="yes", service="condoms").to_numpy())
    assert found.base[..., 0] == pytest.approx(means(use, SERVICES.index("condoms"), {"yes": 0.0}).mean(axis=-1))
    assert (found.contrast, found.scale.name) == ("0 -> 1", "expected")
    assert (found.unit, found.measure) == ("points (percent of patients)", "points")
    assert found.outcomes == ("uses_condoms", "utilisation")
    assert found.units == len(answering(use.design, SERVICES.index("condoms")))
    assert found.flat.shape == (10, 1)
    assert found.flat[:5, 0].tolist() == found.draws[0, :, 0].tolist()


def test_another_exposure_has_its_own_contrast(use: Evidence) -> None:
    found = Averages.of(use).quantity(reading(exposure="share", services=("housing",)))
    assert found.draws[..., 0] == pytest.approx(coefficients(use).sel(exposure="share", service="housing").to_numpy())
    assert found.contrast == "+10 percent of staff"
    assert found.outcomes == ("uses_housing", "utilisation")
    assert found.population == 9_000_000


def test_names_are_spoken_without_underscores() -> None:
    """Of the project's own study: labels in quotes, services and levels as words."""
    own = case("peer_logit")
    averages = Averages(own.design, own.family, own.loaded.codebook, own.loaded.dataset, lambda *_: xr.Dataset())
    assert _name("peer_senior", "opioid_maintenance", averages).endswith("” on opioid maintenance")
    assert _label("unit_type[outpatient_otp]", averages) == "“Unit type”, outpatient otp"


@pytest.mark.parametrize("estimand", ["every_effect", "number_of_effects"])
def test_every_effect_of_a_role_on_all_that_may_be_shown(use: Evidence, estimand: Any) -> None:
    found = Averages.of(use).quantity(reading(exposure="peer_exposure", services=(), estimand=estimand))
    stored_ = coefficients(use)
    labels = {"yes": "Yes or no", "share": "Share of staff"}
    assert found.names == tuple(f"“{label}” on {service}" for label in labels.values() for service in SHOWN)
    for place, (exposure, service) in enumerate(product(labels, SHOWN)):
        assert found.draws[..., place] == pytest.approx(stored_.sel(exposure=exposure, service=service).to_numpy())
    assert found.outcomes == ("utilisation",)
    assert found.units == len(set().union(*(answering(use.design, s).tolist() for s in range(len(SHOWN)))))


def test_the_mean_over_services_weighs_each_the_same(use: Evidence) -> None:
    found = Averages.of(use).quantity(reading(services=(), estimand="mean_effect"))
    expected = coefficients(use).sel(exposure="yes", service=list(SHOWN)).mean("service")
    assert found.names == ("“Yes or no”, mean over services",)
    assert found.draws[..., 0] == pytest.approx(expected.to_numpy())
    lower = [means(use, SERVICES.index(name), {"yes": 0.0}).mean(axis=-1) for name in SHOWN]
    assert found.base[..., 0] == pytest.approx(np.mean(lower, axis=0))


def test_an_outcome_may_be_named_by_its_variable(use: Evidence) -> None:
    averages = Averages.of(use)
    named = averages.quantity(Reading(outcome="uses_housing", exposure="yes", direction="positive"))
    assert named.names == ("“Yes or no” on housing",)
    assert named.draws.tolist() == averages.quantity(reading(services=("housing",))).draws.tolist()
    assert named.outcomes == ("uses_housing", "utilisation")


def test_the_target_is_the_readings(small: dict[str, Any]) -> None:
    """A new place of a model that is not linear: group effects are integrated over."""
    fit = stored(small, name="tobit", family="tobit", chains=2, length=5)
    averages = Averages.of(fit)
    these, new = (averages.quantity(reading(target=target)).draws for target in ("these", "new"))
    assert not np.allclose(these, new)
    latent = [averages.quantity(reading(target=target, scale="latent")).draws for target in ("these", "new")]
    assert latent[0] == pytest.approx(latent[1])


LEVELS = {
    "a": {"kind[b]": 0.0, "kind[c]": 0.0},
    "b": {"kind[b]": 1.0, "kind[c]": 0.0},
    "c": {"kind[b]": 0.0, "kind[c]": 1.0},
}


@pytest.mark.parametrize(
    ("top", "over", "names"),
    [("c", ("a", "b"), "“Kind”, c over a and b"), ("b", ("c",), "“Kind”, b over c"), ("b", ("a",), "“Kind”, b over a")],
)
def test_a_lead_is_over_the_nearest_of_the_others_in_every_draw(
    may: Evidence, top: str, over: tuple[str, ...], names: str
) -> None:
    said = Reading(
        outcome="peer_adoption",
        exposure=f"kind[{top}]",
        estimand="lead",
        over=tuple(f"kind[{level}]" for level in over),
    )
    found = Averages.of(may).quantity(said)
    average = {level: expit(means(may, 0, values)).mean(axis=-1) for level, values in LEVELS.items()}
    expected = average[top] - np.max([average[level] for level in over], axis=0)
    assert found.draws[..., 0] == pytest.approx(expected)
    assert (found.names, found.unit, found.measure) == ((names,), "probability", "probability")
    assert np.isnan(found.base).all()
    assert found.outcomes == ("yes", "peer_adoption")


def test_a_level_is_the_average_as_units_are_less_what_is_claimed(may: Evidence) -> None:
    found = Averages.of(may).quantity(Reading(outcome="peer_adoption", estimand="level", above=0.3))
    average = expit(means(may, 0, {})).mean(axis=-1)
    assert found.base[..., 0] == pytest.approx(average)
    assert found.draws[..., 0] == pytest.approx(average - 0.3)
    assert (found.names, found.contrast) == (("average as units are",), "")


def test_log_odds_have_no_measure_that_a_rule_speaks_of(may: Evidence) -> None:
    found = Averages.of(may).quantity(
        Reading(outcome="peer_adoption", exposure="kind[b]", services=(), scale="log_odds")
    )
    assert (found.unit, found.measure, found.outcomes) == ("logits", None, ())


def test_averages_are_computed_once_for_each_scale_and_target(use: Evidence) -> None:
    averages = Averages.of(use)
    first = averages.on(averages.scale("") or pytest.fail("no scale"), "these")
    again = averages.on(averages.scale("expected") or pytest.fail("no scale"), "these")
    assert first is again


def test_a_known_truth_is_read_as_draws_are(use: Evidence) -> None:
    with use.posterior() as posterior:
        truth = posterior.isel(chain=[0], draw=[2]).load()
    place = place_of("these", use.design)
    found = Averages.of_truth(truth, place, use).quantity(reading())
    assert found.draws.shape == (1, 1, 1)
    assert found.draws[0, 0, 0] == pytest.approx(Averages.of(use).quantity(reading()).draws[0, 2, 0])


def test_labels_of_roles_variables_and_levels(use: Evidence, may: Evidence) -> None:
    averages = Averages.of(use)
    assert averages.labels("peer_exposure") == ("yes", "share")
    assert averages.labels("share") == ("share",)
    assert averages.labels("group") == ()  # in the model, but not focal
    assert averages.labels("nothing") == ()
    assert Averages.of(may).labels("kind") == ("kind[b]", "kind[c]")
    assert Averages.of(may).labels("kind[c]") == ("kind[c]",)
    assert Averages.of(may).labels("kind[a]") == ()  # the reference


def test_a_role_is_asked_of_a_fit_only_where_all_of_it_is_focal(small: dict[str, Any]) -> None:
    averages = Averages.of(stored(small, name="half", model="half", chains=2, length=5))
    assert averages.labels("yes") == ("yes",)
    assert averages.labels("share") == ()
    assert averages.labels("peer_exposure") == ()


def test_quartiles_move_every_unit_from_one_to_the_other_and_yes_or_no_as_ever() -> None:
    given = case("peer_tobit")
    design = given.design
    averages = Averages(
        design, given.family, given.loaded.codebook, given.loaded.dataset, average=lambda *_: xr.Dataset()
    )
    (column,) = [one for one in design.exposures if one.label == "lived_experience_share"]
    plain, quartiles = ({one.label: one for one in averages.contrasts(step)} for step in ("", "iqr"))
    share, ends = quartiles[column.label], np.nanquantile(given.loaded.dataset[column.label], [0.25, 0.75])
    assert share.words == "lower to upper quartile"
    for shift, end in zip((share.low, share.high), ends, strict=True):
        assert column.values + shift[column.label] * column.step == pytest.approx(np.full(len(column.values), end))
    assert plain[column.label].words == "+10 percent of staff"
    for end in ("low", "high"):
        one, other = (getattr(found["peer_influence"], end)["peer_influence"] for found in (plain, quartiles))
        assert one == pytest.approx(other)
    assert quartiles["peer_influence"].words == plain["peer_influence"].words == "0 -> 1"
