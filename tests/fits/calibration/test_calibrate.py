"""The door `models.calibrate`: real runs on small studies, and what it refuses."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from typer.testing import Result

from data.code_hash import code_reached
from data.codebook import Codebook
from data.simulation import simulator
from data.study import load_study
from fits.calibration import truth_ranks
from fits.calibration.from_scenario import FromScenario
from fits.calibration.plan import FROM_PRIOR, FROM_SCENARIO
from fits.calibration.simulate import Fitted, seeds_of
from fits.calibration.study_effects import changes
from fits.diagnostics import Diagnostics
from fits.effects.truth import drawn_with, known_place, truth_as_posterior
from fits.verdicts.rule import Rule
from models.calibrate import app
from models.engines.settings import Settings
from tests.fakes import posterior
from tests.models._prepare import case, few_kinds
from tests.running import called
from tests.small_study import kinds

SHORT = ["--draws", "100", "--tune", "150", "--chains", "2"]
ONE = ["peer_tobit", "--service", "condoms", "--n-units", "300", *SHORT]


def asked(*arguments: object, home: Path) -> Result:
    return called(app, *arguments, "--calibrations-dir", home, columns=80, code=None)


def own(folder: Path) -> list[object]:
    """A study of one's own with 60 rows and one service."""
    few_kinds(folder, table=kinds(60))
    return ["m", "--study", folder / "own.toml", "--data", folder / "own.csv"]


@pytest.fixture(scope="module")
def prior_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    folder = tmp_path_factory.mktemp("prior")
    return asked(*own(folder), *SHORT, "--sims", 12, "--out", folder / "out", home=folder / "store"), folder


@pytest.fixture(scope="module")
def scenario_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    folder = tmp_path_factory.mktemp("scenario")
    scenarios = ("--scenario", "null", "--scenario", "as_claimed")
    return asked(*ONE, *scenarios, "--sims", 2, "--out", folder / "out", home=folder), folder


def stored(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "simulations.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_any_study_can_be_calibrated_from_its_prior(prior_run: tuple[Result, Path]) -> None:
    result, folder = prior_run
    assert result.exit_code == 0, result.output
    assert "Only --scenario prior: this is study 'own', which has no simulator." in result.stderr
    assert "SIMULATED DATA, not evidence" in result.stdout
    assert "on 60 answers of 60 units of own" in " ".join(result.stdout.split())
    assert "log_likelihood" in result.stdout
    records = stored(folder / "store" / "m-weak-own-prior")
    assert [one["k"] for one in records] == list(range(12))
    names = {"exposure_coef[yes, y]", "intercept[y]", "residual_sd[y]", "place_sd[y]", "log_likelihood"}
    assert names < set(records[0]["ranks"])
    assert not [name for name in records[0]["ranks"] if name.startswith(("constant", "place_effect"))]
    assert all(0 < rank < 1 for one in records for rank in one["ranks"].values())
    assert len({json.dumps(one["ranks"]) for one in records}) == 12


def test_files_are_written_and_say_that_they_are_simulated(prior_run: tuple[Result, Path]) -> None:
    _, folder = prior_run
    out = folder / "out"
    names = {"calibration.json", "m-weak-own-prior.csv", "m-weak-own-prior.svg"}
    record = "m-weak-own-prior.jsonl.gz"
    assert {path.name for path in out.iterdir()} == {*names, record}
    assert all("SIMULATED DATA (prior, 12 simulations)" in (out / name).read_text(encoding="utf-8") for name in names)
    assert b"SIMULATED DATA (prior)" in gzip.decompress((out / record).read_bytes()).splitlines()[0]
    (part,) = json.loads((out / "calibration.json").read_text(encoding="utf-8"))["scenarios"]
    assert part["passed"] is True
    assert {one["limit"] for one in part["quantities"]} == {1.0}


def test_a_failed_check_exits_with_1(prior_run: tuple[Result, Path]) -> None:
    """The stored ranks of one quantity are bent; the very same request then fails."""
    _, folder = prior_run
    path = folder / "store" / "m-weak-own-prior" / "simulations.jsonl"
    before = path.read_text(encoding="utf-8")
    bent = stored(path.parent)
    for one in bent:
        one["ranks"]["residual_sd[y]"] = 0.95
    path.write_text("".join(json.dumps(one) + "\n" for one in bent), encoding="utf-8")
    again = ["m", "--study", folder / "own.toml", "--data", folder / "own.csv", *SHORT, "--sims", 12]
    try:
        result = asked(*again, home=folder / "store")
    finally:
        path.write_text(before, encoding="utf-8")
    assert result.exit_code == 1
    assert "too low" in result.stdout
    assert "leave bands" in " ".join(result.stdout.split())


def test_both_halves_of_every_scenario_stand_in_one_table(scenario_run: tuple[Result, Path]) -> None:
    result, folder = scenario_run
    assert result.exit_code == 0, result.output
    for words in ("null:", "as_claimed:", "Bayes: interval", "ML: p < .10", "practically", "false directions"):
        assert words in result.stdout
    assert "Called although there is no effect (6 effects of 2 simulations)" in " ".join(result.stdout.split())
    assert max(len(line) for line in result.stdout.splitlines()) <= 80
    for scenario in ("null", "as_claimed"):
        text = (folder / "out" / f"peer_tobit-weak-condoms-{scenario}-n300.csv").read_text(encoding="utf-8")
        assert f"SIMULATED DATA ({scenario}, 2 simulations)" in text
        assert (folder / "out" / f"peer_tobit-weak-condoms-{scenario}-n300.svg").is_file()


def test_true_effects_are_the_scenarios(scenario_run: tuple[Result, Path]) -> None:
    _, folder = scenario_run
    nothing, claimed = (
        {e["exposure"]: e for e in stored(folder / f"peer_tobit-weak-condoms-{name}-n300")[0]["effects"]}
        for name in ("null", "as_claimed")
    )
    assert set(nothing) == {"lived_experience_share", "peer_influence", "peer_senior"}
    assert [one["true"] for one in nothing.values()] == [0.0, 0.0, 0.0]
    # 8 latent points are claimed of peer influence; on E[y] with limits it is some three fifths of that.
    assert 3 < claimed["peer_influence"]["true"] < 7
    for one in (*nothing.values(), *claimed.values()):
        assert one["bayes"]["low_95"] < one["bayes"]["low_90"] < one["bayes"]["mean"] < one["bayes"]["high_90"]
        assert one["bayes"]["above"] + one["bayes"]["below"] + one["bayes"]["within"] == pytest.approx(1.0)
        assert one["ml"]["error"] > 0
        assert 0 <= one["ml"]["p_value"] <= 1


def test_the_truth_of_a_scenario_is_the_simulators_whatever_the_family() -> None:
    truth = simulator.simulate("as_claimed", 5)[1]["waves"]["2017"]["utilisation"]
    true = []
    for family in ("", "ordered_beta", "student_tobit", "gaussian"):
        given = case("peer_tobit", service="condoms", family=family)
        design, drew = drawn_with(given.design, given.loaded.codebook)
        said = truth_as_posterior(truth, design)
        true.append(changes(said, design, drew, loaded=given.loaded, place=known_place(design)))
    assert {effect: value.item() for effect, value in true[0].items()}["peer_influence", "condoms"] > 3
    assert true[1] == true[2] == true[3] == true[0]


def test_a_simulation_depends_on_the_seed_and_its_number_alone(scenario_run: tuple[Result, Path]) -> None:
    _, folder = scenario_run
    there = stored(folder / "peer_tobit-weak-condoms-null-n300")
    source = FromScenario(
        case("peer_tobit").loaded, "null", "condoms", 300, Rule.read(), Settings(draws=100, tune=150, chains=2)
    )
    again = json.loads(json.dumps(source.record(1)))  # without simulation 0 before it
    assert again["effects"] == there[1]["effects"]
    assert there[0]["effects"] != there[1]["effects"]


@pytest.mark.parametrize(
    ("root", "kept"), [(FROM_PRIOR, "fits.calibration.truth_ranks"), (FROM_SCENARIO, "fits.effects.delta")]
)
def test_the_code_that_decides_simulations_counts_and_no_judge_or_printer(root: str, kept: str) -> None:
    found = code_reached(root, chosen={"tobit"})
    decides = {kept, "fits.calibration.simulate", "fits.sample", "fits.gate", "models.engines.compiled.nuts"}
    assert decides <= set(found)
    judges = {"fits.calibration.sbc", "fits.calibration.operating", "fits.calibration.run", "fits.storage.fit"}
    assert not judges & set(found)
    assert not [name for name in found if name.startswith("reports.")]
    assert not [name for name in found if name.endswith("bernoulli")]


def test_seeds_differ_by_simulation_and_by_purpose() -> None:
    found = [seed for k in range(50) for seed in seeds_of(2017, k)]
    assert len(set(found)) == 150
    assert seeds_of(2017, 3) == seeds_of(2017, 3) != seeds_of(2018, 3)


def test_ranks_are_uniform_among_draws_of_the_truths_own_distribution() -> None:
    given = case("peer_tobit", service="condoms")
    rng = np.random.default_rng(1)
    found = []
    for seed in range(60):
        draws = posterior(given, chains=2, draws=201, seed=seed)
        truth = draws.isel(chain=[0], draw=[200])
        values = {"ess_bulk_min": 60.0, "ess_tail_min": 80.0}
        fitted = Fitted(draws.isel(draw=slice(0, 200)), Diagnostics(values, {}, 200), "passed")
        found.append(truth_ranks.ranks(truth, fitted, given.design, given.family, rng))
    ranks = np.array([list(one.values()) for one in found])
    # Thousands of ranks of independent quantities: mean 1/2, variance 1/12, none at an end.
    assert abs(ranks.mean() - 0.5) < 4 / np.sqrt(12 * ranks.size / 2)
    assert abs(ranks.var() - 1 / 12) < 0.01
    assert len(np.unique(ranks)) == ranks.size


def test_few_effective_draws_thin_more() -> None:
    given = case("peer_tobit", service="condoms")
    draws = posterior(given, chains=2, draws=200)
    seen: list[int] = []

    def pointwise(posterior: xr.Dataset, *_: Any) -> xr.Dataset:
        seen.append(posterior.sizes["chain"] * posterior.sizes["draw"])
        return xr.Dataset({"y": posterior["residual_sd"].rename(service="cell")})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(truth_ranks, "pointwise", pointwise)
        for effective in (4000.0, 20.0, float("-inf")):
            values = {"ess_bulk_min": effective, "ess_tail_min": 5000.0}
            fitted = Fitted(draws, Diagnostics(values, {}, 200), "passed")
            truth = draws.isel(chain=[0], draw=[0])
            truth_ranks.ranks(truth, fitted, given.design, given.family, np.random.default_rng(1))
    assert seen[::2] == [100, 20, 2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["peer_tobbit"], "Did you mean 'peer_tobit'"),
        (["peer_tobit", "--scenario", "nul"], "Did you mean 'null'"),
        (["peer_tobit", "--priors", "weaK"], "Did you mean 'weak'"),
        (["peer_tobit", "--drawn-from", "wid"], "Did you mean 'wide'"),
        (["peer_tobit", "--service", "condom"], "Did you mean 'condoms'"),
        (["peer_tobit", "--rule", "strict"], "rule: got 'strict'"),
        (["peer_tobit", "--scenario", "null", "--drawn-from", "wide"], "--drawn-from: got no --scenario prior"),
        (["peer_tobit", "--scenario", "prior", "--n-units", "9999"], "--n-units: got 9999; expected at most"),
        (["peer_tobit", "--scenario", "null", "--n-units", "20"], "every state has one"),
        (["pcc_adoption", "--scenario", "null"], "'null' of model 'pcc_adoption'"),
        (["hours", "--study", "tests/studies/mroz.toml", "--scenario", "null"], "no data file"),
    ],
)
def test_bad_input_exits_with_2_before_anything_is_stored(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = asked(*arguments, *SHORT, home=tmp_path / "store")
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.stderr.split())
    assert not list((tmp_path / "store").rglob("simulations.jsonl"))


@pytest.mark.parametrize("scenario", ["null", "all"])
def test_a_scenario_of_a_study_without_a_simulator_is_refused(scenario: str, tmp_path: Path) -> None:
    result = asked(*own(tmp_path), *SHORT, "--scenario", scenario, home=tmp_path / "store")
    assert result.exit_code == 2
    assert f"'{scenario}' of study 'own', which has no simulator; expected --scenario prior" in result.stderr


def test_a_simulated_table_is_a_study_like_its_file(tmp_path: Path) -> None:
    frame, _ = simulator.simulate("mixed", 4)
    (tmp_path / "s.csv").write_bytes(simulator.csv_bytes(frame))
    codebook = Codebook.read("ndatss")
    table, file = load_study(codebook, frame), load_study(codebook, tmp_path / "s.csv")
    assert table.attrs["data_sha256"] == file.attrs["data_sha256"]
    xr.testing.assert_allclose(table, file)
