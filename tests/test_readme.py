"""What the README says must be so."""

from __future__ import annotations

import re
from inspect import signature

from data.codebook import Codebook
from fits.effects.averages import TARGETS
from models import fit
from models.family import Family
from models.spec import ModelSpec
from priors.prior_set import PriorSet
from tests.running import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_there_are_exactly_two_set_up_commands() -> None:
    found = re.findall(r"^pip install uv && (.*)$", README, flags=re.MULTILINE)
    assert found == ["uv run python -m models.fit peer_tobit", "uv run pytest"]


def test_ci_runs_the_readmes_test_command() -> None:
    assert "pip install uv && uv run pytest\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_model_prior_set_and_study_is_named() -> None:
    for name in [*ModelSpec.names(), *PriorSet.names(), *Codebook.names()]:
        assert f"{name}" in README, name


def test_the_worked_example_is_the_file_that_is_tested() -> None:
    example = (ROOT / "tests" / "studies" / "mroz.toml").read_text(encoding="utf-8")
    assert example.strip() in README


def test_every_option_of_the_main_command_is_named() -> None:
    parameters = signature(fit.main).parameters
    assert len(parameters) > 20
    renamed = {"as_json": "json", "list_": "list", "name": ""}
    for parameter in parameters:
        option = renamed.get(parameter, parameter.replace("_", "-"))
        assert f"--{option}" in README, parameter


def test_every_door_scale_target_and_published_table_is_named() -> None:
    doors = {path for path in ROOT.glob("*/*.py") if "app = typer.Typer(" in path.read_text(encoding="utf-8")}
    modules = {f"{path.parent.name}.{path.stem}" for path in doors if path.parent.name != "tests"}
    assert len(modules) == 14
    scales = {name for family in Family.names() for name in Family.find(family).scales_within((0.0, 100.0))}
    named = {f"python -m {module}" for module in modules} | {f"`{name}`" for name in scales | set(TARGETS)}
    for text in named | {f"`{family}`" for family in Family.names()} | {"mroz", "affairs", "template.toml"}:
        assert text in README, text


def test_no_registry_is_named_and_no_lock_with_one_is_committed() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert lock.count("--hash=sha256:") > 100
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
