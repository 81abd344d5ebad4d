"""Single respondents from a stored fit: what gives them away stands in its private part, and the part that may leave,
attacked in the same ways, gives none away."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

from fits.plan import QUICK
from fits.storage.fit import Fit
from fits.storage.may_leave import may_leave
from models.design import Design
from models.engines.maximum.estimates import estimate
from models.engines.settings import Settings
from models.posterior import derive
from models.predict import pointwise, predictive
from models.suppression import few_of
from tests.attacks import _recover as recover
from tests.attacks._record import write_record
from tests.fakes import posterior as made_up
from tests.fits._fakes import manifest
from tests.models._prepare import Case, case, linear_predictor, sampled

pytestmark = pytest.mark.attack

SERVICE = "condoms"
NEAR = 0.01
"""Of a contrast: what counts as having found a covariate."""

Record = dict[str, object]


@dataclass(frozen=True)
class Files:
    """A fit's files as they are read: `public` is what `fits.share` sends, `all` is in the private one."""

    given: Case
    public: xr.DataTree
    all: xr.DataTree

    @property
    def design(self) -> Design:
        return self.given.design


def stored(given: Case, tree: xr.DataTree, folder: Path) -> Files:
    """The fit stored and read again."""
    fit = Fit.write("attacked", manifest(), tree, folder, few_of(given.design, given.family))
    with fit.draws(public=True) as public, fit.draws() as private:
        return Files(given, public.load(), private.load())


def fitted(given: Case, folder: Path, size: dict[str, int]) -> Files:
    """A fit with its pointwise log-likelihood and predictive draws."""
    raw = sampled(given, Settings(**size, seed=2017), raw=True)
    posterior = derive(raw["posterior"].to_dataset(), given.design, given.data)
    groups = {
        "posterior": posterior,
        "sample_stats": raw["sample_stats"].to_dataset(),
        "log_likelihood": pointwise(posterior, given.design, given.family),
        "posterior_predictive": predictive(posterior, given.design, given.family, seed=1),
    }
    return stored(given, xr.DataTree.from_dict(groups), folder)


@pytest.fixture(scope="module")
def record(request: pytest.FixtureRequest) -> Iterator[Record]:
    """What is found, by attack; of a whole one it is kept."""
    found: Record = {}
    started = time.monotonic()
    yield found
    if request.config.getoption("--whole"):
        write_record("recover", found, seconds=time.monotonic() - started)


@pytest.fixture(scope="module")
def single(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Files:
    size = {} if request.config.getoption("--whole") else QUICK
    return fitted(case("peer_tobit", service=SERVICE), tmp_path_factory.mktemp("single"), size)


@pytest.fixture(scope="module")
def joint(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return fitted(case("peer_tobit"), tmp_path_factory.mktemp("joint"), QUICK)


@dataclass(frozen=True)
class Score:
    """How many answers were found out."""

    covariates: int
    states: int
    of: int

    @classmethod
    def of_guesses(cls, guesses: recover.Guesses, design: Design, cells: np.ndarray) -> Score:
        units = design.unit_of[cells]
        truth = np.column_stack([design.x[units], design.z[units]])
        group = design.groups["state"]
        state = np.array(group.levels)[group.index[units]]
        near = np.abs(guesses.covariates - truth) < NEAR
        return cls(int(near.all(axis=1).sum()), int((guesses.levels["state"] == state).sum()), len(cells))

    def plain(self) -> str:
        return f"covariates of {self.covariates}, state of {self.states}, of {self.of}"


def score(tree: xr.DataTree, design: Design, service: str) -> tuple[Score, Score]:
    """Answers between the limits, and at them."""
    cells = np.flatnonzero(design.service_of == design.services.index(service))
    guesses = recover.answers(tree, service, count=len(cells), limits=design.limits)
    y = design.y[cells]
    at = (
        (y <= design.limits[0]) | (y >= design.limits[1]) if np.isfinite(design.limits).all() else np.ones_like(y, bool)
    )
    found = []
    for which in (~at, at):
        states = {name: labels[which] for name, labels in guesses.levels.items()}
        part = recover.Guesses(guesses.covariates[which], states)
        found.append(Score.of_guesses(part, design, cells[which]))
    return found[0], found[1]


def largest(design: Design, services: Sequence[str], group: str = "state") -> int:
    """Answers on each of some services in its largest level, which is the best guess without any data."""
    counts = [np.bincount(design.groups[group].index[units_on(design, service)]).max() for service in services]
    return int(sum(counts))


def units_on(design: Design, service: str) -> np.ndarray:
    return design.unit_of[design.service_of == design.services.index(service)]


def test_pointwise_values_give_covariates_and_states_of_one_service(single: Files, record: Record) -> None:
    between, at = score(single.all, single.design, SERVICE)
    record["pointwise, private"] = {"between the limits": between.plain(), "at them": at.plain()}
    assert between.covariates > 0.6 * between.of
    assert between.states > 0.9 * between.of
    assert (at.covariates, at.states) == (at.of, at.of)
    between, at = score(single.public, single.design, SERVICE)
    record["pointwise, public"] = {"between the limits": between.plain(), "at them": at.plain()}
    assert between.covariates + at.covariates == 0
    assert between.states + at.states <= largest(single.design, [SERVICE])


def test_pointwise_values_and_unit_effects_give_covariates_and_states_of_several_services(
    joint: Files, record: Record, whole: bool
) -> None:
    services = joint.design.services if whole else joint.design.services[1::7]
    for name, tree in (("private", joint.all), ("public", joint.public)):
        parts = [part for service in services for part in score(tree, joint.design, service)]
        total = Score(*(sum(getattr(part, field) for part in parts) for field in ("covariates", "states", "of")))
        record[f"pointwise in a joint fit, {name}"] = total.plain()
        if name == "private":
            assert total.covariates > 0.6 * total.of
            assert total.states > 0.9 * total.of
        else:
            assert total.covariates == 0
            assert total.states <= largest(joint.design, services)


def test_pointwise_values_give_every_answer_of_yes_or_no(tmp_path: Path) -> None:
    given = case("peer_logit", service=SERVICE)
    posterior = made_up(given, chains=2, draws=150)
    groups = {"posterior": posterior, "log_likelihood": pointwise(posterior, given.design, given.family)}
    files = stored(given, xr.DataTree.from_dict(groups), tmp_path)
    _, answers = score(files.all, given.design, SERVICE)
    assert (answers.covariates, answers.states) == (answers.of, answers.of)
    _, answers = score(files.public, given.design, SERVICE)
    assert answers.covariates == 0
    assert answers.states <= largest(given.design, [SERVICE])


def test_unit_effects_put_units_in_the_order_of_their_outcomes(joint: Files, record: Record) -> None:
    design = joint.design
    count = np.bincount(design.unit_of)
    mean = np.bincount(design.unit_of, design.y) / count
    order = recover.by_unit(joint.all)
    assert order is not None
    assert order["unit"].to_numpy().tolist() == design.units.tolist()
    agree = float(spearmanr(order, mean)[0])
    none = (mean == design.limits[0]) & (count > 1)  # answers 0 throughout, which tells of a unit whoever asks
    below = float((order.to_numpy()[none][:, None] < order.to_numpy()[~none & (count > 1)]).mean())
    record["unit effects, private"] = {
        "rank correlation with mean outcome": round(agree, 2),
        "answers all 0 below others": round(below, 2),
    }
    assert agree > 0.7
    assert below > 0.8
    assert recover.by_unit(joint.public) is None


def test_predictive_draws_put_answers_in_the_order_of_their_expectations(single: Files, record: Record) -> None:
    order = recover.by_prediction(single.all)
    assert order is not None
    index = linear_predictor(single.all["posterior"].to_dataset(), single.design).mean(axis=(0, 1))
    agree = float(spearmanr(order, index)[0])
    record["predictive draws, private"] = {"rank correlation with the linear predictor": round(agree, 2)}
    assert agree > 0.9
    assert recover.by_prediction(single.public) is None


def test_the_log_density_of_a_draw_gives_the_last_row_to_who_knows_the_others(single: Files, record: Record) -> None:
    given, design = single.given, single.design
    posterior = single.all["posterior"].to_dataset()
    equation = recover.Equation.of(posterior, SERVICE)
    cells = np.flatnonzero(design.y > design.limits[0])[:: len(design.y) // 12]
    total = recover.flat(single.all["sample_stats"]["logp"])
    logs = [total - recover.others_log_density(given, posterior, cell) for cell in cells]
    found = np.array([recover.weights(log, equation, own=np.zeros_like(log), limits=design.limits) for log in logs])
    last = Score.of_guesses(recover.guessed(found, equation), design, cells)
    record["log-density of draws, private"] = last.plain()
    assert last.covariates > 0.5 * last.of
    assert last.states > 0.9 * last.of
    assert "logp" not in single.public["sample_stats"]


def test_the_energy_of_a_draw_tells_the_last_row_among_others_to_who_knows_those(single: Files, record: Record) -> None:
    log = recover.flat(single.all["log_likelihood"]["y"], "cell")
    energy, total = (recover.flat(single.all["sample_stats"][name]) for name in ("energy", "logp"))
    # what all but the last add is known to who has their rows
    places = [
        recover.likeliest(-energy - (total - log[:, cell]), log).tolist().index(cell) for cell in range(log.shape[1])
    ]
    record["energy of draws, private"] = {"median place among all rows": float(np.median(places)), "of": len(places)}
    assert np.median(places) < 0.35 * len(places)
    assert not {"energy", "energy_error"} & set(single.public["sample_stats"])


def test_the_constant_gives_the_mean_of_every_covariate_and_so_the_last_row(single: Files, record: Record) -> None:
    design, last = single.design, 7
    means = recover.column_means(single.all, SERVICE)
    assert means is not None
    rows = np.column_stack([column.values / column.step for column in (*design.exposures, *design.controls)])
    row = len(rows) * means - np.delete(rows, last, axis=0).sum(axis=0)
    right = int((np.abs(row - rows[last]) < 1e-6).sum())
    record["constant, private"] = f"covariates right of the last row: {right} of {len(means)}"
    assert right == len(means)
    assert recover.column_means(single.public, SERVICE) is None


def test_effects_of_states_with_few_answers_are_their_outcomes(single: Files, joint: Files, record: Record) -> None:
    for name, files in (("single", single), ("joint", joint)):
        count, mean = by_state(files.design)
        few = (count > 0) & (count < 11)
        whole = recover.by_level(files.all, "state").transpose("state", "service")
        agree = float(np.corrcoef(whole.to_numpy()[few], mean[few])[0, 1])
        very = few & (count < 4)
        closer = float(np.corrcoef(whole.to_numpy()[very], mean[very])[0, 1])
        record[f"effects of states, {name}, private"] = {"under 11": round(agree, 2), "under 4": round(closer, 2)}
        assert agree > 0.5
        shown = recover.by_level(files.public, "state").reindex_like(whole)
        assert not shown.notnull().to_numpy()[count < 11].any()
        assert shown.notnull().to_numpy()[count >= 11].mean() > 0.9
    # the best guess that is left: as the state is on services with more answers
    guess = shown.mean("service").broadcast_like(shown).to_numpy()
    known = few & np.isfinite(guess)
    left = float(np.corrcoef(guess[known], mean[known])[0, 1])
    record["effects of states, public"] = {"from the state's other services": round(left, 2)}
    assert abs(left) < 0.3


def by_state(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Answers and their mean less the service's, (state, service)."""
    group = design.groups["state"]
    place = (group.index[design.unit_of], design.service_of)
    count = np.zeros((len(group.levels), len(design.services)))
    total = count.copy()
    np.add.at(count, place, 1.0)
    np.add.at(total, place, design.y)
    with np.errstate(invalid="ignore"):
        return count, total / count - total.sum(axis=0) / count.sum(axis=0)


def test_an_effect_withheld_alone_is_minus_the_sum_of_the_others_so_two_are(single: Files, record: Record) -> None:
    whole = single.all["posterior"]["unit_type_effect"].isel(service=0)
    shown = single.public["posterior"]["unit_type_effect"].isel(service=0)
    few = next(level for level in whole["unit_type"].to_numpy() if level not in shown["unit_type"])
    alone = recover.rest_of_zero(whole, few)
    np.testing.assert_allclose(alone, whole.sel(unit_type=few), atol=1e-9)
    withheld = whole.sizes["unit_type"] - shown.sizes["unit_type"]
    assert withheld == 2
    even = -shown.sum("unit_type") / withheld
    hidden = whole.drop_sel(unit_type=shown["unit_type"])
    error = np.sqrt(((even - hidden) ** 2).mean(("chain", "draw"))) / hidden.std(("chain", "draw"))
    record["effects that sum to zero, public"] = {
        "error of an even share, in posterior sds": [round(float(one), 2) for one in error]
    }
    assert (error > 0.3).all()


def test_nothing_that_leaves_determines_a_withheld_effect(single: Files, record: Record) -> None:
    whole, public = (files["posterior"].to_dataset() for files in (single.all, single.public))
    types = whole["unit_type_effect"]
    alone = public.drop_dims("unit_type").assign(shown=types.isel(unit_type=slice(1, None)))
    assert recover.determined(alone, recover.flat(types.isel(unit_type=0, service=0))) > 0.999  # one alone withheld
    found = []
    for group in ("state", "unit_type"):
        hidden = whole[f"{group}_effect"].isel(service=0).drop_sel({group: public[group]})
        found += [recover.determined(public, effect) for effect in recover.flat(hidden, group).T]
    record["withheld effects from all that leaves, public"] = {"greatest share of variance": round(max(found), 2)}
    assert max(found) < 0.8


def test_the_covariance_of_two_services_gives_the_row_of_the_one_unit_that_answered_both(record: Record) -> None:
    whole = case("peer_tobit", single_level=True)
    first, second = "condoms", "routine_medical_care"
    design, unit = one_in_common(whole.design, (first, second))
    estimates = estimate(design, whole.family)
    row = recover.shared_row(estimates, (first, second))
    assert row is not None
    there = estimates["estimate"].sel(service=first).notnull().to_numpy()[1:-1]
    right = np.abs(row - np.concatenate([design.x[unit], design.z[unit]])) < NEAR
    record["covariance of estimates, private"] = f"covariates right: {right.sum()} of {there.sum()}"
    assert right[there].all()
    public = may_leave(xr.DataTree.from_dict({"estimates": estimates}), few_of(design, whole.family))
    assert recover.shared_row(public["estimates"].to_dataset(), (first, second)) is None


def one_in_common(design: Design, services: tuple[str, str]) -> tuple[Design, int]:
    """Two services alone, with the answers of but one unit that answered both; and that unit."""
    first, second = (design.services.index(name) for name in services)
    units = [set(design.unit_of[design.service_of == s]) for s in (first, second)]
    common = sorted(units[0] & units[1])
    kept = ((design.service_of == first) | (design.service_of == second)) & ~np.isin(design.unit_of, common[1:])
    cells = {"y": design.y[kept], "unit_of": design.unit_of[kept]}
    return replace(
        design, services=services, service_of=(design.service_of[kept] == second).astype(int), **cells
    ), common[0]


@pytest.mark.parametrize("kind", ["single", "joint"])
def test_nothing_that_leaves_is_kept_by_row(kind: str, request: pytest.FixtureRequest) -> None:
    files = request.getfixturevalue(kind)
    sizes = {"units": len(files.design.units), "cells": len(files.design.y)}
    assert recover.keyed_by_row(files.all, **sizes)
    assert recover.keyed_by_row(files.public, **sizes) == []
    attributes = [group.attrs for group in files.public.to_dict().values()]
    attributes += [values.attrs for group in files.public.to_dict().values() for values in group.variables.values()]
    assert not any(attributes)
