"""The design refuses what no model can use, all faults at once, before anything is compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from fits.loaded import design_of
from models.design import Design
from tests.models._prepare import case, own
from tests.small_study import category, codebook, number

LIMITS = {"range": [0, 100], "limits": [0, 100]}
PLACE = category("Place")


def study(*, y: dict[str, Any] = LIMITS, place: dict[str, Any] = PLACE, **m: Any) -> str:
    """A codebook with one variable changed, or the model `m`."""
    variables = {
        "y": number("Outcome", **y),
        "x": number("Exposure", contrast=10),
        "kind": category("Kind", reference="b"),
        "place": place,
        "cell": category("A column named as a dim", optional=True),
    }
    model = {"family": "tobit", "outcome": "y", "exposures": ["x"], "controls": ["kind"], "groups": ["place"], **m}
    return codebook(variables, {"m": model})


STUDY = study()


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "y": np.clip(rng.normal(50, 60, 60), 0, 100),
            "x": rng.normal(200, 30, 60),
            "kind": np.resize(["a", "b", "c"], 60),
            "place": np.resize(["n", "s"], 60),
        }
    )


def design(tmp_path: Path, table: pd.DataFrame, text: str = STUDY) -> Design:
    return own(tmp_path, text, table).design


def test_columns_are_in_contrasts_centred_and_relative_to_the_reference(tmp_path: Path) -> None:
    table = frame()
    made = design(tmp_path, table)
    np.testing.assert_allclose(made.x[:, 0], (table["x"] - table["x"].mean()) / 10)
    assert [column.label for column in made.controls] == ["kind[a]", "kind[c]"]
    assert [column.contrast for column in made.controls] == ["b -> a", "b -> c"]
    np.testing.assert_allclose(made.z.mean(axis=0), 0, atol=1e-12)
    assert made.limits == (0, 100)
    assert made.groups["place"].levels == ("n", "s")


def test_rows_with_a_missing_covariate_are_lost_and_counted(tmp_path: Path) -> None:
    table = frame()
    table.loc[:4, "x"] = np.nan
    table.loc[5:6, "y"] = np.nan
    made = design(tmp_path, table)
    assert (len(made.units), made.rows_lost, made.rows_unanswered) == (53, 5, 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"y": 40.0}, "the one value 40 in all 60 rows"),
        ({"place": "n"}, "the one level 'n'"),
        ({"x": 3.0}, "the one value 3 everywhere"),
        ({"kind": "a"}, "1 level"),
        ({"x": np.nan}, "0 usable rows"),
    ],
)
def test_what_does_not_vary_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match="expected") as caught:
        design(tmp_path, frame().assign(**change))
    assert said in str(caught.value)


def test_faults_are_reported_together(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        design(tmp_path, frame().assign(y=40.0, place="n"))
    assert len(caught.value.problems) == 2


def test_reserved_group_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a reserved name"):
        design(tmp_path, frame().assign(cell=["a", "b"] * 30), study(groups=["cell"]))


def test_a_group_may_be_missing_from_a_file_that_may_lack_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="group 'cell'"):
        design(tmp_path, frame(), study(groups=["cell"]))


def test_a_numeric_code_groups_too(tmp_path: Path) -> None:
    table = frame().assign(place=np.resize([1.0, 2.0, np.nan, 1.0, 2.0], 60))
    made = design(tmp_path, table, study(place=number("Place")))
    assert made.groups["place"].levels == ("1", "2")
    assert made.rows_lost == 12


def test_levels_of_an_exhaustive_group_are_controls_of_a_single_equation_whatever_their_codes(tmp_path: Path) -> None:
    table = frame().assign(place=np.resize([1.0, 2.0, 3.0], 60))
    given = own(tmp_path, study(place=number("Place", exhaustive=True)), table)
    made, _ = design_of(given.loaded, None, single_level=True)
    # Three levels are two dummies, not a slope.
    assert [column.label for column in made.controls] == ["kind[a]", "kind[c]", "place[2]", "place[3]"]
    assert [column.contrast for column in made.controls[2:]] == ["1 -> 2", "1 -> 3"]
    for column, level in zip(made.controls[2:], (2.0, 3.0), strict=True):
        np.testing.assert_array_equal(column.values, (table["place"] == level).astype(float))
    assert (made.groups, list(made.clusters), made.unit_intercept) == ({}, ["place"], False)
    np.testing.assert_array_equal(made.y, given.design.y)


def test_a_bernoulli_outcome_must_be_zero_or_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 and 1 for the family 'bernoulli'"):
        design(tmp_path, frame(), study(family="bernoulli"))


def test_limits_stand_in_one_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one pair of limits"):
        design(tmp_path, frame(), study(limits=[0, np.inf]))


def test_a_tobit_needs_a_range_to_scale_its_priors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="priors are written in hundredths of it"):
        design(tmp_path, frame(), study(y={"limits": [0, np.inf]}))


def test_not_offered_counts_as_zero_or_is_left_out() -> None:
    from fits.loaded import Loaded, prepare
    from models.spec import ModelSpec, read_against

    left_out = case("peer_tobit")
    spec = ModelSpec(**{**left_out.loaded.reading.spec.__dict__, "not_offered": "zero"})
    codebook = left_out.loaded.codebook
    reading = read_against(spec, codebook)
    counted, _, _ = prepare(Loaded(codebook, reading, left_out.loaded.priors, left_out.loaded.dataset), None)
    offered = left_out.loaded.dataset["availability"].to_numpy()
    assert len(left_out.design.y) == int((offered == 1).sum())
    assert len(counted.y) == offered.size
    assert (counted.y == 0).sum() == (left_out.design.y == 0).sum() + int((offered == 0).sum())
