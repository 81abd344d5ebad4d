"""The ladder: from maximum likelihood to the full model, and which step moved the answer."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import Result

from fits import ladder_steps, produce
from fits.effects import answer
from fits.effects.asymptotic import Asymptotic
from fits.effects.summary import Summary
from fits.ladder import Ladder, Rung
from fits.ladder_steps import Step, steps_of
from fits.loaded import load
from fits.plan import FitPlan
from fits.reload import reload
from fits.storage.fit import Fit
from models.ladder import app
from tests.making import plan_of
from tests.running import called, python, raising
from tests.small_study import binary, category, codebook, number, write

PERCENT = {"unit": "percent of patients", "limits": [0, 100]}

OWN = codebook(
    {
        "north": number("First outcome", **PERCENT),
        "south": number("Second outcome", **PERCENT),
        "dose": binary("Exposure"),
        "size": category("Another exposure, of three levels", reference="small"),
        "region": category("Region"),
    },
    {
        "doses": {
            "title": "Outcomes by dose",
            "family": "tobit",
            "outcome": ["north", "south"],
            "exposures": ["dose", "size"],
            "groups": ["region"],
        }
    },
)

STEPS = [
    "maximum likelihood, a single equation",
    "the same equation with priors",
    "pooling over region",
    "pooling over 2 services",
    "rival likelihood: gaussian",
    "rival likelihood: ordered_beta",
    "rival likelihood: student_tobit",
]
FITS = [
    "doses-mle-own-north",
    "doses-weak-own-north-single_level",
    "doses-weak-own-north",
    "doses-weak-own",
    "doses-weak-own-gaussian",
    "doses-weak-own-ordered_beta",
    "doses-weak-own-student_tobit",
]
BOTH = (0.0, 100.0)


def frame() -> pd.DataFrame:
    rng, cells = np.random.default_rng(3), 160
    region, dose = np.arange(cells) % 8, rng.integers(0, 2, cells)
    index = 55 + 12 * dose + rng.normal(0, 12, 8)[region]
    made = {name: np.clip(index + rng.normal(0, 30, cells), 0, 100).round(1) for name in ("north", "south")}
    made["north"][5:25] = made["south"][100:130] = np.nan
    size = rng.choice(["small", "middle", "large"], cells)
    return pd.DataFrame({**made, "dose": dose, "size": size, "region": [f"R{number}" for number in region]})


def own(folder: Path, data: pd.DataFrame) -> FitPlan:
    return plan_of(model="doses", **write(folder, OWN, data), draws=120, tune=200, chains=2)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> FitPlan:
    return own(tmp_path_factory.mktemp("own"), frame())


def home_of(plan: FitPlan) -> Path:
    assert plan.data is not None
    return plan.data.parent / "fits"


def asked(plan: FitPlan, *options: str, service: str = "north") -> Result:
    """Climb to the fit of a plan, whose folder of stored fits lies beside its data."""
    given = ["--exposure", "dose", "--service", service, *plan.words(home_of(plan)), *options]
    return called(app, plan.model, *given, columns=200, code=None)


@pytest.fixture(scope="module")
def climbed(plan: FitPlan) -> Path:
    """Everything climbed once; the fits and the files are in folders beside each other."""
    out = home_of(plan).parent / "out"
    assert asked(plan, "--out", str(out)).exit_code in {0, 3}  # so few draws may fail
    return out


def steps(out: Path) -> Any:
    return json.loads((out / "ladder.json").read_text(encoding="utf-8"))


def test_steps_are_in_order_and_each_has_a_fit_of_its_own(plan: FitPlan, climbed: Path) -> None:
    found = steps(climbed)["steps"]
    assert [step["step"] for step in found] == STEPS
    assert [step["fit"] for step in found] == FITS
    assert [path.name for path in Fit.stored(home_of(plan))] == sorted(FITS)
    quantities = {step["step"]: step["quantity"] for step in found}
    assert quantities.pop("rival likelihood: gaussian") == "E[y], limits ignored"
    assert set(quantities.values()) == {"E[y], limits included"}
    for step in found:
        assert (step["exposure"], step["contrast"], step["service"]) == ("dose", "0 -> 1", "north")
        assert step["unit"] == "points (percent of patients)"
        assert step["status"] == Fit.read(step["fit"], home_of(plan)).manifest.status
        assert step["words"] == ""


def test_each_step_reads_its_own_fit(plan: FitPlan, climbed: Path) -> None:
    found = steps(climbed)["steps"]
    for step in found:
        asked = answer.EffectsQuestion(scales=("expected",), exposures=("dose",), services=("north",))
        (table,) = answer.tables_of(reload(Fit.read(step["fit"], home_of(plan))), asked)
        effect = table.rows[0].change
        assert [step["centre"], step["low"], step["high"]] == pytest.approx([effect.mean, effect.low, effect.high])
        assert table.rows[0].units.n == 140  # the same at every step: those that answer, though others answer south
    assert len({step["centre"] for step in found}) == len(found)


def test_moves_are_from_the_step_before_and_of_a_rival_from_the_full_model(climbed: Path) -> None:
    told = steps(climbed)
    centre = [step["centre"] for step in told["steps"]]
    moved = [None, *np.diff(centre[:4]), *(np.array(centre[4:]) - centre[3])]
    assert told["steps"][0]["moved"] is None
    assert [step["moved"] for step in told["steps"][1:]] == pytest.approx(moved[1:], rel=1e-12)
    most = int(np.argmax(np.abs(moved[1:]))) + 1
    way = "up" if moved[most] > 0 else "down"
    words = f"{STEPS[most]} ({abs(moved[most]):.2g} points {way})"
    # 500 draws may not tell the first from the second.
    assert told["largest"].split(": ", 1)[1].startswith(words)


def test_files_hold_the_steps(climbed: Path) -> None:
    assert sorted(path.name for path in climbed.iterdir()) == ["ladder.csv", "ladder.json", "ladder.svg"]
    with (climbed / "ladder.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = steps(climbed)
    assert (found["simulated"], found["stamp"]) == (False, "")
    told = [(row["stamp"], row["step"], float(row["centre"])) for row in rows]
    assert told == [("", step["step"], step["centre"]) for step in found["steps"]]
    figure = (climbed / "ladder.svg").read_text(encoding="utf-8")
    for step in STEPS:
        assert step in figure
    assert "dose (0 -&gt; 1) on north" in figure
    assert "SIMULATED" not in figure


def test_a_second_run_makes_no_fit(plan: FitPlan, climbed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("estimated", "sampled"):
        monkeypatch.setattr(produce, name, raising(AssertionError("fitted again")))
    assert json.loads(asked(plan, "--json").stdout) == steps(climbed)
    assert str(asked(plan, service="south").exception) == "fitted again"


def test_the_table_for_people(plan: FitPlan, climbed: Path) -> None:
    out = asked(plan, "--errors", "region").stdout
    assert "dose: 0 -> 1, on north" in out
    assert "Average change of E[y], limits included, points (percent of patients); the same units at every step" in out
    lines = [line for line in out.splitlines() if line.startswith(tuple(STEPS))]
    assert [line.split("  ")[0].split(" (")[0].strip() for line in lines[: len(STEPS)]] == STEPS
    assert "SIMULATED" not in out
    first = answer.EffectsQuestion(exposures=("dose",), errors="region")
    (table,) = answer.tables_of(reload(Fit.read(FITS[0], home_of(plan))), first)
    assert table.rows[0].change.text[1] in lines[0]  # clustered as was asked


def words(found: Iterable[Step]) -> list[str]:
    return [step.words for step in found]


def test_a_rival_without_the_scale_or_for_other_limits_is_left_out(plan: FitPlan) -> None:
    reading = load(plan).reading

    def rivals(limits: tuple[float, float], scale: str | None = None) -> list[str]:
        steps = words(steps_of(plan, reading, limits=limits, service="north", scale=scale))
        assert steps[:4] == STEPS[:4]
        return [step.removeprefix("rival likelihood: ") for step in steps[4:]]

    assert rivals(BOTH) == ["gaussian", "ordered_beta", "student_tobit"]
    assert rivals(BOTH, "at_lower") == ["ordered_beta", "student_tobit"]
    assert rivals(BOTH, "latent") == ["gaussian", "student_tobit"]  # the other's index is in logits
    assert rivals((0.0, np.inf)) == ["gaussian", "student_tobit"]


def test_a_rival_that_the_prior_set_says_nothing_of_is_left_out_before_any_fit(
    plan: FitPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "older.toml"
    whole = Path("priors/weak.toml").read_text(encoding="utf-8")
    older.write_text(whole.partition("[roles.cutpoints]")[0], encoding="utf-8")
    monkeypatch.setattr(ladder_steps, "make", raising(AssertionError("fitted")))
    told = asked(replace(plan, priors=str(older)))
    assert str(told.exception) == "fitted"
    assert "Left out: rival likelihood: ordered_beta, as the prior set says nothing of cutpoints and" in told.stderr
    assert "Step 1 of 6" in told.stderr


def test_every_fit_shows_the_step_that_its_plan_makes_and_no_other(plan: FitPlan, climbed: Path) -> None:
    steps = steps_of(plan, load(plan).reading, limits=BOTH, service="north")
    requests = [Fit.read(name, home_of(plan)).manifest.request for name in FITS]
    for place, step in enumerate(steps):
        assert [step.shown_by(request) for request in requests] == [place == other for other in range(len(steps))]
    first = steps[0]
    of_all, of_south = (replace(requests[0], service=service) for service in ("", "south"))
    assert first.shown_by(of_all)  # an equation per service, whatever else is fitted
    assert not first.shown_by(of_south)
    shorter = replace(requests[3], settings={**requests[3].settings, "draws": 7})
    assert words(step for step in steps if step.shown_by(shorter)) == [STEPS[3]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--exposure doze --service north", "exposure: got 'doze'; expected a known exposure. Did you mean 'dose'?"),
        ("--exposure dose --service nord", "service: got 'nord'; expected a known service. Did you mean 'north'?"),
        ("--exposure dose", "--service: got nothing; expected one of north, south"),
        ("--exposure dose --service north --scale expekted", "Did you mean 'expected'? Known: across, at_lower"),
        ("--exposure dose --service north --scale probability", "got 'probability'; expected a known scale"),
        ("--exposure size --service north", "is several contrasts; expected one of size[large], size[middle]"),
        ("--exposure dose --service north --priors week", "Did you mean 'weak'"),
        ("--exposure dose --service north --errors regoin", "Did you mean 'region'"),
    ],
)
def test_bad_questions_exit_with_2_before_any_fit(plan: FitPlan, tmp_path: Path, options: str, said: str) -> None:
    study = ["doses", *plan.study_words(), "--fits-dir", str(tmp_path / "fits")]
    assert said in called(app, *study, *options.split(), "--draws", 5, "--tune", 5, code=2).stderr
    assert not (tmp_path / "fits").exists()


def test_the_command(plan: FitPlan, climbed: Path) -> None:
    words = [*plan.words(home_of(plan)), "--exposure", "dose", "--service", "north", "--json"]
    done = python("-m", "models.ladder", "doses", *words, code=None)
    assert done.returncode in {0, 3}, done.stderr
    assert json.loads(done.stdout) == steps(climbed)


def rung(step: str, mean: float, *, rival: bool = False, mcse: float = 1e-4, status: str = "passed") -> Rung:
    errors = dict.fromkeys(("mcse", "mcse_low", "mcse_high"), mcse)
    rest = dict.fromkeys(("ess_bulk", "ess_tail", "rhat"), 1.0)
    effect = Summary(mean=mean, low=mean - 1, high=mean + 1, positive=0.5, **errors, **rest)
    return Rung(step, f"fit of {step}", status, effect, rival)


def test_moves_that_monte_carlo_error_does_not_tell_apart_are_all_named() -> None:
    steps = [rung("mle", 10.0, mcse=0.1), rung("priors", 8.0, mcse=0.1), rung("groups", 9.9, mcse=0.1)]
    made = ladder(*steps, rung("services", 9.8, mcse=0.1))
    # The first two moves, -2 and 1.9, are each known to .14; the last is not near them.
    assert made.errors()[1:] == pytest.approx([0.1 * np.sqrt(2)] * 3)
    said = "Monte Carlo error does not tell apart which step moved the estimate most: "
    assert made.sentence == f"{said}priors (2 points down); groups (1.9 points up)."
    assert made.places() == (1, 1, 1, 1)


def test_a_step_whose_fit_failed_is_not_ranked() -> None:
    steps = [rung("mle", 10.0), rung("priors", 8.0), rung("groups", 20.0, status="failed"), rung("services", 9.0)]
    made = ladder(*steps, rung("rival", 90.0, rival=True, status="failed"))
    # Neither a step to a failed fit nor one from it, however far.
    assert [step.step for step, _, _ in made.ranked()] == ["priors"]
    assert made.sentence == "The step that moved the estimate most: priors (2 points down)."


def ladder(*rungs: Rung, unit: str = "points (percent of patients)") -> Ladder:
    return Ladder("dose", "0 -> 1", "north", "E[y]", unit, rungs)


def test_moves_by_hand() -> None:
    steps = [rung("mle", 10.0), rung("priors", 8.0), rung("groups", 9.5), rung("services", 9.0)]
    made = ladder(*steps, rung("first rival", 4.0, rival=True), rung("second rival", 9.2, rival=True))
    moves = made.moves()
    assert moves[0] is None
    # Both rivals against the full model, 9, and not against what stands above them.
    assert moves[1:] == pytest.approx((-2.0, 1.5, -0.5, -5.0, 0.2))
    largest = made.largest()
    assert largest is not None
    assert (largest[0].step, largest[1]) == ("first rival", -5.0)
    assert made.sentence == "The step that moved the estimate most: first rival (5 points down)."
    assert [row["moved"] for row in made.to_list()] == list(moves)


@pytest.mark.parametrize(
    ("values", "unit", "words"),
    [
        ((0.10, 0.1234), "probability", "b (2.3 points up)"),
        ((0.10, 0.0766), "probability", "b (2.3 points down)"),
        ((10.0, 12.34), "points (percent of patients)", "b (2.3 points up)"),
        ((730.0, 725.0), "hours", "b (5 hours down)"),
        ((0.10, 0.1234), "logits", "b (0.023 logits up)"),
        ((3.0, 3.0), "hours", "b (no distance)"),
    ],
)
def test_the_sentence_names_the_step_and_its_distance(values: tuple[float, float], unit: str, words: str) -> None:
    made = ladder(rung("a", values[0]), rung("b", values[1]), unit=unit)
    assert made.sentence == f"The step that moved the estimate most: {words}."


def test_a_step_without_an_estimate_has_words_and_moves_nothing() -> None:
    none = Rung("mle", "fit", "failed", Asymptotic.of(float("nan"), float("nan")), words="separated by dose")
    made = ladder(none, rung("priors", 8.0), rung("groups", 7.0))
    assert made.moves() == (None, None, -1.0)
    assert made.sentence == "The step that moved the estimate most: groups (1 points down)."
    first = made.to_list()[0]
    assert [first[key] for key in ("centre", "low", "high", "moved", "words")] == [None] * 4 + ["separated by dose"]
    alone = ladder(none, rung("priors", 8.0))
    assert (alone.moves(), alone.largest()) == ((None, None), None)
    assert alone.sentence == "No two steps have an estimate to conclude from, so none can be said to have moved it."


def test_where_maximum_likelihood_has_no_estimate_the_command_says_why(tmp_path: Path) -> None:
    data = frame()
    data.loc[data["dose"] == 1, "north"] = 100.0
    given = own(tmp_path, data)
    done = asked(given, "--scale", "at_upper", "--out", str(tmp_path / "out"))
    assert done.exit_code == 3  # that step's fit has no maximum
    words = "separated by dose: the likelihood rises without end as its coefficient grows"
    assert f"{STEPS[0]}: {words}" in done.stdout
    found = steps(tmp_path / "out")["steps"]
    assert found[0]["status"] == "failed"
    assert found[0]["words"].startswith(words)
    assert [step["step"] for step in found] == [*STEPS[:4], *STEPS[5:]]  # the Gaussian has no such scale
    assert [step["centre"] is None for step in found] == [True] + [False] * 5
    assert [step["moved"] is None for step in found] == [True, True] + [False] * 4
    assert "no estimate" in (tmp_path / "out" / "ladder.svg").read_text(encoding="utf-8")


def test_with_one_outcome_the_ladder_uses_the_fits_that_models_fit_makes() -> None:
    plan = FitPlan("peer_adoption")
    steps = steps_of(plan, load(plan).reading, limits=(-np.inf, np.inf), service="director_belief")
    assert {step.plan.service for step in steps} == {None}
    assert len(steps) == 3  # nothing to pool over, and no rival of a logit
