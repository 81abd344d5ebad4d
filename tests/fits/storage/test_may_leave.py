"""What leaves of a fit lacks what few answers are behind, and whatever is not known to be harmless."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from fits.storage.may_leave import may_leave

LEVELS, SERVICES = ["AL", "AK", "AZ", "AR"], ["condoms", "aftercare"]
FEW = {
    "service": xr.DataArray([False, False], {"service": SERVICES}),
    "exposure": xr.DataArray([[False, False], [False, True]], {"exposure": ["peers", "staff"], "service": SERVICES}),
    # of AK everything, of AZ one service
    "state": xr.DataArray(
        [[False, False], [True, True], [False, True], [False, False]], {"state": LEVELS, "service": SERVICES}
    ),
}


def tree() -> xr.DataTree:
    """A fit with everything that there may be."""
    rng = np.random.default_rng(1)
    sizes = {"chain": 2, "draw": 5, "exposure": 2, "service": 2, "state": 4, "unit": 6, "cell": 9}

    def draws(*dims: str) -> tuple[tuple[str, ...], np.ndarray, dict[str, str]]:
        dims = ("chain", "draw", *dims)
        return dims, rng.normal(size=[sizes[dim] for dim in dims]), {"unit": "points"}

    coords = {"chain": [0, 1], "draw": range(5)}
    labels = {"exposure": ["peers", "staff"], "service": SERVICES, "state": LEVELS, "unit": [0, 1, 3, 4, 7, 8]}
    posterior = {
        "exposure_mean": draws("exposure"),
        "unit_effect": draws("unit"),
        "state_effect": draws("state", "service"),
        "state_sd": draws("service"),
        "intercept": draws("service"),
        "exposure_coef": draws("exposure", "service"),
        "constant": draws("service"),
    }
    stats = {"energy": draws(), "diverging": (("chain", "draw"), np.zeros((2, 5), bool)), "logp": draws()}
    cells = {"cell": range(9), "unit": ("cell", np.arange(9)), "service": ("cell", ["condoms"] * 9)}
    attributes = {"fit": "a", "stamp": "SIMULATED"}
    made = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(posterior, coords=coords | labels),
            "sample_stats": xr.Dataset(stats, coords=coords),
            "log_likelihood": xr.Dataset({"y": draws("cell")}, coords=coords | cells, attrs=attributes),
        }
    )
    made.attrs = attributes
    return made


def estimates() -> tuple[xr.DataTree, dict[str, xr.DataArray]]:
    """Estimates of three parameters on two services, and what of them is few."""
    rng = np.random.default_rng(2)
    names, kinds = ["intercept", "a", "b"], ["robust", "state"]
    dims = ("errors", "service", "parameter", "service_other", "parameter_other")
    dataset = xr.Dataset(
        {
            "estimate": (("service", "parameter"), rng.normal(size=(2, 3))),
            "covariance": (dims, rng.normal(size=(2, 2, 3, 2, 3))),
            "cells": ("service", [40, 50]),
            "converged": ("service", [True, False]),
            "words": ("service", ["", "separated by b"]),
        },
        coords={
            "service": SERVICES,
            "service_other": SERVICES,
            "parameter": names,
            "parameter_other": names,
            "errors": kinds,
            "exposure": ["a", "b"],
        },
    )
    few = xr.DataArray([[False, False], [False, False], [False, True]], {"parameter": names, "service": SERVICES})
    blocks = xr.DataArray(
        [[[False, True], [True, False]], [[True, True], [True, True]]],
        {"errors": kinds, "service": SERVICES, "service_other": SERVICES},
    )
    masks = {
        "service": FEW["service"],
        "service_other": FEW["service"].rename(service="service_other"),
        "exposure": xr.DataArray(np.zeros((2, 2), bool), {"exposure": ["a", "b"], "service": SERVICES}),
        "parameter": few,
        "parameter_other": few.rename(parameter="parameter_other", service="service_other"),
        "errors": blocks,
    }
    return xr.DataTree.from_dict({"estimates": dataset}), masks


def test_what_may_leave_is_nan_where_withheld_and_lacks_levels_that_are_withheld_throughout() -> None:
    whole, public = tree()["posterior"], may_leave(tree(), FEW)
    effect = public["posterior"]["state_effect"]
    assert effect["state"].to_numpy().tolist() == ["AL", "AZ", "AR"]
    hidden = effect.isnull()
    assert hidden.sel(state="AZ", service="aftercare").all()
    assert hidden.sum() == 2 * 5
    assert effect.sel(state="AR").identical(whole["state_effect"].sel(state="AR"))
    staff = public["posterior"]["exposure_coef"].sel(exposure="staff").isnull().any("draw")
    assert staff.to_numpy()[0].tolist() == [False, True]
    assert public["posterior"]["exposure_mean"].identical(whole["exposure_mean"])  # of all services


def test_what_may_leave_has_nothing_by_unit_and_no_sum_over_rows() -> None:
    given = tree()
    public = may_leave(given, FEW)
    assert given.identical(tree())
    assert set(public.children) == {"posterior", "sample_stats"}
    names = {"exposure_mean", "state_effect", "state_sd", "intercept", "exposure_coef"}
    assert set(public["posterior"].data_vars) == names
    assert set(public["posterior"].coords) == {"chain", "draw", "exposure", "service", "state"}
    assert set(public["sample_stats"].data_vars) == {"diverging"}
    assert public.attrs == {"fit": "a", "stamp": "SIMULATED"}


@pytest.mark.parametrize("unknown", ["dim", "text", "statistic", "group", "label"])
def test_what_is_not_known_to_be_harmless_does_not_leave(unknown: str) -> None:
    whole = tree()
    posterior = whole["posterior"].to_dataset()
    path, dataset = {
        "dim": ("posterior", posterior.assign(new=(("chain", "draw", "patient"), np.ones((2, 5, 3))))),
        "text": ("posterior", posterior.assign(new=("service", ["all of AK at 0", ""]))),
        "statistic": ("sample_stats", whole["sample_stats"].to_dataset().assign(new=("draw", np.ones(5)))),
        "group": ("posterior/new", xr.Dataset({"new": ("draw", np.ones(5))})),
        "label": ("posterior", posterior.assign_coords(state=["AL", "AK", "AZ", "new"])),
    }[unknown]
    whole[path] = xr.DataTree(dataset)
    assert "new" in str(whole.to_dict())
    assert "new" not in str(may_leave(whole, FEW).to_dict())


def test_a_group_of_which_nothing_may_leave_and_a_service_with_few_answers_are_not_there() -> None:
    all_of = xr.ones_like(FEW["state"])
    public = may_leave(tree(), FEW | {"state": all_of})
    assert "state" not in public["posterior"].dims
    assert "state_sd" in public["posterior"]
    public = may_leave(tree(), FEW | {"service": xr.DataArray([False, True], {"service": SERVICES})})
    assert public["posterior"]["service"].to_numpy().tolist() == ["condoms"]


def test_where_nothing_is_withheld_all_of_it_leaves() -> None:
    none = {dim: xr.zeros_like(mask) for dim, mask in FEW.items()}
    posterior = tree()["posterior"].to_dataset().drop_vars(["constant", "unit_effect", "unit"])
    whole = xr.DataTree.from_dict({"posterior": posterior})
    assert may_leave(whole, none).identical(whole)


def test_estimates_leave_without_few_parameters_few_clusters_and_words() -> None:
    whole, few = estimates()
    public = may_leave(whole, few)
    shown = public["estimates"].to_dataset()
    assert "words" not in shown
    assert shown["exposure"].to_numpy().tolist() == ["a", "b"]
    assert shown["errors"].to_numpy().tolist() == ["robust"]  # all blocks of the other are few
    assert shown["estimate"].isnull().to_numpy().tolist() == [[False, False, False], [False, False, True]]
    covariance = shown["covariance"].sel(errors="robust")
    assert covariance.sel(service="condoms", service_other="condoms").notnull().all()
    assert covariance.sel(service="condoms", service_other="aftercare").isnull().all()
    own = covariance.sel(service="aftercare", service_other="aftercare").isnull()
    assert own.to_numpy().tolist() == [[False, False, True], [False, False, True], [True, True, True]]
    assert shown["converged"].dtype == bool
