"""Where numbers are from: every hash of a request, and commands that make it again."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from fits.fit_with_study import Evidence
from models.check import app as check_door
from models.fit import app as fit_door
from reports.document.blocks import Command, Prose, Table
from reports.effects import app as effects_door
from reports.report_inputs import ReportInputs
from reports.sections import provenance
from tests.reports.sections._stored_fits import blocks_of, with_manifest


def values(table: Table, part: str) -> dict[str, Any]:
    return {row["what"]: row["value"] for row in table.rows if row["part"] == part}


def test_every_hash_version_and_setting_stands_in_full(joint: Evidence) -> None:
    (table,) = blocks_of(provenance.section(ReportInputs((joint,))), Table)
    request = joint.manifest.request
    hashes = values(table, "Hashes")
    assert hashes == {
        "request": request.sha256,
        "data": request.data_sha256,
        "mapping of columns": "none: not used",
        "codebook": request.codebook_sha256,
        "model": request.model_sha256,
        "priors": request.priors_sha256,
    }
    assert all(len(value) == 64 for what, value in hashes.items() if what != "mapping of columns")
    assert values(table, "Versions") == request.versions
    assert values(table, "Settings") == request.settings
    assert table.origin is not None
    assert table.origin.seed == request.settings["seed"]


def test_no_hash_of_a_request_is_forgotten(joint: Evidence) -> None:
    request = joint.manifest.request
    kept = {key for key in vars(request) if key.endswith("sha256") and not key.startswith("_")}
    assert kept == set(provenance.HASHES.values())


def test_files_are_named_without_their_folders(joint: Evidence, small: dict[str, Any]) -> None:
    (table,) = blocks_of(provenance.section(ReportInputs((joint,))), Table)
    assert values(table, "Files")["data file"] == "own.csv"
    assert values(table, "Files")["codebook"] == "own.toml"
    folder = str(Path(small["data"]).parent)
    assert not [row for row in table.rows if folder in str(row["value"])]


def test_settings_of_the_attempt_that_is_stored_stand_where_they_differ(joint: Evidence) -> None:
    attempts = [{"settings": joint.manifest.request.settings}, {"settings": {"seed": 2018, "target_accept": 0.99}}]
    fit = replace(joint.fit, manifest=replace(joint.manifest, attempts=attempts))
    again = replace(joint, reloaded=replace(joint.reloaded, fit=fit))
    (table,) = blocks_of(provenance.section(ReportInputs((again,))), Table)
    assert values(table, "Settings")["seed, in the attempt that is stored"] == 2018
    assert values(table, "Settings")["target_accept, in the attempt that is stored"] == 0.99


def test_the_seed_of_a_second_run_that_is_pooled_is_not_that_of_all_draws(joint: Evidence) -> None:
    settings = joint.manifest.request.settings
    attempts = [{"settings": {**settings, "seed": seed}, "pooled": True} for seed in (settings["seed"], 2018)]
    (table,) = blocks_of(provenance.section(ReportInputs((with_manifest(joint, attempts=attempts),))), Table)
    found = values(table, "Settings")
    assert found["seed"] == settings["seed"]
    assert found["seed, of the second run, whose chains are stored too"] == 2018
    assert not [what for what in found if "in the attempt that is stored" in what]


def test_what_differs_is_said(joint: Evidence) -> None:
    stale = replace(joint, differs=("pymc 6.4.0 -> 6.5.0",))
    first = {name: blocks_of(provenance.section(ReportInputs((one,))), Prose)[2] for name, one in
             (("stale", stale), ("fresh", joint))}  # fmt: skip
    assert first["stale"].tone == "warning"
    assert "pymc 6.4.0 -> 6.5.0" in first["stale"].text
    assert "nothing that decides its draws" in first["fresh"].text


def test_commands_are_the_projects_own(joint: Evidence, mle: Evidence) -> None:
    found = provenance.section(ReportInputs((joint,), (mle,), "python -m reports.build x"))
    commands = [one.text for one in blocks_of(found, Command)]
    assert joint.command in commands
    assert mle.command in commands
    assert "python -m reports.build x" in commands
    doors = {"models.fit": fit_door, "models.check": check_door, "reports.effects": effects_door}
    seen = set()
    for command in commands[:-1]:
        module, *words = shlex.split(command)[2:]
        seen.add(module)
        # --help stops before anything is made, but only after every option was found to exist
        done = CliRunner().invoke(doors[module], [*words, "--help"])
        assert done.exit_code == 0, done.output
        assert joint.name in words or "m" in words
    assert seen == set(doors)
