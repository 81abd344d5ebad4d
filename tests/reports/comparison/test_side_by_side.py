"""Effects of several fits: what is shared, the signs and sizes of differences, maximum likelihood beside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from data.disclosure import Count
from data.errors import InputError
from fits.effects.asymptotic import Asymptotic
from fits.effects.averages import average_contrasts, place_of
from fits.effects.contrasts import contrasts_of
from fits.effects.effect_table import POOLED, Effect, EffectTable
from fits.effects.effects_of_fit import Question
from fits.effects.summary import Summary
from fits.fit_with_study import Evidence
from models.family import Family
from reports.comparison.common_effects import Shared
from reports.comparison.side_by_side import SideBySide
from tests.fakes import made
from tests.reports.comparison._compare_fakes import HOSTILE, evidence, fake, write_study

SHIFT = 2.0


@pytest.fixture(scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Evidence]:
    home = tmp_path_factory.mktemp("fits")
    study = write_study(home / "study", home=home)
    named = {
        "A": fake("first", **study),
        "B": fake("moved", shift=SHIFT, **study),
        "C": fake("one", service="y", **study),
        "D": made(engine="mle", **study),
        "E": fake("bare", model="bare", **study),
        "F": fake("may", model="may", **study),
    }
    return {label: evidence(fit) for label, fit in named.items()}


def of(fits: dict[str, Evidence], labels: str, **wanted: Any) -> SideBySide:
    return SideBySide.of({label: fits[label] for label in labels}, **wanted)


def draws(one: Evidence, service: str) -> np.ndarray:
    """Average changes under every draw, made a second time."""
    scale = one.family.scales_within(one.design.limits)["expected"]
    contrasts = contrasts_of(one.design, one.dataset, one.codebook)
    with one.posterior() as posterior:
        found = average_contrasts(
            posterior, one.design, one.family, contrasts=contrasts, scales=(scale,), place=place_of("these", one.design)
        )
    return np.asarray(found["expected"]["change"].sel(service=service, exposure="yes").to_numpy()).ravel()


def test_numbers_are_those_of_each_fit_alone(fits: dict[str, Evidence]) -> None:
    side = of(fits, "AB")
    for label in "AB":
        one = fits[label]
        scale = one.family.scales_within(one.design.limits)["expected"]
        (table,) = one.tables(Question(scales=(scale,)))
        assert {row.service: row.entries[label].said for row in side.rows} == {
            row.service: row.change for row in table.rows
        }
    assert [row.service for row in side.rows] == ["y", HOSTILE, POOLED]


def test_a_difference_is_the_other_less_the_first_in_its_unit_and_in_sd(fits: dict[str, Evidence]) -> None:
    row = of(fits, "AB").rows[0]
    first, moved = draws(fits["A"], "y"), draws(fits["B"], "y")
    found = row.entries["B"].difference
    assert row.entries["A"].difference is None
    assert found is not None
    assert found.value == pytest.approx(moved.mean() - first.mean())
    assert found.value > 0.0
    assert found.sds == pytest.approx(found.value / first.std(ddof=1))
    errors = [entry.said.mcse for entry in row.entries.values() if isinstance(entry.said, Summary)]
    assert found.error == pytest.approx(math.hypot(*errors))
    back = of(fits, "BA").rows[0].entries["A"].difference
    assert back is not None
    assert back.value == pytest.approx(-found.value)
    assert back.sds == pytest.approx(-found.value / moved.std(ddof=1))


def test_overlap_is_of_these_very_draws(fits: dict[str, Evidence]) -> None:
    def overlap(labels: str) -> float:
        found = of(fits, labels).rows[0].entries[labels[1]].difference
        assert found is not None
        assert found.overlap is not None
        return found.overlap.value

    first, moved = draws(fits["A"], "y"), draws(fits["B"], "y")
    edges = np.histogram_bin_edges(np.concatenate([first, moved]), 25)
    shares = [np.histogram(values, edges)[0] / values.size for values in (first, moved)]
    assert overlap("AB") == pytest.approx(np.minimum(*shares).sum(), abs=0.05)  # 25 bins of 1,000 draws
    again = {"A": fits["A"], "Z": fits["A"]}
    same = SideBySide.of(again).rows[0].entries["Z"].difference
    assert same is not None
    assert same.overlap is not None
    assert (same.value, same.overlap.value) == (0.0, pytest.approx(1.0))


def test_what_fits_do_not_share_is_named_and_not_compared(fits: dict[str, Evidence]) -> None:
    side = of(fits, "AC")
    assert [row.service for row in side.rows] == ["y"]
    assert side.unshared == (f"Only in A: service {HOSTILE}.",)
    side = of(fits, "ABC")
    assert [tuple(row.entries) for row in side.rows] == [("A", "B", "C"), ("A", "B"), ("A", "B")]
    assert side.unshared == (f"Only in A, B: service {HOSTILE}.",)
    side = of(fits, "AE")
    assert side.rows == ()
    assert side.unshared == ("Only in A: exposure yes.", "Only in E: exposures kind[b], kind[c].")


def test_maximum_likelihood_takes_part_with_its_wald_interval(fits: dict[str, Evidence]) -> None:
    row = of(fits, "AD").rows[0]
    said, found = row.entries["D"].said, row.entries["D"].difference
    assert isinstance(said, Asymptotic)
    assert found is not None
    assert found.overlap is None
    first = row.entries["A"].said
    assert isinstance(first, Summary)
    assert found.value == pytest.approx(said.estimate - first.mean)
    assert found.error == first.mcse
    assert found.text[2] == ""
    turned = of(fits, "DA").rows[0].entries["A"].difference
    assert turned is not None
    assert turned.sds == pytest.approx(-found.value / said.error)


def test_a_scale_must_be_one_of_all(fits: dict[str, Evidence]) -> None:
    with pytest.raises(InputError, match=r"no scale that all have: A has expected, latent.*; F has probability"):
        of(fits, "AF")
    with pytest.raises(InputError, match=r"expected a known scale of all these fits. Did you mean 'at_lower'"):
        of(fits, "AB", scale="at_lowr")
    assert of(fits, "AB", scale="at_lower").unit == "probability"


def test_a_target_that_a_fit_has_not_is_refused(fits: dict[str, Evidence]) -> None:
    with pytest.raises(InputError, match=r"'new' of a model without groups"):
        of(fits, "AD", target="new")


def table(contrasts: dict[str, str], services: tuple[str, ...]) -> EffectTable:
    scale = Family.find("tobit").scales_within((0.0, 10.0))["expected"]
    rows = tuple(
        Effect(exposure, contrast, service, "", Count(50), None)
        for exposure, contrast in contrasts.items()
        for service in (*services, POOLED)
    )
    return EffectTable(scale, "points", "these", "these units", "", False, rows)


def test_contrasts_in_other_words_are_not_compared() -> None:
    found = Shared.of(
        {"A": table({"x": "+10 points", "w": "0 -> 1"}, ("y",)), "B": table({"x": "+1 sd", "w": "0 -> 1"}, ("y",))}
    )
    assert {place[0] for place in found.places} == {"w"}
    assert found.unshared == ("Exposure x: its contrasts differ and are not comparable (+10 points in A; +1 sd in B).",)


def test_means_over_other_services_are_not_compared() -> None:
    found = Shared.of({"A": table({"x": "0 -> 1"}, ("y", "z")), "B": table({"x": "0 -> 1"}, ("y", "u"))})
    assert [place[2] for place in found.places] == ["y"]
    assert "Means over services: B over other services than A." in found.unshared


def test_everything_is_there_as_plain_data(fits: dict[str, Evidence]) -> None:
    rows = of(fits, "AD").to_list()
    assert [row["fit"] for row in rows] == ["A", "D"] * 3
    assert {"mean", "mcse"} <= set(rows[0])
    assert "difference" not in rows[0]
    assert {"estimate", "error", "difference", "difference_mcse", "difference_in_sd"} <= set(rows[1])
    assert rows[1]["overlap"] is None
