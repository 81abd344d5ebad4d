"""Codebooks: those of the project are whole, and a faulty one says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.codebook import Codebook
from data.errors import InputError
from data.variable import OUTCOME_ROLES

STUDY = '[study]\ntitle = "A study"\n'
RULE = 'otherwise = "other"\nfirst_match = [{ column = "OPT", equals = 1, level = "otp" }]\n'
VARIABLE = '[variables.staff]\nlabel = "Staff"\ntype = "number"\n'


def read(text: str, folder: Path) -> Codebook:
    (folder / "own.toml").write_text(text, encoding="utf-8")
    return Codebook.read(folder / "own.toml")


def faults(text: str, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(text, folder)
    return "\n".join(str(problem) for problem in caught.value.problems)


def test_the_project_brings_these_studies() -> None:
    assert {"ndatss", "nssats_2017"} <= set(Codebook.names())
    assert not any(name.startswith("_") for name in Codebook.names())


@pytest.mark.parametrize("name", Codebook.names())
def test_every_codebook_of_the_project_is_whole(name: str) -> None:
    codebook = Codebook.read(name)
    assert codebook.name == name
    assert codebook.study.title
    assert codebook.study.source
    assert codebook.study.simulated_default or codebook.study.how_to_get
    assert len(codebook.sha256) == 64
    for variable_name, variable in codebook.variables.items():
        assert variable.label.strip(), variable_name
        assert not variable.assumed or variable.reason.strip(), variable_name
        assert variable.type != "category" or variable.reference or "control" not in variable.roles, variable_name


@pytest.mark.parametrize("name", Codebook.names())
def test_roles_and_waves_lead_back_to_variables(name: str) -> None:
    codebook = Codebook.read(name)
    for role in codebook.roles():
        assert codebook.with_role(role)
        for wave in (2014, 2017):
            assert set(codebook.with_role(role, wave)) <= set(codebook.with_role(role))


def test_a_variable_asked_in_one_wave_is_absent_from_the_other() -> None:
    codebook = Codebook.read("ndatss")
    assert "offers_housing" in codebook.with_role("availability", 2014)
    assert "offers_housing" not in codebook.with_role("availability", 2017)
    for role in OUTCOME_ROLES:
        services = [codebook.variables[name].service for name in codebook.with_role(role, 2017)]
        assert len(services) == len(set(services)) == 8


def test_a_codebook_of_ones_own_is_read_by_its_path(tmp_path: Path) -> None:
    codebook = read(f"\ufeff{STUDY}{VARIABLE}range = [0, inf]\n", tmp_path)
    assert codebook.name == "own"
    assert codebook.variables["staff"].range == (0, float("inf"))
    assert codebook.variable("staff").label == "Staff"
    with pytest.raises(InputError, match=r"'staf'; expected a variable of study 'own'. Did you mean 'staff'?"):
        codebook.variable("staf")


@pytest.mark.parametrize(("name", "near"), [("ndats", "ndatss"), ("NSSATS2017", "nssats_2017")])
def test_an_unknown_study_names_the_nearest(name: str, near: str) -> None:
    with pytest.raises(InputError) as caught:
        Codebook.read(name)
    text = str(caught.value)
    assert f"got {name!r}; expected a known study. Did you mean {near!r}? Known: " in text
    assert "For your own study give the path of its .toml file" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (VARIABLE, "own.toml: study: got nothing; expected this key to be given"),
        (f"{STUDY}{VARIABLE}lable = 1\n", "own.toml: variables.staff.lable: got an unknown key"),
        (
            f"{STUDY}{VARIABLE}[variabels]\n",
            "own.toml: variabels: got an unknown key; expected a known key. Did you mean",
        ),
        (f'{STUDY}[variables.x]\ntype = "number"\n', "own.toml: variables.x.label: got nothing"),
        (f'{STUDY}[variables.x]\nlabel = "X"\ntype = "float"\n', "own.toml: variables.x.type: got 'float'"),
        (f'{STUDY}{VARIABLE}exhaustive = "perhaps"\n', "own.toml: variables.staff.exhaustive: got 'perhaps'"),
        (f"{STUDY}{VARIABLE}range = [0]\n", "own.toml: variables.staff.range"),
        (f'{STUDY}{VARIABLE}waves = ["first"]\n', "own.toml: variables.staff.waves.0: got 'first'"),
        (f"{STUDY}{VARIABLE}range = [100, 0]\n", "variables.staff.range: got [100.0, 0.0]; expected a lower number"),
        (f"{STUDY}{VARIABLE}limits = [0, 0]\n", "variables.staff.limits: got [0.0, 0.0]; expected a lower number"),
        (
            f"{STUDY}{VARIABLE}assumed = true\n",
            "variables.staff: got `assumed = true` without a reason; expected a `reason`",
        ),
        (
            f"{STUDY}{VARIABLE}contrast = 0\n",
            "variables.staff.contrast: got 0; expected a change of the variable in its own unit",
        ),
        (f'{STUDY}{VARIABLE}roles = ["availability"]\n', "variables.staff: got no `service`"),
        (
            f'{STUDY}[variables.w]\nlabel = "W"\ntype = "category"\nroles = ["wave"]\n',
            "variables.w.type: got 'category'; expected 'number' for the role `wave`",
        ),
        (
            f'{STUDY}[variables.x]\nlabel = "X"\ntype = "binary"\nlimits = [0, 1]\n',
            "variables.x.limits: got limits on a binary variable",
        ),
        (
            f'{STUDY}[variables.x]\nlabel = "X"\ntype = "category"\ncolumns = ["A", "B"]\n',
            "variables.x: got several columns; expected a `first_match` rule",
        ),
        (
            f'{STUDY}[variables.x]\nlabel = "X"\ntype = "category"\ncolumns = ["OTP"]\n{RULE}',
            "variables.x.first_match: got column 'OPT'; expected one of `columns`. Did you mean 'OTP'?",
        ),
        (
            f'{STUDY}[variables.x]\nlabel = "X"\ntype = "category"\ncodes = {{ 1 = "public" }}\nreference = "publik"\n',
            "variables.x.reference: got 'publik'; expected one of its levels. Did you mean 'public'?",
        ),
        (
            f'{STUDY}[variables.availability]\nlabel = "X"\ntype = "number"\n',
            "variables.availability: got a name the loaded study needs itself",
        ),
        ("[study\n", "expected valid TOML in UTF-8"),
    ],
)
def test_a_faulty_declaration_is_named(text: str, told: str, tmp_path: Path) -> None:
    assert told in faults(text, tmp_path)


def test_two_variables_for_one_service_are_refused_unless_their_waves_differ(tmp_path: Path) -> None:
    one = '[variables.{}]\nlabel = "X"\ntype = "binary"\nroles = ["availability"]\nservice = "condoms"\nwaves = [{}]\n'
    assert len(read(STUDY + one.format("a", 2014) + one.format("b", 2017), tmp_path).variables) == 2
    always = one.format("a", "").replace("waves = []\n", "")
    assert "service 'condoms', which 'a' has as well" in faults(STUDY + always + one.format("b", 2017), tmp_path)
    told = faults(STUDY + one.format("a", 2017) + one.format("b", "2014, 2017"), tmp_path)
    assert "variables.b: got service 'condoms', which 'a' has as well" in told


def test_several_faults_are_reported_together(tmp_path: Path) -> None:
    text = f"{STUDY}{VARIABLE}range = [5, 1]\nassumed = true\ncontrast = 0\n"
    assert len(faults(text, tmp_path).splitlines()) == 3
    text = f'{STUDY}{VARIABLE}lable = 1\n[variables.x]\ntype = "float"\n'
    assert len(faults(text, tmp_path).splitlines()) == 3


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.toml: got no such file; expected a TOML file"):
        Codebook.read(tmp_path / "gone.toml")
