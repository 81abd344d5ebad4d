"""Guidelines: every item has something that looks for it, and what is missing is called missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from data.errors import InputError
from fits.fit_with_study import Evidence
from fits.verdicts.rule import Rule
from reports.document.blocks import Command, Table
from reports.guidelines import predicates as evidence_of
from reports.guidelines.declared import Guideline
from reports.guidelines.finding import Status
from reports.guidelines.sensitivity import command_doubled
from reports.report_inputs import ReportInputs
from reports.sections import guidelines
from tests.fakes import drawn
from tests.reports.sections._stored_fits import blocks_of, with_manifest

ALWAYS = {"effects", "checks", "priors", "groups", "diagnostics", "data", "guidelines", "provenance", "verdicts",
          "frequentist"}  # fmt: skip


@pytest.fixture(scope="module")
def others(apart: dict[str, Any]) -> dict[str, Evidence]:
    return {name: drawn(apart, priors=name) for name in ("skeptical", "wide")}


def status(name: str, *fits: Evidence, beside: tuple[Evidence, ...] = ()) -> str:
    return evidence_of.PREDICATES[name](ReportInputs(fits, beside)).status


def test_both_guidelines_are_there_and_every_predicate_is_used() -> None:
    found = {one.name: one for one in Guideline.all_of()}
    assert set(found) == {"barg", "wambs"}
    assert len(found["wambs"].items) == 10
    assert {item.id[0] for item in found["barg"].items} == set("0123456")
    named = {item.evidence for one in found.values() for item in one.items}
    assert named == set(evidence_of.PREDICATES)


def test_an_item_without_anything_that_looks_for_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    item = '[[items]]\nid = "1"\nshort = "s"\nitem = "i"\nevidence = "convergd"\n'
    path.write_text(f'short = "O"\ntitle = "Own"\nsource = "me"\n{item}', encoding="utf-8")
    with pytest.raises(InputError, match="Did you mean 'converged'"):
        Guideline.read(path)


def test_every_item_is_answered_with_a_sentence_and_a_section_that_is_there(joint: Evidence, mle: Evidence) -> None:
    for inputs in (
        ReportInputs((joint,)),
        ReportInputs((mle,)),
        ReportInputs((joint,), (mle,)),
    ):
        for name, predicate in evidence_of.PREDICATES.items():
            found = predicate(inputs)
            assert found.status in get_args(Status), name
            assert found.sentence.endswith("."), name
            assert found.to in ALWAYS, name
        for table in blocks_of(guidelines.section(inputs), Table):
            assert {row["evidence"].to for row in table.rows} <= ALWAYS


def test_sensitivity_is_missing_until_a_second_prior_set_is_there(joint: Evidence, others: dict[str, Evidence]) -> None:
    skeptical, wide = others["skeptical"], others["wide"]
    assert status("other_prior", joint) == "missing"
    assert status("other_prior", joint, beside=(skeptical,)) == "met"
    assert status("other_prior", joint, skeptical) == "met"
    assert status("broader_prior", joint) == "missing"
    assert status("broader_prior", joint, beside=(skeptical,)) == "missing"
    assert status("broader_prior", joint, beside=(wide,)) == "met"
    assert status("other_spread", joint) == "missing"
    assert status("other_spread", joint, beside=(wide,)) == "met"
    assert status("decisions_sensitive", joint) == "missing"
    assert status("decisions_sensitive", joint, beside=(wide,)) == "for the reader"


def test_another_question_is_no_sensitivity(joint: Evidence, mle: Evidence, apart: dict[str, Any]) -> None:
    alone = drawn(apart, service="other", priors="skeptical")
    assert status("other_prior", joint, beside=(alone,)) == "missing"
    assert status("other_prior", joint, beside=(mle,)) == "missing"
    assert status("other_prior", joint, alone, beside=(drawn(apart, priors="wide"),)) == "partly"


def test_what_is_missing_comes_with_the_command_that_supplies_it(
    joint: Evidence, others: dict[str, Evidence], apart: dict[str, Any]
) -> None:
    (command,) = evidence_of.other_prior(ReportInputs((joint,))).commands
    assert sorted(command.split()) == sorted([*joint.command.split(), "--priors", "skeptical"])
    assert command.startswith("python -m models.fit m ")
    (command,) = evidence_of.other_prior(ReportInputs((others["skeptical"],))).commands
    assert command == drawn(apart).command  # whose prior set is the one that need not be named
    shown = {one.text for one in blocks_of(guidelines.section(ReportInputs((joint,))), Command)}
    assert sorted([*joint.command.split(), "--priors", "wide"]) in [sorted(one.split()) for one in shown]
    assert f"python -m models.check {joint.name}" in " ".join(shown)


@pytest.mark.parametrize(
    ("name", "checks", "expected"),
    [
        ("converged", {"rhat": False}, "missing"),
        ("converged", {"rhat": True}, "met"),
        ("resolution", {"ess_bulk": True, "ess_tail": False}, "missing"),
        ("resolution", {"ess_bulk": True, "ess_tail": True}, "met"),
        ("autocorrelation", {"ess_bulk": False, "ess_tail": True}, "missing"),
    ],
)
def test_diagnostics_that_failed_are_not_met(
    name: str, checks: dict[str, bool], expected: str, joint: Evidence
) -> None:
    assert status(name, with_manifest(joint, checks=checks)) == expected


def test_predictions_are_missing_partly_or_met(joint: Evidence) -> None:
    assert status("posterior_predictive", joint) == "missing"
    assert status("posterior_predictive", with_manifest(joint, predictive={"sampler": True})) == "missing"
    assert status("posterior_predictive", with_manifest(joint, predictive={"mean_by_service": True})) == "met"
    wrong = with_manifest(joint, predictive={"mean_by_service": False, "prior_mean_by_service": True})
    assert status("posterior_predictive", wrong) == "partly"
    assert status("prior_predictive", joint) == "missing"
    assert status("prior_predictive", wrong) == "met"


def test_rival_likelihoods_are_compared_by_a_command(joint: Evidence, apart: dict[str, Any]) -> None:
    rival = drawn(apart, family="gaussian")
    found = evidence_of.compared(ReportInputs((joint,), (rival,)))
    assert found.status == "partly"
    assert found.commands[0].startswith(f"python -m models.check {joint.name} {rival.name}")
    assert status("compared", joint) == "does not apply"
    assert status("other_prior", joint, beside=(rival,)) == "missing"


def test_a_stale_fit_does_not_run_as_posted(joint: Evidence) -> None:
    assert status("runs", joint) == "met"
    assert status("runs", replace(joint, differs=("pymc 1 -> 2",))) == "partly"


def test_draws_of_two_pooled_runs_are_counted_twice(joint: Evidence) -> None:
    settings = joint.manifest.request.settings
    attempts = [{"settings": {**settings, "seed": seed}, "pooled": True} for seed in (1, 2)]
    pooled = with_manifest(joint, attempts=attempts, diagnostics={"ess_bulk_min": 800.0})
    total = settings["chains"] * settings["draws"]
    assert (joint.manifest.draws_kept, pooled.manifest.draws_kept) == (total, 2 * total)
    assert f" --draws {2 * settings['draws']} " in f"{command_doubled(joint)} "
    assert f" --draws {4 * settings['draws']} " in f"{command_doubled(pooled)} "
    said = evidence_of.autocorrelation(ReportInputs((pooled,))).sentence
    assert f"{100 * 800 / (2 * total):.0f} effective of 100 draws" in said


def test_twice_the_draws_have_to_be_there(joint: Evidence) -> None:
    assert status("doubled", with_manifest(joint, checks={"rhat": False})) == "missing"
    assert status("doubled", with_manifest(joint, checks={"rhat": True})) == "partly"


def test_a_rule_that_is_not_registered_is_not_fixed(joint: Evidence, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "Mine"\nsure = 0.9\nsource = "me"\n[smallest]\npoints = 2.0\n', encoding="utf-8")
    mine, ours = (ReportInputs((joint,), rule=Rule.read(rule)) for rule in (path, "default"))
    assert evidence_of.rule_fixed(mine).status == "missing"
    assert evidence_of.smallest_effect(mine).status == "met"
    assert evidence_of.smallest_effect(ours).status == "partly"
    assert [status(name, joint) for name in ("rule_fixed", "smallest_effect")] == ["does not apply"] * 2
    early = with_manifest(joint, created="2020-01-01T00:00:00+00:00")
    late = with_manifest(joint, created="2099-01-01T00:00:00+00:00")
    found = [evidence_of.rule_fixed(replace(ours, fits=(one,))).status for one in (early, late)]
    assert found == ["partly", "met"]
