"""By what answers are counted."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fits.checks.splits import MOST_LEVELS, PARTS, by_exposure, splits_of
from fits.loaded import design_of, load
from fits.plan import FitPlan
from tests.fits.checks._worlds import fitted, study
from tests.models._prepare import Case, few_kinds
from tests.small_study import kinds


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return few_kinds(tmp_path_factory.mktemp("one"), groups=("place", "kind"))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Two services; a quarter of the units answer the second one only."""
    table = kinds()
    table.loc[:36, "y"] = np.nan
    return few_kinds(tmp_path_factory.mktemp("two"), groups=("place", "kind"), outcomes=("y", "other"), table=table)


def test_what_there_is_for_one_service_and_for_several(one: Case, two: Case) -> None:
    assert [split.name for split in splits_of(one.design)] == ["service", "place", "kind", "place x kind", "yes"]
    names = ["service", "place within service", "kind within service", "place x kind", "yes"]
    assert [split.name for split in splits_of(two.design)] == names
    assert [by_exposure(split, two.design) for split in splits_of(two.design)] == [False] * 4 + [True]


def test_every_label_holds_the_cells_that_loops_find(two: Case) -> None:
    design = two.design
    splits = {split.name: split for split in splits_of(design)}
    yes = design.exposures[0].values
    for cell, (unit, s) in enumerate(zip(design.unit_of, design.service_of, strict=True)):
        place, kind = (design.groups[name].levels[design.groups[name].index[unit]] for name in ("place", "kind"))
        service = design.services[s]
        expected = {
            "service": service,
            "place within service": f"{place}, {service}",
            "kind within service": f"{kind}, {service}",
            "place x kind": f"{place}, {kind}",
            "yes": f"yes = {yes[unit]:g}",
        }
        found = {name: split.labels[split.index[cell]] for name, split in splits.items()}
        assert found == expected
    for split in splits.values():
        assert split.sizes.sum() == len(design.y)
        assert split.sizes.min() > 0  # no combination that nobody has
        assert len(set(split.labels)) == len(split.labels)


def test_units_behind_cells_are_counted_once(two: Case) -> None:
    design = two.design
    some = design.y >= design.limits[1]
    for split in splits_of(design):
        found = split.units(design, some)
        for label in range(len(split.labels)):
            cells = np.flatnonzero(some & (split.index == label))
            assert found[label] == len({int(design.unit_of[cell]) for cell in cells})
    by_place = splits_of(design)[3]
    assert (by_place.units(design, np.ones(len(design.y), dtype=bool)) < by_place.sizes).any()


def test_labels_add_up_to_what_is_printed_elsewhere(two: Case) -> None:
    """A count that is withheld must not be had from a total, so every total must be known."""
    splits = {split.name: split for split in splits_of(two.design)}
    within, crossed = splits["place within service"], splits["place x kind"]
    (_, services) = within.totals
    for label, name in enumerate(within.labels):
        assert two.design.services[services[label]] == name.split(", ")[1]
    places, kinds_of = crossed.totals
    for label, name in enumerate(crossed.labels):
        place, kind = name.split(", ")
        assert two.design.groups["place"].levels[places[label]] == place
        assert two.design.groups["kind"].levels[kinds_of[label]] == kind
    assert [part.tolist() for part in splits["yes"].totals] == [[0, 0]]


def with_exposure(given: Case, values: np.ndarray) -> Case:
    column = replace(given.design.exposures[0], values=values)
    return replace(given, design=replace(given.design, exposures=(column,)))


def test_few_values_are_levels_and_more_are_quarters(one: Case) -> None:
    count = len(one.design.units)
    levels = splits_of(with_exposure(one, np.arange(count) % MOST_LEVELS * 0.25).design)[-1]
    assert levels.labels == tuple(f"yes = {0.25 * k:g}" for k in range(MOST_LEVELS))
    values = np.random.default_rng(1).normal(size=count)
    parts = splits_of(with_exposure(one, values).design)[-1]
    assert parts.labels == tuple(f"part {k + 1} of {PARTS}, low to high" for k in range(PARTS))
    assert np.ptp(parts.sizes) <= 1
    for low, high in pairwise(range(PARTS)):
        assert values[parts.index == low].max() < values[parts.index == high].min()


def test_where_many_share_a_value_there_are_fewer_parts(one: Case) -> None:
    count = len(one.design.units)
    values = np.where(np.arange(count) < 0.6 * count, 0.0, np.arange(count))  # the first two quartiles are 0
    split = splits_of(with_exposure(one, values).design)[-1]
    assert split.labels == ("part 1 of 2, low to high", "part 2 of 2, low to high")
    assert set(split.index[values == 0.0]) == {0}
    expected = pd.cut(values, np.unique(np.quantile(values, [0, 0.25, 0.5, 0.75, 1])), include_lowest=True).codes
    assert split.index.tolist() == expected.tolist()


def test_groups_that_are_not_pooled_are_among_them(tmp_path: Path) -> None:
    """A model without state effects must be seen to lack them."""
    files = study(tmp_path)
    fit = fitted(files, single_level=True, engine="mle")
    assert fit.manifest.design["groups"] == {}
    design, _ = design_of(load(FitPlan("tobit", files["study"], files["data"])), None, single_level=True)
    assert [split.name for split in splits_of(design)] == ["service", "state", "kind", "state x kind", "x", "peer"]
