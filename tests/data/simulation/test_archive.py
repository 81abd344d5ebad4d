"""The made-up extract: what the file holds, that it loads to the plain study, and how the command writes it."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import split
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from data.codebook import Codebook
from data.simulate import app
from data.simulation import archive, simulator
from data.simulation.archive_constants import archive_constants, faults
from data.simulation.archive_mapping import mapping_text
from data.study import load_study
from tests.running import called

SEED = 11
CODEBOOK = Codebook.read("ndatss")
PERCENT = [name for name, variable in CODEBOOK.variables.items() if variable.unit.startswith("percent")]
USES = [name for name in CODEBOOK.variables if name.startswith("uses_")]
SECOND = {"lived_experience_share": "CS", "peer_influence": "CS", "invites_patients": "AD", "pcc_composite": "AD"}
"""Questions with two informants, and whose answer is not the one that counts."""

PLAIN = {
    2017: "6fe3d46ef3572e854353226579e7ee5458cf515d177c33f00ec607327fdcd7c3",
    11: "bba0909a857e5f2abd9af3e32764fde484bc81503c6eead015c4b2ff48b9c6e9",
}
"""SHA-256 of the plain study in scenario mixed, by seed, as it was before there was an archive's style."""


@dataclass(frozen=True)
class Written:
    """The files, what the command printed, and the table as two libraries read it."""

    out: Path
    printed: str
    plain: pd.DataFrame
    tagged: pd.DataFrame
    shown: pd.DataFrame
    meta: Any
    mapping: dict[str, Any]

    def column(self, variable: str, *, second: bool = False) -> pd.Series:
        """The variable's column with ``a`` and ``b`` for tagged missing values."""
        name = self.mapping["columns"][variable]
        return self.tagged[f"{name[:-2]}{SECOND[variable]}" if second else name]

    def answers(self, variable: str, *, second: bool = False) -> pd.Series:
        """The same as the codebook's numbers, NaN for no answer."""
        raw = self.column(variable, second=second)
        codes = {float(code): value for code, value in self.mapping["codes"].get(variable, {}).items()}
        numbers = pd.to_numeric(raw.mask(raw.isin([-8, -9, "a", "b"])))
        return numbers.map(codes) if codes else numbers * self.mapping["multiply"].get(variable, 1)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    out = tmp_path_factory.mktemp("archive") / "extract.dta"
    command = ["--scenario", "mixed", "--seed", str(SEED), "--style", "archive", "--out", str(out)]
    result = called(app, *command)
    tagged, meta = pyreadstat.read_dta(str(out), user_missing=True)
    return Written(
        out=out,
        printed=result.output,
        plain=simulator.simulate("mixed", SEED)[0],
        tagged=tagged,
        shown=pd.read_stata(out, convert_missing=True, convert_categoricals=False),
        meta=meta,
        mapping=tomllib.loads(out.with_name("extract.columns.toml").read_text(encoding="utf-8")),
    )


@pytest.mark.parametrize("seed", PLAIN)
def test_the_plain_study_is_what_it_was_before_and_after_an_extract_is_made(seed: int) -> None:
    frame, _ = simulator.simulate("mixed", seed)
    archive.extract(frame, seed=seed)
    assert hashlib.sha256(simulator.csv_bytes(frame)).hexdigest() == PLAIN[seed]


def test_same_seed_same_bytes_and_another_seed_others(written: Written) -> None:
    first, again = (archive.encode(archive.extract(written.plain, seed=seed)) for seed in (SEED, SEED + 1))
    assert first == written.out.read_bytes()
    assert first != again
    # the minute of writing would stand here
    assert f"{written.meta.creation_time:%Y-%m-%d %H:%M}" == "2018-01-01 00:00"


def test_the_command_writes_three_files_and_names_them_with_the_next_command(written: Written) -> None:
    names = {"extract.dta", "extract.columns.toml", "extract.truth.json"}
    assert {path.name for path in written.out.parent.iterdir()} == names
    for name in names:
        assert f" {written.out.with_name(name)}\n" in written.printed
    told = next(line for line in written.printed.splitlines() if line.startswith("Next:"))
    columns = written.out.with_name("extract.columns.toml")
    given = ["--data", str(written.out), "--columns", str(columns)]
    assert split(told)[1:] == ["python", "-m", "models.fit", "peer_tobit", *given]
    truth = json.loads(written.out.with_name("extract.truth.json").read_text(encoding="utf-8"))
    assert truth == simulator.simulate("mixed", SEED)[1]


def test_both_waves_stand_in_one_file_with_question_numbers_for_names(written: Written) -> None:
    assert written.shown["WAVE"].value_counts().to_dict() == {1: 695, 2: 657}
    columns = written.mapping["columns"]
    assert set(columns) == set(CODEBOOK.variables)
    assert set(columns.values()) < set(written.tagged)
    assert not set(written.tagged) & set(CODEBOOK.variables)
    unused = set(written.tagged) - set(columns.values())
    assert unused == {"INTDATE", "WT", "COMMENT", "Q12A_CS", "Q12B_CS", "Q41_1_AD", "Q41_2_AD"}
    labels = written.meta.column_names_to_labels
    assert labels["Q3"].startswith("Q3. ")
    assert all(labels[column] for column in written.tagged)


def test_coded_questions_have_value_labels_that_the_mapping_agrees_with(written: Written) -> None:
    labels = written.meta.variable_value_labels
    for name, variable in CODEBOOK.variables.items():
        if variable.type not in {"binary", "category"}:
            continue
        column = written.mapping["columns"][name]
        coded = {code for code in labels[column] if isinstance(code, int) and code > 0}
        assert coded == {code for code in set(written.column(name)) - {"a", "b"} if code > 0}, name
        if name != "state":
            assert {int(code) for code in written.mapping["codes"][name]} == coded
    assert labels["Q51A"][5] == "No"
    assert labels["Q17"][2] == "No"
    assert labels["q51a_pct"] == labels["Q8"]
    assert {labels["Q8"][code] for code in (-8, -9)} == {"Don't know", "Refused"}
    assert labels["Q8"]["a"].startswith("Not applicable")
    assert labels["Q8"]["b"].startswith("Not asked")


MEANT = {
    "peer_senior": {"Yes": 1, "No": 0},
    "twelve_step": {"Yes": 1, "No": 0},
    "medicaid_expansion": {"Yes": 1, "No": 0},
    "ownership": {"Private, for profit": "for_profit", "Private, not for profit": "nonprofit", "Public": "public"},
    "unit_type": {
        "Outpatient, no methadone": "outpatient_non_otp",
        "Outpatient, methadone (OTP)": "outpatient_otp",
        "Inpatient": "inpatient",
        "Residential": "residential",
    },
    "wave": {"2013-14": 2014, "2017": 2017},
}
"""What each value label says in the codebook's words."""


@pytest.mark.parametrize("name", MEANT)
def test_value_labels_say_what_was_simulated(written: Written, name: str) -> None:
    labels = written.meta.variable_value_labels[written.mapping["columns"][name]]
    said = written.column(name).map(labels)
    answered = said.isin(MEANT[name])
    assert answered.mean() > 0.98
    assert (said.map(MEANT[name]) == written.plain[name])[answered].all()


def test_a_states_value_label_is_its_name(written: Written) -> None:
    named = written.tagged["STATE"].map(written.meta.variable_value_labels["STATE"])
    assert list(named) == list(written.plain["state"])


@pytest.mark.parametrize("name", USES)
def test_tagged_codes_stand_where_the_questionnaire_skips(written: Written, name: str) -> None:
    gate = name.replace("uses_", "offers_")
    offers = written.plain[gate]
    unknown = written.column(gate).isin([-8, -9, "b"])
    raw = written.column(name)
    asked_of_all = offers.notna()
    assert ((raw == "b") == (unknown | ~asked_of_all)).all()
    assert ((raw == "a") == ((offers == 0) & ~unknown)).all()
    assert (raw == "a").sum() > 100
    tags = written.shown[written.mapping["columns"][name]].map(str)
    assert ((tags == ".a") == (raw == "a")).all()
    assert ((tags == ".b") == (raw == "b")).all()


def test_plain_readers_see_tagged_codes_as_missing_and_no_stand_in_is_left(written: Written) -> None:
    frame, _ = pyreadstat.read_dta(str(written.out))
    raw = written.column("uses_condoms")
    assert (frame["q51e_pct"].isna() == raw.isin(["a", "b"])).all()
    numbers = frame.select_dtypes("number")
    assert numbers.max(axis=None) < 101
    assert numbers.min(axis=None) == -9


@pytest.mark.parametrize(("kind", "dont_know", "refused"), [("percent", 0.02, 0.005), ("other", 0.006, 0.002)])
def test_item_nonresponse_has_its_declared_rates(written: Written, kind: str, dont_know: float, refused: float) -> None:
    records = {"simulated", "clinic", "wave", "state", "unit_type", "ownership", "medicaid_expansion"}
    names = [name for name in CODEBOOK.variables if (name in PERCENT) == (kind == "percent") and name not in records]
    cells = pd.concat([written.column(name) for name in names])
    asked = cells[~cells.isin(["a", "b"])]
    for code, rate in ((-8, dont_know), (-9, refused)):
        assert abs((asked == code).mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / len(asked)), code
    assert not pd.concat([written.column(name).isin([-8, -9, "a", "b"]) for name in records]).any()


def _pairs(written: Written) -> tuple[np.ndarray, np.ndarray]:
    """Percentages as simulated and as the file has them, where it has an answer."""
    before = np.concatenate([written.plain[name].to_numpy(dtype=float) for name in PERCENT])
    after = np.concatenate([written.answers(name).to_numpy(dtype=float) for name in PERCENT])
    kept = ~np.isnan(after)
    # a proportion times 100 is its percentage up to the last binary digit
    return before[kept], after[kept].round(9)


def test_percentages_are_heaped_at_the_declared_rate_and_moved_no_further_than_declared(written: Written) -> None:
    before, after = _pairs(written)
    near = np.min([np.abs(before - point) for point in (5, 10, 25, 50)], axis=0)
    nearest_is_inside = near < np.minimum(before, 100 - before)
    could = (before > 0) & (before < 100) & nearest_is_inside & (near <= 12.5) & (near > 0)
    moved = ~np.isclose(before, after, atol=1e-9, rtol=0)
    assert not moved[~could].any()
    assert set(after[moved]) == {5, 10, 25, 50}
    np.testing.assert_allclose(np.abs(after - before)[moved], near[moved], atol=1e-9)
    assert could.sum() > 3000
    assert abs(moved[could].mean() - 0.6) < 4 * np.sqrt(0.24 / could.sum())


def test_what_stands_at_a_limit_is_what_stood_there(written: Written) -> None:
    before, after = _pairs(written)
    for limit in (0, 100):
        assert ((before == limit) == (after == limit)).all()
        assert (after == limit).sum() > 500


def test_heaping_may_reach_the_limits_when_it_is_told_to() -> None:
    values = pd.Series([0.0, 1.0, 37.0, 62.0, 63.0, 80.0, 99.0, 100.0, np.nan])
    heaping = replace(archive_constants().heaping, chance=1.0)
    inside, limits = (
        archive._heaped(values, replace(heaping, reach_limits=reach), rng=np.random.default_rng(1))
        for reach in (False, True)
    )
    np.testing.assert_array_equal(inside, [0, 1, 25, 50, 63, 80, 99, 100, np.nan])
    np.testing.assert_array_equal(limits, [0, 0, 25, 50, 63, 80, 100, 100, np.nan])
    coarse = archive._heaped(values, replace(heaping, points=(10, 95)), rng=np.random.default_rng(1))
    np.testing.assert_array_equal(coarse, [0, 10, 37, 62, 63, 80, 95, 100, np.nan])


@pytest.mark.parametrize("name", SECOND)
def test_two_informants_agree_mostly_not_always_and_in_2014_only(written: Written, name: str) -> None:
    earlier = written.plain["wave"] == 2014
    counts, other = written.answers(name), written.answers(name, second=True)
    assert (written.column(name, second=True)[~earlier] == "b").all()
    assert counts[~earlier].notna().mean() > 0.9
    both = earlier & counts.notna() & other.notna()
    assert both.sum() > 600
    agree = (counts == other)[both].mean()
    # .8 are declared; an error may leave a number where it is, at the end of its range: four standard errors and a bit
    assert 0.8 - 4 * np.sqrt(0.16 / both.sum()) < agree < 0.92
    apart = (counts - other)[both]
    assert apart.max() > 0 > apart.min()
    low, high = CODEBOOK.variable(name).range or (0, 1)
    assert other[both].between(low, high).all()


def test_comments_are_latin_1_and_read_back(written: Written) -> None:
    remarks = set(written.shown["COMMENT"]) - {""}
    assert remarks == set(written.tagged["COMMENT"]) - {""} == set(archive_constants().comments.texts)
    assert "Señora Ibáñez".encode("latin-1") in written.out.read_bytes()
    assert "Señora".encode() not in written.out.read_bytes()
    assert 0.04 < (written.shown["COMMENT"] != "").mean() < 0.12


def test_the_extract_says_that_it_is_simulated(written: Written) -> None:
    stamp = f"SIMULATED mixed seed {SEED}"
    assert (written.tagged["STAMP"] == stamp).all()
    assert written.meta.file_label.startswith(f"{stamp}: ")
    assert stamp in written.out.with_name("extract.columns.toml").read_text(encoding="utf-8")
    assert "simulated, not observed" in written.printed


@pytest.mark.parametrize("wave", [2014, 2017])
def test_loading_gives_the_plain_study_but_for_what_was_heaped_or_is_missing(written: Written, wave: int) -> None:
    columns = written.out.with_name("extract.columns.toml")
    loaded = load_study(CODEBOOK, written.out, columns=columns, wave=wave)
    rows = (written.plain["wave"] == wave).to_numpy()
    plain = load_study(CODEBOOK, written.plain, wave=wave)
    assert dict(loaded.sizes) == dict(plain.sizes)
    assert loaded.attrs["stamp"] == plain.attrs["stamp"]
    for name, variable in CODEBOOK.variables.items():
        role = [role for role in variable.roles if role in {"availability", "utilisation"}]
        if name in {"simulated", "state"} or (variable.waves and wave not in variable.waves):
            continue
        got, expected = (
            (study[role[0]].sel(service=variable.service) if role else study[name]).to_numpy()
            for study in (loaded, plain)
        )
        if variable.type in {"category", "id"}:
            np.testing.assert_array_equal(got, expected, err_msg=name)
            continue
        gone = written.column(name)[rows].isin([-8, -9, "a", "b"]).to_numpy()
        np.testing.assert_array_equal(np.isnan(got), gone, err_msg=name)
        heaped = np.isin(got, (5, 10, 25, 50)) & (np.abs(got - expected) <= 12.5) & (name in PERCENT)
        compared = ~gone & ~heaped
        assert compared.sum() > 20, name
        # a proportion times 100 is its percentage up to the last binary digit
        np.testing.assert_allclose(got[compared], expected[compared], rtol=0, atol=1e-9, err_msg=name)


def test_reported_is_what_the_file_says(written: Written) -> None:
    reported = archive.extract(written.plain, seed=SEED).reported
    for name in [*PERCENT, "twelve_step", "offers_housing", "pcc_composite"]:
        np.testing.assert_allclose(reported[name].astype(float), written.answers(name), rtol=0, atol=1e-9)


def test_the_mapping_says_what_each_question_is_and_which_informant_counts(written: Written) -> None:
    text = mapping_text("extract.dta", "SIMULATED mixed seed 11")
    assert text == written.out.with_name("extract.columns.toml").read_text(encoding="utf-8")
    for question in archive_constants().questions.asked.values():
        assert f"# {question.text}\n" in text
    assert written.mapping["missing_codes"] == [-8, -9]
    assert written.mapping["multiply"] == {"professional_share": 100}
    assert written.mapping["columns"]["pcc_composite"] == "Q41_2_CS"
    assert 'the one named here counts, Q41_2_AD is the other.\npcc_composite = "Q41_2_CS"' in text


@pytest.mark.parametrize(
    ("out", "kept", "files"),
    [
        *(("extract.dta", f"extract.{ending}", 3) for ending in ("dta", "columns.toml", "truth.json")),
        *(("sim.csv", f"sim.{ending}", 2) for ending in ("csv", "truth.json")),
    ],
)
def test_no_file_is_overwritten_without_force(tmp_path: Path, out: str, kept: str, files: int) -> None:
    (tmp_path / kept).write_text("mine")
    command = ["--seed", "1", *(["--style", "archive"] if files == 3 else []), "--out", str(tmp_path / out)]
    refused = called(app, *command, code=2)
    assert f"{kept}: got a file that exists" in refused.stderr
    assert "--force" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == [kept]
    assert (tmp_path / kept).read_text() == "mine"
    called(app, *command, "--force")
    assert (tmp_path / kept).read_bytes() != b"mine"
    assert len(list(tmp_path.iterdir())) == files


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--style archive --out e.csv", "got the suffix '.csv'; expected .dta for --style archive. Give --out"),
        ("--style archive --out nowhere/e.dta", "a directory that exists"),
        ("--style archives --out e.dta", "'plain'"),
        ("--seed -1 --out sim.csv", "got -1; expected a whole number from 0 up"),
        ("--out sim.xlsx", "one of .csv, .parquet, .dta"),
        ("--out nowhere/sim.csv", "a directory that exists"),
        ("--out sim.csv --scenario nul", "Did you mean 'null'"),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = called(app, "--seed", "1", *options.split(), code=2)
    assert message in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_every_habit_of_the_archive_has_a_source_or_a_reason() -> None:
    table = tomllib.loads(Path(archive.__file__).with_name("archive_constants.toml").read_text(encoding="utf-8"))
    tables = [value for value in table.values() if not all(isinstance(inner, dict) for inner in value.values())]
    named = [table["missing"], table["answers"]]
    entries = [*tables, *(entry for group in named for entry in group.values())]
    assert len(entries) == 7 + 4 + 5
    assert all(entry.get("source") or (entry["assumed"] and entry["reason"]) for entry in entries)


def test_a_questionnaire_that_does_not_fit_the_codebook_is_refused_with_each_fault() -> None:
    constants = archive_constants()
    asked = dict(constants.questions.asked)
    del asked["twelve_step"]
    asked["own"] = replace(asked["ownership"], column="Q3", answers="owner", text="Q" * 81)
    broken = replace(constants, questions=replace(constants.questions, asked=asked))
    problems = "\n".join(map(str, faults(broken, CODEBOOK, "x.toml")))
    for message in ("'own'", "no 'twelve_step'", "column 'Q3' again", "Did you mean 'ownership'", "80 characters"):
        assert message in problems
    assert faults(constants, CODEBOOK, "x.toml") == []
