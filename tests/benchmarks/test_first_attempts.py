"""The record of first attempts: its own code on a tiny fit, and that it goes on where it was stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.engines.settings import Settings
from models.spec import ModelSpec
from priors.prior_set import PriorSet
from tests.benchmarks import first_attempts
from tests.benchmarks.first_attempts import JOINT, Task, app, measured, table, tasks

TINY = Task("seeds", "peer_staffing", "weak", "as_claimed", 3)


def test_every_model_meets_every_prior_set_on_every_study() -> None:
    every = list(tasks("every", 5))
    assert len({(one.model, one.priors, one.scenario) for one in every}) == len(every)
    assert len(every) == len(ModelSpec.names()) * len(PriorSet.names()) * 3
    seeds = list(tasks("seeds", 5))
    assert [one.seed for one in seeds] == sorted(one.seed for one in seeds)
    assert len(set(seeds)) == len(seeds) == 5 * len(JOINT) * 2


def test_a_fit_is_measured_as_it_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = measured(TINY, Settings(draws=30, tune=30, chains=2))
    assert not found["first"]
    assert len(found["of"]) in (1, 2)
    assert found["of"][0]["ess_bulk_min"] < 200
    monkeypatch.setattr(first_attempts, "tasks", lambda part, seeds: [TINY])
    arguments = ["--part", "seeds", "--draws", "30", "--tune", "30", "--out", str(tmp_path), "--day", "2017-01-01"]
    first = CliRunner().invoke(app, arguments)
    assert first.exit_code == 0, first.output
    (line,) = (tmp_path / "2017-01-01-attempts.jsonl").read_text().splitlines()
    assert {name: json.loads(line)[name] for name in Task.__annotations__} == vars(TINY)
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 0
    assert (tmp_path / "2017-01-01-attempts.jsonl").read_text() == f"{line}\n"
    assert "| seeds | peer_staffing | weak | 1 |" in again.stdout
    unknown = CliRunner().invoke(app, ["--part", "evry"])
    assert unknown.exit_code == 2


def test_its_table_counts_by_model_and_prior_set() -> None:
    one = {"part": "seeds", "model": "m", "priors": "weak", "first": True, "passed": True, "pooled": False, "cpu": 3.0}
    records = [one, {**one, "first": False, "pooled": True, "cpu": 9.0}, {**one, "first": False, "passed": False}]
    assert table(records).splitlines()[-1] == "| seeds | m | weak | 3 | 1 | 2 | 1 | 3 |"
