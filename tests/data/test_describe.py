"""The door `python -m data.describe`: what it prints, what it refuses, and on which terminals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from data.codebook import Codebook
from data.describe import app
from data.simulation import simulator
from tests.running import ROOT, called, python
from tests.small_study import binary, codebook, write


def run(*arguments: str, columns: int = 100) -> Result:
    return called(app, *arguments, code=None, columns=columns)


def shell(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "data.describe", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, check=False)


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 2017 extract without a stamp, as a user would bring."""
    frame, _ = simulator.simulate("null", 5)
    path = tmp_path_factory.mktemp("extract") / "extract.csv"
    frame[frame["wave"] == 2017].drop(columns="simulated").to_csv(path, index=False)
    return path


def as_json(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    table: dict[str, Any] = json.loads(result.stdout)
    return table


def test_the_default_study_is_shown_under_its_stamp() -> None:
    result = run()
    assert result.exit_code == 0
    assert not result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "ndatss: National Drug Abuse Treatment System Survey, 2014 and 2017"
    assert lines[1] == "SIMULATED DATA, not observed: SIMULATED mixed seed 2017"
    titles = [line for line in lines if line.endswith("[SIMULATED mixed seed 2017]")]
    for title in ("Exposures", "Rows", "Outcomes in percent of patients", "Groups", "Missing answers", "Warnings"):
        assert any(line.startswith(title) for line in titles), title
    for name, variable in Codebook.read("ndatss").variables.items():
        assert name in result.stdout
        assert not variable.assumed or variable.reason.split()[0] in result.stdout


def test_json_is_one_object_with_the_stamp() -> None:
    table = as_json()
    assert table["simulated"] is True
    assert table["stamp"] == table["audit"]["stamp"] == "SIMULATED mixed seed 2017"
    assert set(table["variables"]) == set(Codebook.read("ndatss").variables)
    assert table["assumptions"]["competition"].startswith("Response scale unknown")
    assert table["variables"]["unit_type"]["found"]["levels"]["outpatient_non_otp"] > 0.5
    assert table["audit"]["rows"]["in_wave"] == 657
    assert table["audit"]["warnings"]


def test_json_is_the_same_on_every_run_and_holds_no_clinic() -> None:
    first, second = run("--json").stdout, run("--json").stdout
    assert first == second
    assert first.isascii()
    assert "C0001" not in first


def test_an_observed_extract_carries_no_stamp(extract: Path) -> None:
    table = as_json("ndatss", "--data", str(extract))
    assert table["simulated"] is False
    assert table["stamp"] == ""
    assert table["data"]["data_path"] == str(extract)
    text = run("ndatss", "--data", str(extract)).stdout
    assert "SIMULATED" not in text
    assert f"Data: {extract}" in text.replace("\n", "")


def test_the_other_wave_has_its_own_services(extract: Path) -> None:
    assert "housing" in {row["service"] for row in as_json("--wave", "2014")["audit"]["binaries"]}
    assert as_json()["variables"]["offers_housing"]["found"]["note"] == "not asked in wave 2017"
    result = run("ndatss", "--data", str(extract), "--wave", "2014")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--wave: got 2014; expected a wave in the file: 2017" in result.stderr


def test_a_study_without_its_file_shows_the_codebook_and_how_to_get_it() -> None:
    result = run("nssats_2017")
    assert result.exit_code == 0
    assert "peer_support" in result.stdout
    assert "self-help groups" in result.stdout
    assert "No data file, so no audit. Download the N-SSATS 2017 public-use file" in result.stdout
    table = as_json("nssats_2017")
    assert table["audit"] is None
    assert table["next_step"].startswith("Download")
    assert table["variables"]["state"]["found"] is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ndats"], "study: got 'ndats'; expected a known study. Did you mean 'ndatss'?"),
        (["gone.toml"], "gone.toml: got no such file; expected a TOML file"),
        (["ndatss", "--data", "gone.csv"], "gone.csv: got no such file; expected a data file"),
        (["ndatss", "--data", "."], ".: got a directory; expected a data file"),
        (["ndatss", "--columns", "gone.toml"], "gone.toml: got no such file; expected a TOML file"),
        (["--wave", "1999"], "--wave: got 1999; expected a wave in the file: 2014, 2017"),
    ],
)
def test_bad_input_is_exit_code_2_and_nothing_on_stdout(arguments: list[str], told: str) -> None:
    for options in (arguments, [*arguments, "--json"]):
        result = run(*options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert told in result.stderr
        assert "Traceback" not in result.stderr


def test_several_faults_of_a_file_are_all_told(extract: Path, tmp_path: Path) -> None:
    text = extract.read_text().replace("competition", "competiton", 1)
    (tmp_path / "faulty.csv").write_text(text.replace("nonprofit", "charity"))
    result = run("ndatss", "--data", str(tmp_path / "faulty.csv"))
    assert result.exit_code == 2
    assert "2 problems found" in result.stderr
    assert "column 'competition'" in result.stderr
    assert "Did you mean 'competiton'?" in result.stderr
    assert "'charity'" in result.stderr
    assert "nonprofit" in result.stderr


OWN = codebook(
    {
        "peer": binary("Pairs [red] aidants", roles=["peer_exposure"]),
        "offers": binary("Offert", roles=["availability"], service="naloxone"),
    },
    title="Études de [bold]cas[/bold]",
)


@pytest.fixture
def own(tmp_path: Path) -> list[str]:
    files = write(tmp_path, OWN, "peer,offers\n" + "0,1\n1,0\n1,1\n0,0\n" * 10)
    return [files["study"], "--data", str(files["data"])]


def test_a_codebook_of_ones_own_by_its_path(own: list[str]) -> None:
    result = run(*own)
    assert result.exit_code == 0
    # brackets are text, not markup
    assert result.stdout.startswith("own: Études de [bold]cas[/bold]\n")
    assert "Pairs [red] aidants" in result.stdout
    assert as_json(*own)["audit"]["binaries"][0]["yes"] == 0.5


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_any_width_shows_everything_and_cuts_no_name(columns: int) -> None:
    text = run(columns=columns).stdout
    assert max(map(len, text.splitlines())) <= columns
    for whole in (*Codebook.read("ndatss").variables, "quasi-complete", "overdose_education", "ownership[for_profit]"):
        assert whole in text, whole


def test_an_odd_locale_does_not_crash(own: list[str]) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    shown = shell(*own, **plain)
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert b"tudes de [bold]cas[/bold]" in shown.stdout
    assert shown.stdout.isascii()
    refused = shell("\u00e9tude", **plain)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"expected a known study" in refused.stderr


def test_help_and_list_load_no_table_library() -> None:
    probe = (
        "import sys\nfrom typer.testing import CliRunner\nfrom data.describe import app\n"
        "for option in ('--help', '--list'):\n"
        "    result = CliRunner().invoke(app, [option])\n"
        "    assert result.exit_code == 0, result.output\n"
        "    assert ('nssats_2017' if option == '--list' else 'STUDY') in result.output\n"
        "print(sorted({'pandas', 'xarray', 'scipy', 'pandera'} & set(sys.modules)))"
    )
    assert python("-c", probe).stdout.strip() == "[]"


def test_the_list_names_every_study() -> None:
    lines = run("--list").stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == Codebook.names()
    assert lines[0].endswith("(simulated unless --data is given)")
