"""A contrast moves a variable, and with it every column made of it, exactly as a design rebuilt by hand has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from fits.effects.contrasts import Contrast, contrasts_of
from models.design import Design
from tests.models._prepare import Case, case, own
from tests.small_study import binary, category, codebook, number

Term = str | dict[str, str]

VARIABLES = {
    "hours": number("Hours", range=[0, 100], limits=[0, 100]),
    "exper": number("Experience", unit="years", contrast=5),
    "educ": number("Schooling", unit="years", contrast="iqr"),
    "age": number("Age", contrast="sd"),
    "wage": number("Wage", unit="dollars", contrast="iqr"),
    "city": binary("Lives in a city"),
    "kind": category("Kind of work", reference="b"),
}


def declared(exposures: list[Term], controls: list[Term]) -> str:
    m = {"family": "tobit", "outcome": "hours", "exposures": exposures, "controls": controls}
    return codebook(VARIABLES, {"m": m})


SQUARE = {"variable": "exper", "transform": "square"}
LOG = {"variable": "wage", "transform": "log"}
KIND_FROM_C = {"variable": "kind", "reference": "c"}


def frame() -> pd.DataFrame:
    """Some rows are not usable; quartiles and standard deviations are of all that is known."""
    rng = np.random.default_rng(8)
    table = pd.DataFrame(
        {
            "hours": np.clip(rng.normal(40.0, 40.0, 90), 0.0, 100.0),
            "exper": rng.integers(0, 30, 90).astype(float),
            "educ": rng.integers(8, 19, 90).astype(float),
            "age": rng.normal(42.0, 9.0, 90).round(1),
            "wage": np.exp(rng.normal(2.0, 0.6, 90)).round(2),
            "city": rng.integers(0, 2, 90).astype(float),
            "kind": np.resize(["a", "b", "c", "d"], 90),
        }
    )
    table.loc[:4, "hours"] = np.nan
    table.loc[5:9, "age"] = np.nan
    return table


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Case]:
    def make(exposures: list[Term], controls: list[Term]) -> Case:
        return own(tmp_path, declared(exposures, controls), frame())

    return make


def of(given: Case, *exposures: str) -> dict[str, Contrast]:
    found = contrasts_of(given.design, given.loaded.dataset, given.loaded.codebook, exposures=exposures)
    assert len({one.label for one in found}) == len(found)
    return {one.label: one for one in found}


def moved(design: Design, shift: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every column of the design after a move, in contrasts and centred where the design is."""
    labels = [column.label for column in (*design.exposures, *design.controls)]
    assert set(shift) <= set(labels)
    columns = dict(zip(labels, np.column_stack([design.x, design.z]).T, strict=True))
    return {label: columns[label] + shift.get(label, 0.0) for label in labels}


def check(design: Design, one: Contrast, *, low: dict[str, np.ndarray], high: dict[str, np.ndarray]) -> None:
    """Both ends are these values of these columns, in the column's unit; every other column stays."""
    for shift, values in ((one.low, low), (one.high, high)):
        after = moved(design, shift)
        for column in (*design.exposures, *design.controls):
            wanted = values.get(column.label, column.values) / column.step - column.values.mean() / column.step
            # A difference of numbers of a few contrasts, taken in another order.
            np.testing.assert_allclose(after[column.label], wanted, rtol=0, atol=1e-12, err_msg=column.label)


def kept(design: Design, name: str) -> np.ndarray:
    return frame()[name].to_numpy()[design.units]


def test_yes_or_no_goes_from_0_to_1_for_every_unit() -> None:
    given = case("peer_tobit")
    columns = {column.label: column for column in given.design.exposures}
    for label in ("peer_influence", "peer_senior"):
        one = of(given)[label]
        assert one.words == "0 -> 1"
        assert set(one.low) == set(one.high) == {label}
        assert set(np.unique(columns[label].values)) == {0.0, 1.0}
        np.testing.assert_array_equal(columns[label].values + one.low[label], np.zeros(len(given.design.units)))
        np.testing.assert_array_equal(columns[label].values + one.high[label], np.ones(len(given.design.units)))


def test_a_step_is_added_to_what_each_unit_has() -> None:
    given = case("peer_tobit")
    one = of(given)["lived_experience_share"]
    assert one.words == "+10 percent of staff"
    has = given.loaded.dataset["lived_experience_share"].to_numpy()[given.design.units]
    check(given.design, one, low={one.label: has}, high={one.label: has + 10.0})
    assert not np.any(one.low[one.label])


def test_a_standard_deviation_is_that_of_the_study(made: Callable[..., Case]) -> None:
    given = made(["age"], [])
    one, has = of(given)["age"], kept(given.design, "age")
    assert len(has) == 80
    check(given.design, one, low={"age": has}, high={"age": has + frame()["age"].std()})
    assert one.words == f"+1 sd ({frame()['age'].std():.2g} units)"
    # Of the usable rows alone it is another one, so that the two cannot be mistaken.
    assert abs(has.std(ddof=1) - frame()["age"].std()) > 1e-3


def test_quartiles_are_fixed_ends_for_every_unit(made: Callable[..., Case]) -> None:
    given = made(["educ", "city"], ["age"])
    one, count = of(given)["educ"], len(given.design.units)
    first, third = frame()["educ"].quantile([0.25, 0.75])
    check(given.design, one, low={"educ": np.full(count, first)}, high={"educ": np.full(count, third)})
    assert one.words == f"lower -> upper quartile ({third - first:.2g} years)"


def test_quartiles_that_coincide_give_way_to_a_standard_deviation_in_word_and_deed(tmp_path: Path) -> None:
    table = frame().assign(educ=np.where(np.arange(90) % 9 == 0, 16.0, 12.0))
    given = own(tmp_path, declared(["educ"], []), table)
    one, has = of(given)["educ"], table["educ"].to_numpy()[given.design.units]
    check(given.design, one, low={"educ": has}, high={"educ": has + table["educ"].std()})
    assert "quartile" not in one.words


def test_a_category_goes_from_its_reference_to_each_level(made: Callable[..., Case]) -> None:
    for term, reference in (("kind", "b"), (KIND_FROM_C, "c")):
        given = made([term], ["age"])
        found, count = of(given), len(given.design.units)
        levels = [level for level in "abcd" if level != reference]
        assert list(found) == [f"kind[{level}]" for level in levels]
        nobody = {f"kind[{level}]": np.zeros(count) for level in levels}
        for level in levels:
            one = found[f"kind[{level}]"]
            assert one.words == f"{reference} -> {level}"
            check(given.design, one, low=nobody, high={**nobody, one.label: np.ones(count)})


@pytest.mark.parametrize(
    ("exposures", "controls"),
    [(["exper", SQUARE], []), (["exper"], [SQUARE]), ([SQUARE], ["exper"])],
    ids=["both exposures", "square a control", "square the exposure"],
)
def test_a_variable_and_its_square_move_together(
    made: Callable[..., Case], exposures: list[Term], controls: list[Term]
) -> None:
    given = made(exposures, controls)
    has = kept(given.design, "exper")
    assert list(of(given)) == ["exper"]
    one = of(given, "exper")["exper"]
    assert one.words == "+5 years"
    check(
        given.design,
        one,
        low={"exper": has, "exper^2": has**2},
        high={"exper": has + 5.0, "exper^2": (has + 5.0) ** 2},
    )
    # Beside the curve a unit with more of it moves further: the square's move differs over units.
    (square,) = [c for c in (*given.design.exposures, *given.design.controls) if c.label == "exper^2"]
    assert np.ptp(one.high["exper^2"]) * square.step > 100.0


def test_a_variable_and_its_standardised_self_move_together(made: Callable[..., Case]) -> None:
    given = made(["exper", {"variable": "exper", "transform": "standardise"}], ["age"])
    has, like = kept(given.design, "exper"), frame()["exper"]
    low, high = (
        {"exper": values, "exper (standardised)": (values - like.mean()) / like.std()} for values in (has, has + 5.0)
    )
    check(given.design, of(given)["exper"], low=low, high=high)


def test_columns_without_the_plain_one_move_by_a_standard_deviation_of_the_variable(made: Callable[..., Case]) -> None:
    given = made([LOG, {"variable": "wage", "transform": "square"}], ["age"])
    has = kept(given.design, "wage")
    more = has + frame()["wage"].std()
    one = of(given, "wage")["wage"]
    assert one.words == "+1 sd"
    low = {"log wage": np.log(has), "wage^2": has**2}
    check(given.design, one, low=low, high={"log wage": np.log(more), "wage^2": more**2})


def test_a_transformed_variable_alone_moves_on_its_own_scale(made: Callable[..., Case]) -> None:
    for term, label, values in (
        (LOG, "log wage", np.log(frame()["wage"])),
        ({"variable": "wage", "transform": "log1p"}, "log1p wage", np.log1p(frame()["wage"])),
        (
            {"variable": "wage", "transform": "standardise"},
            "wage (standardised)",
            (frame()["wage"] - frame()["wage"].mean()) / frame()["wage"].std(),
        ),
    ):
        given = made([term], ["age"])
        one, has = of(given)[label], values.to_numpy()[given.design.units]
        check(given.design, one, low={label: has}, high={label: has + values.std()})
        size, unit = f"{values.std():.2g}", label.replace("wage", "dollars")
        assert one.words == ("+1 sd" if "standardised" in label else f"+1 sd ({size} {unit})")
        # The variable's own name finds it too.
        assert list(of(given, "wage")) == list(of(given, label)) == [label]


def test_a_transformed_variable_alone_has_quartiles_of_its_own_scale(made: Callable[..., Case]) -> None:
    given = made([{**LOG, "contrast": "iqr"}], ["age"])
    first, third = np.log(frame()["wage"]).quantile([0.25, 0.75])
    count = len(given.design.units)
    check(
        given.design,
        of(given)["log wage"],
        low={"log wage": np.full(count, first)},
        high={"log wage": np.full(count, third)},
    )


def test_a_standardised_yes_or_no_says_that_it_moves_by_a_standard_deviation(made: Callable[..., Case]) -> None:
    given = made([{"variable": "city", "transform": "standardise"}], ["age"])
    (one,) = of(given).values()
    np.testing.assert_allclose(one.high[one.label] - one.low[one.label], 1.0)
    assert one.words == "+1 sd"


def test_exposures_are_picked_by_label_or_by_variable() -> None:
    given = case("peer_adoption")
    unit_types = ["unit_type[outpatient_otp]", "unit_type[inpatient]", "unit_type[residential]"]
    assert list(of(given, "unit_type")) == unit_types
    assert list(of(given, unit_types[1])) == [unit_types[1]]
    # In the model's order, whatever the order of asking.
    assert list(of(given, "twelve_step", "unit_type[residential]", "ownership")) == [
        "unit_type[residential]",
        "ownership[public]",
        "ownership[for_profit]",
        "twelve_step",
    ]
    assert list(of(given)) == [column.label for column in given.design.exposures]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("unit_typ[residential]", r"exposure: got 'unit_typ\[residential\]'.*Did you mean 'unit_type\[residential\]'"),
        ("twelve_steps", r"Did you mean 'twelve_step'\?"),
        ("alcohol_share", r"got 'alcohol_share'; expected a known exposure"),
    ],
)
def test_an_unknown_exposure_names_the_nearest(asked: str, text: str) -> None:
    with pytest.raises(InputError, match=text):
        of(case("peer_adoption"), "twelve_step", asked)
