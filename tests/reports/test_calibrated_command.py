"""The door `reports.calibrated`: records read again, and shapes of pooling beside one another."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from fits.calibration.beside import LIKELIHOOD, MEAN, Beside
from fits.calibration.compact import CompactRecord
from fits.calibration.recorded import read_record, shape_of
from fits.calibration.store import REQUEST, SIMULATIONS
from fits.effects.asymptotic import Asymptotic
from fits.effects.effect_table import POOLED
from fits.verdicts.rule import Rule
from models.calibrate import app as calibrate
from reports.calibrated import app
from reports.terminal.calibration_beside import markdown
from tests.running import called

SERVICES = ("condoms", "aftercare", "methadone")
RULE = Rule.read()
SIZES = (5.0, 8.0, 10.0, 15.0, 20.0)


def effect(
    service: str, true: float, mean: float, *, reach: float = 3.0, likely: float | None = None
) -> dict[str, Any]:
    """An effect whose 90 % interval is its mean and `reach`; maximum likelihood is `likely` with an error of 4."""
    ends = {"low_90": mean - reach, "high_90": mean + reach, "low_95": mean - 9, "high_95": mean + 9}
    estimate = true if likely is None else likely
    sure = {"above": 0.0, "below": 0.0, "within": float(abs(mean) + reach < 5)}
    p_value = Asymptotic.of(estimate, 4.0).p_value
    return {
        "exposure": "peer",
        "service": service,
        "true": true,
        "bayes": {"mean": mean, **ends, **sure},
        "ml": {"estimate": estimate, "error": 4.0, "p_value": p_value},
    }


def study(k: int, *effects: dict[str, Any]) -> dict[str, Any]:
    return {"k": k, "status": "passed", "first": "passed", "effects": list(effects)}


def record(scenario: str, *studies: dict[str, Any], pooling: str = "normal", **changes: Any) -> CompactRecord:
    weight = 0.8 if pooling == "mixture" else None
    head = {"stamp": f"SIMULATED DATA ({scenario})", "scenario": scenario, "name": f"m-{pooling}-{scenario}"}
    more = {"words": "whole studies", "model": "peer_tobit", "priors": "weak", "service": "", "scale": "points"}
    told = {"rule": "default", "smallest": 5.0, "pooling": pooling, "pooling_weight": weight, "request": {}}
    return CompactRecord({**head, **more, **told, **changes}, studies)


def one_real(by: float) -> tuple[dict[str, Any], ...]:
    """A study for each size; the real effect is pulled by `by` towards 0, and the others are 1 off."""
    return tuple(
        study(
            k,
            effect("condoms", size, size - by),
            effect("aftercare", 0.0, 1.0),
            effect("methadone", 0.0, -1.0, likely=10.0),
            effect(POOLED, size / 3, size / 3 + 0.5),
        )
        for k, size in enumerate(SIZES)
    )


SECOND = [{**effect(service, 0.0, 0.0), "exposure": "pcc"} for service in SERVICES]
NOTHING = (
    study(0, *SECOND, *(effect(one, 0.0, mean) for one, mean in zip(SERVICES, (4.0, 0.0, 0.0), strict=True))),
    study(1, *SECOND, *(effect(one, 0.0, 0.0) for one in SERVICES)),
)
ALL_FOUR = (study(0, *(effect(service, 4.0, 4.0 + off) for service, off in zip(SERVICES, (2, -2, 2), strict=True))),)


@pytest.fixture
def shapes() -> list[CompactRecord]:
    """Normal pooling is off by more where one service differs, and by less where all are alike."""
    worse = (study(0, *(effect(service, 4.0, 8.0) for service in SERVICES)),)
    return [
        record("one_real", *one_real(by=5.5)),
        record("null", *NOTHING),
        record("alike", *ALL_FOUR),
        record("one_real", *one_real(by=2.0), pooling="mixture"),
        record("alike", *worse, pooling="mixture"),
    ]


def test_numbers_of_each_shape_are_those_worked_out_by_hand(shapes: list[CompactRecord]) -> None:
    found = Beside.of(shapes, RULE)
    assert found.shapes == ("normal", "mixture .8", LIKELIHOOD)

    def value(shape: str, what: str, scenario: str, of: str = "") -> float:
        answer = found.answer(shape, what, scenario, of)
        assert answer is not None
        return answer.share.value

    for size in ("5", "8", "10", "15", "20"):
        assert value("normal", "90 % coverage", "one_real", size) == 0.0
        assert value("mixture .8", "90 % coverage", "one_real", size) == 1.0
        assert value(LIKELIHOOD, "90 % coverage", "one_real", size) == 1.0
    assert value("normal", "rmse", "one_real", "10") == pytest.approx(5.5)
    assert value("mixture .8", "rmse", "one_real", "10") == pytest.approx(2.0)
    assert value("normal", "called in its direction", "one_real", "10") == 1.0  # 4.5 +- 3
    assert value("normal", "practically none", "one_real", "8") == 0.0  # 2.5 +- 3 reaches 5.5
    assert value("normal", "rmse", "one_real", "0") == pytest.approx(1.0)
    assert value("normal", "90 % coverage", "one_real", "0") == 1.0
    assert value("normal", "rmse", "one_real", MEAN) == pytest.approx(0.5)
    assert value(LIKELIHOOD, "rmse", "one_real", "0") == pytest.approx(50**0.5)  # 0 and 10
    assert value("normal", "rmse", "alike") == pytest.approx(2.0)
    assert value("mixture .8", "rmse", "alike") == pytest.approx(4.0)
    assert value("normal", "width of 90 % intervals", "alike") == pytest.approx(6.0)
    assert (
        value("normal", "any false direction of an exposure", "null") == 0.25
    )  # 4 +- 3, one of two exposures in one study
    # 10 with an error of 4 is called where there is nothing, in every study, beside the real one where that is called
    assert value(LIKELIHOOD, "false among directions called", "one_real") == pytest.approx(5 / (5 + 4))
    assert found.answer("mixture .8", "any false direction of an exposure", "null", "") is None
    assert found.simulations == {
        "normal": {"one_real": 5, "null": 2, "alike": 1},
        "mixture .8": {"one_real": 5, "alike": 1},
    }


def test_practically_none_is_the_rules_verdict_and_for_likelihood_two_tests() -> None:
    none = (study(0, effect("condoms", 10.0, 0.0, likely=0.0), effect("aftercare", 0.0, 0.0)),)
    found = Beside.of([record("one_real", *none)], RULE)
    (bayes,) = [one for one in found.answers if (one.shape, one.what, one.of) == ("normal", "practically none", "10")]
    assert bayes.share.value == 1.0
    likely = found.answer(LIKELIHOOD, "practically none", "one_real", "10")
    assert likely is not None
    assert likely.share.value == 0.0  # 0 +- 6.6 is not within 5


def test_the_markdown_table_has_a_row_for_each_shape(shapes: list[CompactRecord]) -> None:
    heading, _, *rows = markdown(Beside.of(shapes, RULE)).splitlines()
    assert heading.startswith("| shape | 5 / 8 / 10 / 15 / 20 points | rmse at 10 | called in its direction at 10 | ")
    assert [row.split(" | ")[0] for row in rows] == ["| normal", "| mixture .8", f"| {LIKELIHOOD}"]
    assert rows[1].startswith("| mixture .8 | 100 % / 100 % / 100 % / 100 % / 100 % | 2 | 100 % | 0 % / 0 % | 1 | ")
    assert {row.count("|") for row in (heading, *rows)} == {11}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pooling": "normal"}, "records of one_real: got two with pooling 'normal'; expected one of each shape"),
        ({"pooling": "student", "model": "peer_logit"}, "model of the records: got peer_tobit, peer_logit"),
        ({"pooling": "student", "smallest": 3.0}, "smallest of the records: got 5.0, 3.0"),
    ],
)
def test_records_that_cannot_stand_in_one_table_are_refused(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    paths = stored(tmp_path, record("one_real", *one_real(1.0)), record("one_real", *one_real(1.0), **changes))
    result = asked("--beside", *paths, code=2)
    assert said in " ".join(result.stderr.split())


def stored(folder: Path, *records: CompactRecord) -> list[Path]:
    paths = []
    for k, one in enumerate(records):
        paths.append(folder / f"{k}.jsonl.gz")
        paths[-1].write_bytes(one.to_bytes())
    return paths


def asked(*arguments: object, code: int | None = 0) -> Result:
    return called(app, *arguments, columns=100, code=code)


def test_shapes_are_printed_beside_one_another_and_written(shapes: list[CompactRecord], tmp_path: Path) -> None:
    paths = stored(tmp_path, *shapes)
    said = asked("--beside", *paths, "--out", tmp_path / "out").stdout
    assert "SIMULATED DATA" in said
    assert "one service differs" in said
    assert "mixture .8" in said
    text = (tmp_path / "out" / "calibrations-beside.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert {row["shape"] for row in rows} == {"normal", "mixture .8", LIKELIHOOD}
    assert all(row["stamp"].startswith("SIMULATED DATA") for row in rows)
    told = json.loads(asked("--beside", *paths, "--json").stdout)
    assert len(told["rows"]) == len(rows)
    assert asked("--markdown", *paths).stdout.startswith("| shape |")


def test_a_rule_of_another_smallest_effect_is_refused(tmp_path: Path) -> None:
    (path,) = stored(tmp_path, record("one_real", *one_real(1.0), smallest=3.0))
    for more in ([], ["--beside"]):
        result = asked(path, *more, code=2)
        assert "a smallest effect of 5, where the probabilities stored are of 3" in " ".join(result.stderr.split())


def test_the_weight_belongs_to_a_mixture_alone() -> None:
    assert shape_of({"pooling": "mixture", "pooling_weight": 0.5}) == "mixture .5"
    assert shape_of({"pooling": "student", "pooling_weight": None}) == "student"


def test_a_folder_of_stored_simulations_names_its_shape(tmp_path: Path) -> None:
    request = {"model": "peer_tobit", "priors": "weak", "study": "ndatss", "service": "", "scenario": "one_real"}
    for pooling, shape in (({}, "normal"), ({"pooling": "mixture", "pooling_weight": 0.5}, "mixture .5")):
        (tmp_path / REQUEST).write_text(json.dumps({**request, "smallest": 5.0, **pooling}), encoding="utf-8")
        lines = "".join(json.dumps(one) + "\n" for one in one_real(1.0))
        (tmp_path / SIMULATIONS).write_text(lines + '{"k": 5, "st', encoding="utf-8")  # one is being written
        found = read_record(tmp_path)
        assert shape_of(found.head) == shape
        assert found.head["scale"] == "points"
        assert found.records == one_real(1.0)


def test_a_calibration_is_computed_again_from_its_record_alone(tmp_path: Path) -> None:
    """The same tables, figures and numbers, from the files that it wrote and from the folder that it stored."""
    short = ["--draws", 100, "--tune", 150, "--chains", 2, "--sims", 2, "--n-units", 300]
    ask = ["peer_tobit", "--service", "condoms", "--scenario", "one_real", *short]
    name, store, out = "peer_tobit-weak-condoms-one_real-n300", tmp_path / "store", tmp_path / "out"
    first = called(calibrate, *ask, "--calibrations-dir", store, "--out", out, columns=100, code=0).stdout
    again = asked(out / f"{name}.jsonl.gz", "--out", tmp_path / "again").stdout
    folder = asked(store / name).stdout

    def tables(said: str) -> str:
        return said.partition("90 % posterior intervals")[2].partition("More --sims")[0]

    assert tables(first) == tables(again) == tables(folder) != ""
    written = tmp_path / "again" / name
    assert sorted(path.name for path in written.iterdir()) == sorted(path.name for path in out.iterdir())
    assert (written / f"{name}.jsonl.gz").read_bytes() == (out / f"{name}.jsonl.gz").read_bytes()
