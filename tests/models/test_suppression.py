"""What rests on few answers: levels, columns and covariances, against counts by loops and designs made small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.design import Design
from models.engines.maximum.estimates import estimate
from models.suppression import few_of
from tests.models._prepare import Case, case


@pytest.fixture(scope="module")
def joint() -> Case:
    return case("peer_tobit")


@pytest.fixture(scope="module")
def alone() -> Case:
    return case("peer_tobit", single_level=True)


def cut(design: Design, kept: np.ndarray) -> Design:
    """The design with some of its cells."""
    return replace(design, y=design.y[kept], unit_of=design.unit_of[kept], service_of=design.service_of[kept])


def of_service(design: Design, service: str) -> np.ndarray:
    return design.service_of == design.services.index(service)


def test_levels_of_fewer_than_eleven_answers_on_a_service_are_few(joint: Case) -> None:
    design, few = joint.design, few_of(joint.design, joint.family)["state"]
    assert few.dims == ("state", "service")
    state = design.groups["state"]
    for place, level in enumerate(state.levels):
        for s, service in enumerate(design.services):
            answers = sum(
                1
                for unit, t in zip(design.unit_of, design.service_of, strict=True)
                if t == s and state.index[unit] == place
            )
            assert bool(few.sel(state=level, service=service)) == (answers < 11)
    assert 0 < few.sum() < few.size


def test_a_level_alone_takes_the_next_smallest_along(joint: Case) -> None:
    design, few = joint.design, few_of(joint.design, joint.family)["unit_type"]
    index, levels = design.groups["unit_type"].index, np.array(design.groups["unit_type"].levels)
    seen = set()
    for s, service in enumerate(design.services):
        counts = np.bincount(index[design.unit_of[design.service_of == s]], minlength=len(levels))
        under = int((counts < 11).sum())
        expected = set(levels[np.argsort(counts)[: 2 if under == 1 else under]])
        assert set(levels[few.sel(service=service)]) == expected
        seen.add(under)
    assert {0, 1, 2} <= seen


def test_a_group_of_two_levels_is_withheld_whole() -> None:
    given = case("peer_tobit", service="condoms")
    index = (np.arange(len(given.design.units)) < 5).astype(np.int64)
    group = replace(given.design.groups["state"], levels=("a", "b"), index=index)
    few = few_of(replace(given.design, groups={"state": group}), given.family)
    assert few["state"].all()


def test_a_column_in_which_few_answers_differ_is_few(joint: Case) -> None:
    design = joint.design
    few = few_of(design, joint.family)["control"]
    labels = [column.label for column in design.controls]
    public = design.controls[labels.index("ownership[public]")].values
    having = {service: int(public[design.unit_of[of_service(design, service)]].sum()) for service in design.services}
    assert having["methadone"] < 11 < min(count for service, count in having.items() if service != "methadone")
    assert few.sel(control="ownership[public]").to_numpy().tolist() == [s == "methadone" for s in design.services]
    # those who lack it may be as few
    lacking = cut(design, ~(of_service(design, "aftercare") & (public[design.unit_of] == 0.0)))
    assert few_of(lacking, joint.family)["control"].sel(control="ownership[public]", service="aftercare")
    # a number that is the same for all but few, too
    share = design.controls[labels.index("professional_share")]
    flat = replace(share, values=np.where(np.arange(share.values.size) < 10, share.values, 50.0))
    changed = tuple(flat if column is share else column for column in design.controls)
    assert few_of(replace(design, controls=changed), joint.family)["control"].sel(control=share.label).all()


def test_all_columns_of_a_category_are_few_where_few_answers_are_of_its_reference(joint: Case) -> None:
    design = joint.design
    owned = [column for column in design.controls if column.variable == "ownership"]
    reference = sum(column.values for column in owned)[design.unit_of] == 0.0
    here = of_service(design, "aftercare") & reference
    few = few_of(cut(design, ~here | (np.cumsum(here) <= 10)), joint.family)["control"].sel(service="aftercare")
    assert few["control"].to_numpy()[few].tolist() == ["ownership[public]", "ownership[for_profit]"]
    enough = few_of(cut(design, ~here | (np.cumsum(here) <= 11)), joint.family)["control"].sel(service="aftercare")
    assert not enough.any()


def test_a_service_with_few_answers_is_few(joint: Case) -> None:
    design = joint.design
    here = of_service(design, "methadone")
    few = few_of(cut(design, ~here | (np.cumsum(here) <= 10)), joint.family)
    assert few["service"].to_numpy().tolist() == [service == "methadone" for service in design.services]
    assert not few_of(design, joint.family)["service"].any()


def test_estimates_have_a_mask_for_each_of_their_dims_under_their_labels(alone: Case) -> None:
    estimates, few = estimate(alone.design, alone.family), few_of(alone.design, alone.family)
    assert set(estimates.dims) == set(few)
    for mask in few.values():
        for dim in mask.dims:
            assert mask[dim].to_numpy().tolist() == estimates[dim].to_numpy().tolist()
    rare = few["parameter"].sel(parameter="control_coef[unit_type[inpatient]]")
    assert rare.sel(service="condoms")
    assert few["parameter_other"].sel(parameter_other="control_coef[unit_type[inpatient]]", service_other="condoms")
    assert not few["parameter"].sel(parameter=["intercept", "log_residual_sd"]).any()


def test_a_covariance_between_services_that_few_units_share_is_few(alone: Case) -> None:
    design = alone.design
    first, second = (of_service(design, name) for name in ("condoms", "aftercare"))
    both = np.isin(design.unit_of, np.intersect1d(design.unit_of[first], design.unit_of[second]))
    for count, expected in ((10, True), (11, False)):
        kept = ~(second & both) | (np.cumsum(second & both) <= count)
        few = few_of(cut(design, kept), alone.family)["errors"]
        for errors in ("classical", "robust"):
            assert bool(few.sel(errors=errors, service="condoms", service_other="aftercare")) == expected
            assert bool(few.sel(errors=errors, service="aftercare", service_other="condoms")) == expected
            assert not few.sel(errors=errors, service="aftercare", service_other="aftercare")


def test_a_covariance_of_few_clusters_is_few_only_where_one_of_them_is_small(alone: Case) -> None:
    few = few_of(alone.design, alone.family)["errors"]
    assert not few.sel(errors="state").any()  # of many clusters
    types = few.sel(errors="unit_type")
    assert types.sel(service="condoms", service_other="condoms")  # two answers of one type
    assert not types.sel(service="hiv_testing", service_other="hiv_testing")  # at least 13 of each
