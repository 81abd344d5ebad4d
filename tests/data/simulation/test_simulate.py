"""The simulated study: its shapes and rates, the truth it was drawn from, and the command that writes it."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import norm

import data.study
from data.codebook import Codebook
from data.errors import InputError
from data.loading.source import SourceTable
from data.simulate import app
from data.simulation import simulator
from data.simulation.constants import simulator_constants
from data.simulation.covariates import clinic_waves
from data.simulation.equations import Equation, column, mean_of_tobit
from data.study import load_study
from tests.running import called

SEED = 11
WAVES = {2014: 695, 2017: 657}
SCENARIOS = ("as_claimed", "null", "mixed", "one_real", "alike")
CONSTANTS = Path(simulator.__file__).with_name("constants.toml")


@cache
def study(scenario: str, seed: int = SEED) -> tuple[pd.DataFrame, dict[str, Any]]:
    return simulator.simulate(scenario, seed)


def services(frame: pd.DataFrame) -> list[str]:
    return [str(name).removeprefix("uses_") for name in frame.columns if str(name).startswith("uses_")]


def predictor(rows: pd.DataFrame, block: dict[str, Any], service: str) -> np.ndarray:
    """The linear predictor without the unit's own effect, from the truth's numbers alone."""
    eta = np.full(len(rows), block["intercept"][service])
    for label, row in {**block["exposure_coef"], **block["control_coef"]}.items():
        eta = eta + column(rows, label) / block["step"][label] * row[service]
    for group, effect in {"state": "state_effect", "unit_type": "unit_type_effect"}.items():
        eta = eta + np.array([block[effect][level][service] for level in rows[group]])
    return eta


def test_csv_is_utf8_with_unix_line_ends_and_reads_back_to_the_same_values(tmp_path: Path) -> None:
    frame, _ = study("mixed")
    content = simulator.csv_bytes(frame)
    assert b"\r" not in content
    (tmp_path / "sim.csv").write_bytes(content)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "sim.csv", encoding="utf-8"), frame, check_exact=True)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_columns_waves_and_groups_have_constant_shapes(scenario: str) -> None:
    frame, _ = study(scenario)
    assert list(frame) == list(Codebook.read("ndatss").variables)
    assert frame["wave"].value_counts().to_dict() == WAVES
    for _, rows in frame.groupby("wave"):
        assert rows["state"].nunique() == 50
        assert rows["unit_type"].nunique() == 4
        assert rows["clinic"].is_unique
    assert frame["clinic"].str.fullmatch(r"C\d{4}").all()
    assert (frame["simulated"] == f"SIMULATED {scenario} seed {SEED}").all()


def test_every_state_and_type_is_there_by_construction_not_by_luck() -> None:
    for seed in range(20):
        rows = clinic_waves(simulator_constants(), np.random.default_rng(seed)).groupby("wave")
        assert (rows["state"].nunique() == 50).all()
        assert (rows["unit_type"].nunique() == 4).all()


def test_states_are_unequal_and_clinics_stay_what_they_are() -> None:
    frame, _ = study("null")
    sizes = frame["state"].value_counts()
    assert sizes.max() > 4 * sizes.median() > 4 * sizes.min()
    both = frame[frame["clinic"].duplicated(keep=False)].groupby("clinic")
    assert len(both) == simulator_constants().panel.in_both_waves
    assert (both[["state", "unit_type", "ownership"]].nunique() == 1).all(axis=None)  # noqa: PD101 (a frame, by clinic)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_values_lie_in_the_codebook_ranges_and_covariates_are_complete(scenario: str) -> None:
    frame, _ = study(scenario)
    for name, variable in Codebook.read("ndatss").variables.items():
        values = frame[name].dropna()
        outcome = bool({"availability", "utilisation"} & set(variable.roles))
        assert outcome or len(values) == len(frame), name
        if variable.range:
            assert values.between(*variable.range).all(), name
        if variable.type == "binary":
            assert set(values) == {0, 1}, name
        if variable.type == "category" and variable.codes:
            assert set(values) == set(variable.codes.values()), name


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(
    ("name", "target"), [("invites_patients", 0.23), ("peer_influence", 0.50), ("peer_senior", 0.25)]
)
def test_marginal_rates_hit_their_targets(scenario: str, name: str, target: float) -> None:
    frame, _ = study(scenario)
    for wave, n in WAVES.items():
        rate = frame.loc[frame["wave"] == wave, name].mean()
        # the expected rate is the target exactly, so four binomial standard errors: about 7 points
        assert abs(rate - target) < 4 * np.sqrt(target * (1 - target) / n), (wave, rate)


def test_staff_shares_are_like_the_published_ones() -> None:
    frame, _ = study("mixed")
    lived, professional = frame["lived_experience_share"], frame["professional_share"]
    # 1,352 rows with SD 25: four standard errors are under 3 points
    assert abs(lived.mean() - 33) < 3
    assert (lived == 0).mean() > 0.05
    assert (lived == 100).any()
    assert 27 <= professional.mean() <= 35
    assert 19 <= professional.std() <= 23
    assert (frame["prescription_oud_share"] <= frame["oud_share"]).all()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_limit_shares_look_like_survey_percentages(scenario: str) -> None:
    frame, _ = study(scenario)
    for service in services(frame):
        name = f"uses_{service}"
        values = frame[name].dropna()
        at_zero, at_hundred = (values == 0).mean(), (values == 100).mean()
        # 15-40 and 5-20 % are aimed at; drawn type and state effects move a service by some points
        assert 0.06 < at_zero < 0.50, (name, at_zero)
        assert 0.02 < at_hundred < 0.30, (name, at_hundred)
        # two decimals, of which most are not whole numbers
        assert np.array_equal(values, values.round(2))
        assert (values % 1 != 0).mean() > 0.4


def test_blank_where_not_offered_and_where_not_asked() -> None:
    frame, _ = study("mixed")
    for service in services(frame):
        assert (frame[f"uses_{service}"].notna() == (frame[f"offers_{service}"] == 1)).all(), service
    later = frame[frame["wave"] == 2017]
    blank = {service for service in services(frame) if later[f"offers_{service}"].isna().all()}
    assert blank == {"family_therapy", "housing"}
    kept = [f"offers_{service}" for service in services(frame) if service not in blank]
    assert later[kept].notna().all(axis=None)


def test_methadone_follows_the_unit_type_and_still_has_units() -> None:
    frame, _ = study("mixed")
    offered = frame.groupby("unit_type")["offers_methadone"].mean()
    assert offered["outpatient_otp"] > 0.9
    assert offered.drop("outpatient_otp").max() < 0.2
    assert (frame.groupby("wave")["uses_methadone"].count() > 50).all()


def test_null_has_no_effect_anywhere() -> None:
    _, truth = study("null")
    for wave in truth["waves"].values():
        for outcome in ("utilisation", "availability"):
            assert {x for row in wave[outcome]["exposure_coef"].values() for x in row.values()} == {0.0}
        assert {x for adopted in wave["adoption"].values() for x in adopted["coef"].values()} == {0.0}
    assert {claim["true"] for claim in truth["claims"]} == {0.0}


def _coefficient(wave: dict[str, Any], claim: dict[str, Any]) -> float:
    if claim["outcome"] == "adoption":
        return float(wave["adoption"][claim["exposure"]]["coef"][claim["predictor"]])
    return float(wave[claim["outcome"]]["exposure_coef"][claim["exposure"]][claim["service"]])


SIGNS = {
    ("pcc_composite", "availability", "overdose_education"): 1,
    ("pcc_composite", "availability", "routine_medical_care"): 1,
    ("lived_experience_share", "availability", "opioid_maintenance"): -1,
    ("lived_experience_share", "availability", "methadone"): -1,
    ("pcc_composite", "utilisation", "routine_medical_care"): 1,
    ("invites_patients", "utilisation", "transportation"): 1,
    ("peer_influence", "utilisation", "condoms"): 1,
    ("peer_influence", "utilisation", "transportation"): 1,
}
"""The eight coefficients that the abstract sswr2020 names."""


def test_as_claimed_has_every_claim_with_its_sign_and_size() -> None:
    _, truth = study("as_claimed")
    for wave in truth["waves"].values():
        for (exposure, outcome, service), sign in SIGNS.items():
            assert np.sign(wave[outcome]["exposure_coef"][exposure][service]) == sign
        assert wave["utilisation"]["exposure_coef"]["invites_patients"]["transportation"] == 10
        assert wave["adoption"]["peer_influence"]["coef"]["director_belief"] > 0
        assert wave["adoption"]["invites_patients"]["coef"]["oud_share"] < 0
        for claim in truth["claims"]:
            assert _coefficient(wave, claim) == claim["true"] == claim["claimed"] != 0
    assert {claim["claim"] for claim in truth["claims"]} == {2, 3, 4, 5, 6, 8, 9, 10, 11, 12}


@pytest.mark.parametrize("outcomes", [{"utilisation", "availability"}, {"adoption"}])
def test_mixed_has_half_of_the_claims_and_some_surprises(outcomes: set[str]) -> None:
    _, truth = study("mixed")
    claims = [claim for claim in truth["claims"] if claim["outcome"] in outcomes]
    real = [claim["true"] != 0 for claim in claims]
    assert 0.4 <= np.mean(real) <= 0.6
    assert all(claim["true"] in (0.0, claim["claimed"]) for claim in claims)
    assert all(_coefficient(truth["waves"]["2017"], claim) == claim["true"] for claim in claims)
    exposures = truth["waves"]["2017"]["utilisation"]["exposure_coef"]
    # eight background standard deviations from what nobody speaks of
    assert exposures["peer_influence"]["aftercare"] == 8
    assert exposures["invites_patients"]["hiv_testing"] == -8


def test_scenarios_of_one_seed_differ_by_their_effects_alone() -> None:
    (null, null_truth), (claimed, claimed_truth) = study("null"), study("as_claimed")
    given = ["clinic", "state", "unit_type", "ownership", "oud_share", "director_belief", "pcc_composite"]
    pd.testing.assert_frame_equal(null[given], claimed[given])
    for key in ("control_coef", "state_effect", "unit_type_effect"):
        assert null_truth["waves"]["2014"]["utilisation"][key] == claimed_truth["waves"]["2014"]["utilisation"][key]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("wave", WAVES)
def test_utilisation_was_drawn_from_the_truth(scenario: str, wave: int) -> None:
    """Residuals of uncensored rows, put on the scale on which their distribution is known.

    Rows between the limits are a selection, so their residuals have neither mean 0 nor the full
    sd. Given that a row is interior, its residual is a truncated normal with the sd of residual and
    unit effect together, and its probability transform is uniform: mean 1/2, sd 1/sqrt(12).
    """
    frame, truth = study(scenario)
    rows, block = frame[frame["wave"] == wave], truth["waves"][str(wave)]["utilisation"]
    for service in block["services"]:
        asked = rows[rows[f"uses_{service}"].notna()]
        y = asked[f"uses_{service}"].to_numpy(dtype=float)
        eta = predictor(asked, block, service)
        sd = np.hypot(block["residual_sd"][service], block["unit_sd"])
        below, above = ndtr((0 - eta) / sd), ndtr((100 - eta) / sd)
        interior = (y > 0) & (y < 100)
        u = ((ndtr((y - eta) / sd) - below) / (above - below))[interior]
        # four standard errors each; the sd of a uniform sample's sd is about .129 / sqrt(n)
        assert abs(u.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(u)), service
        assert abs(u.std() - np.sqrt(1 / 12)) < 4 * 0.129 / np.sqrt(len(u)), service
        # nothing of the predictor is left in them: a missing or doubled group effect would be
        centred = eta[interior] - eta[interior].mean()
        assert abs((centred * (u - 0.5)).sum()) < 4 * np.sqrt((centred**2).sum() / 12), service
        for share, expected in (((y == 0), below), ((y == 100), 1 - above)):
            tolerance = 4 * np.sqrt((expected * (1 - expected)).sum())
            assert abs(share.sum() - expected.sum()) < tolerance, service


@pytest.mark.parametrize("wave", WAVES)
def test_effects_stand_in_the_data_to_the_last_digit(wave: int) -> None:
    """Two scenarios of one seed share every noise, so interior rows differ by their predictors alone."""
    (null, null_truth), (claimed, claimed_truth) = study("null"), study("as_claimed")
    first, second = null[null["wave"] == wave], claimed[claimed["wave"] == wave]
    blocks = [truth["waves"][str(wave)]["utilisation"] for truth in (null_truth, claimed_truth)]
    for service in blocks[0]["services"]:
        y = np.column_stack([rows[f"uses_{service}"].to_numpy(dtype=float) for rows in (first, second)])
        interior = ((y > 0) & (y < 100)).all(axis=1)
        eta = np.column_stack([predictor(first, blocks[0], service), predictor(second, blocks[1], service)])
        assert interior.sum() > 20, service
        # each value is rounded to two decimals
        np.testing.assert_allclose(np.diff(y)[interior], np.diff(eta)[interior], atol=0.0101, rtol=0)


def test_a_unit_effect_is_shared_by_its_services_and_waves() -> None:
    frame, _ = study("null")
    clinics = frame["clinic"].unique()
    zero = pd.DataFrame(0.0, index=[*frame["state"].unique(), *frame["unit_type"].unique()], columns=["a", "b"])
    unit = pd.Series(np.arange(len(clinics), dtype=float), index=clinics)
    groups = Equation(zero, zero, zero, unit).groups(frame)
    np.testing.assert_array_equal(groups, frame["clinic"].map(unit).to_numpy()[:, None] * np.ones(2))


@pytest.mark.parametrize("eta", [-300.0, -20.0, 50.0, 110.0, 400.0])
def test_mean_of_tobit_is_the_integral(eta: float) -> None:
    inner = quad(lambda y: y * norm.pdf(y, eta, 30), 0, 100, epsabs=1e-12, epsrel=1e-12)[0]
    expected = inner + 100 * norm.sf(100, eta, 30)
    assert mean_of_tobit(np.array([eta]), 30, limits=(0, 100))[0] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("wave", WAVES)
def test_availability_was_drawn_from_the_truth(scenario: str, wave: int) -> None:
    frame, truth = study(scenario)
    rows, block = frame[frame["wave"] == wave], truth["waves"][str(wave)]["availability"]
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    for service in block["services"]:
        eta = predictor(rows, block, service)
        # the unit effect is integrated out: (n, 1) + (nodes,) -> (n, nodes)
        p = (1 / (1 + np.exp(-(eta[:, None] + block["unit_sd"] * nodes)))) @ (weights / weights.sum())
        y = rows[f"offers_{service}"].to_numpy(dtype=float)
        # the score of the intercept and of the linear predictor, each within four standard errors
        for direction in (np.ones_like(eta), eta - eta.mean()):
            score = (direction * (y - p)).sum()
            assert abs(score) < 4 * np.sqrt((direction**2 * p * (1 - p)).sum()), service


@pytest.mark.parametrize("wave", WAVES)
def test_adoption_was_drawn_from_the_truth(wave: int) -> None:
    frame, truth = study("as_claimed")
    rows = frame[frame["wave"] == wave]
    for name, block in truth["waves"][str(wave)]["adoption"].items():
        parts = [column(rows, label) / block["step"][label] * block["coef"][label] for label in block["predictors"]]
        eta = block["intercept"] + sum(parts) + rows["state"].map(block["state_effect"]).to_numpy(dtype=float)
        if block["family"] == "bernoulli":
            p = 1 / (1 + np.exp(-eta))
            y = rows[name].to_numpy(dtype=float)
        else:
            p = ndtr(eta / block["residual_sd"])
            y = (rows[name] > 0).to_numpy(dtype=float)
        for direction in (np.ones_like(eta), eta - eta.mean()):
            score = (direction * (y - p)).sum()
            assert abs(score) < 4 * np.sqrt((direction**2 * p * (1 - p)).sum()), name


@pytest.mark.parametrize("wave", WAVES)
def test_truth_is_plain_complete_and_says_its_intercept_twice(wave: int) -> None:
    frame, truth = study("mixed")
    rows = frame[frame["wave"] == wave]
    assert json.loads(json.dumps(truth, allow_nan=False)) == truth
    for outcome in ("utilisation", "availability"):
        block = truth["waves"][str(wave)][outcome]
        labels = [*block["exposures"], *block["controls"]]
        assert sorted(labels) == sorted(block["step"])
        assert "ownership[for_profit]" in labels
        assert "ownership[nonprofit]" not in labels
        assert len(block["state_effect"]) == 50
        assert len(block["unit_type_effect"]) == 4
        assert block["step"]["pcc_composite"] == pytest.approx(rows["pcc_composite"].std(), rel=1e-12)
        assert block["step"]["lived_experience_share"] == 10
        assert block["step"]["invites_patients"] == 1
        coef = {**block["exposure_coef"], **block["control_coef"]}
        for service in block["services"]:
            mean = sum(column(rows, label).mean() / block["step"][label] * coef[label][service] for label in labels)
            assert block["intercept_at_mean"][service] == pytest.approx(block["intercept"][service] + mean, abs=1e-9)
    assert set(truth["waves"]["2017"]["utilisation"]["services"]) == {
        variable.service for variable in Codebook.read("ndatss").variables.values() if variable.service
    } - {"family_therapy", "housing"}


def _unsourced(table: dict[str, Any], path: str) -> list[str]:
    """Tables that hold a number and say nothing about where it is from."""
    if table.get("source") or (table.get("assumed") and table.get("reason")):
        return []
    numbers = [key for key, value in table.items() if isinstance(value, int | float) and not isinstance(value, bool)]
    faults = [f"{path}.{key}" for key in numbers]
    for key, value in table.items():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                faults += _unsourced(inner, f"{path}.{key}")
    return faults


def test_every_constant_has_a_source_or_a_reason() -> None:
    table = tomllib.loads(CONSTANTS.read_text(encoding="utf-8"))
    assert _unsourced(table, CONSTANTS.name) == []
    assert _unsourced({"units": {"n": {"2017": 657}}}, "x") == ["x.units.n.2017"]


def test_the_default_is_mixed_and_help_says_so_and_teaches_the_style() -> None:
    assert (simulator.DEFAULT_SCENARIO, simulator.DEFAULT_SEED) == ("mixed", 2017)
    assert set(simulator.scenarios()) == set(SCENARIOS)
    said = called(app, "--help").output
    assert f"default: {simulator.DEFAULT_SCENARIO}" in said
    assert "--style archive --out extract.dta" in said
    assert "extract.columns.toml" in said


@pytest.mark.parametrize("suffix", simulator.FORMATS)
def test_command_writes_data_and_truth(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"sim{suffix}"
    result = called(app, "--scenario", "null", "--seed", SEED, "--out", out)
    assert "simulated, not observed" in result.output
    assert "2017: 657 rows" in result.output
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        ".csv": pd.read_csv,
        ".parquet": pd.read_parquet,
        ".dta": pd.read_stata,
    }
    pd.testing.assert_frame_equal(readers[suffix](out), study("null")[0], check_dtype=False)
    truth = json.loads((tmp_path / "sim.truth.json").read_text(encoding="utf-8"))
    assert truth == study("null")[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([f"sim{suffix}", "sim.truth.json"])


def test_command_needs_a_seed_and_lists_scenarios_without_one(tmp_path: Path) -> None:
    missing = called(app, "--out", tmp_path / "sim.csv", code=2)
    assert "--seed" in missing.stderr
    listed = called(app, "--list")
    assert [line.split()[0] for line in listed.output.splitlines()] == list(SCENARIOS)


class Killed(BaseException):
    """In place of a kill: nothing of the process runs after it."""


def killed(out: Path, seed: int, monkeypatch: pytest.MonkeyPatch, *, after: int) -> None:
    """Simulate, and die when so many files are in their place."""
    real, done = os.replace, 0

    def replace(*args: Path) -> None:
        nonlocal done
        if done == after:
            raise Killed
        done += 1
        real(*args)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(Killed):
        app(["--scenario", "null", "--seed", str(seed), "--out", str(out), "--force"])
    monkeypatch.undo()


@pytest.mark.parametrize("after", [0, 1])
def test_who_reads_a_study_finds_rows_and_truth_of_one_simulation(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "sim.csv"
    called(app, "--seed", "1", "--out", out)
    killed(out, SEED, monkeypatch, after=after)
    dataset = load_study(Codebook.read("ndatss"), out)
    assert dataset.attrs["stamp"] == f"SIMULATED null seed {SEED}"
    assert json.loads((tmp_path / "sim.truth.json").read_text(encoding="utf-8"))["stamp"] == dataset.attrs["stamp"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sim.csv", "sim.truth.json"]


def test_who_reads_a_study_leaves_its_folder_alone_unless_something_whole_waits_there(tmp_path: Path) -> None:
    out = tmp_path / "sim.csv"
    called(app, "--seed", "1", "--out", out)
    (tmp_path / ".sim.abcdefgh.new").mkdir()  # what a simulation left that died, or that is going on elsewhere
    load_study(Codebook.read("ndatss"), out)
    assert (tmp_path / ".sim.abcdefgh.new").is_dir()
    called(app, "--seed", "1", "--out", out, code=2)
    assert not (tmp_path / ".sim.abcdefgh.new").exists()


def test_what_was_all_written_when_it_was_stopped_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "sim.csv"
    killed(out, SEED, monkeypatch, after=0)
    assert not out.exists()
    refused = called(app, "--seed", "1", "--out", out, code=2)
    assert "a file that exists" in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sim.csv", "sim.truth.json"]
    assert load_study(Codebook.read("ndatss"), out).attrs["stamp"] == f"SIMULATED null seed {SEED}"


def test_rows_that_change_while_they_are_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a fit would hold the digest of other rows than its own."""
    out = tmp_path / "sim.csv"
    called(app, "--seed", "1", "--out", out)
    real = data.study.read_table

    def changed(path: Path, encoding: str) -> SourceTable:
        table = real(path, encoding)
        called(app, "--seed", "2", "--out", out, "--force")
        return table

    monkeypatch.setattr(data.study, "read_table", changed)
    with pytest.raises(InputError, match=r"sim\.csv: got a file that changed while it was read"):
        load_study(Codebook.read("ndatss"), out)


@pytest.mark.parametrize("units", [120, 1000])
def test_a_study_of_another_size_has_that_many_clinics_in_each_wave(units: int) -> None:
    frame, truth = simulator.simulate("null", SEED, units=units)
    assert frame["wave"].value_counts().to_dict() == dict.fromkeys(WAVES, units)
    assert (frame.groupby("wave")["state"].nunique() == 50).all()
    assert set(frame["simulated"]) == {truth["stamp"]} == {f"SIMULATED null seed {SEED}, {units} units"}
    both = frame["clinic"].value_counts().eq(2).sum()
    assert both == round(units * 420 / 695)


def test_too_few_clinics_for_the_states_are_refused() -> None:
    with pytest.raises(InputError, match="got 60; expected 82 or more, so that every state has one in both waves"):
        simulator.simulate("null", SEED, units=60)
    assert len(simulator.simulate("null", SEED, units=82)[0]) == 164
