"""Shapes of pooling over services: chosen by a plan, told by fits, refused where nothing is pooled."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from data.errors import InputError
from fits.effects.unpooled import is_pooled
from fits.fit_with_study import Evidence
from fits.ladder_steps import steps_of
from fits.loaded import load
from fits.make import make
from fits.plan import FitPlan
from fits.planning.pooling import NONE, pooled_by, pooling_name
from fits.reload import reload
from fits.storage.draws import BESIDE
from fits.storage.fit import Fit
from models.check import app as check_door
from models.fit import app
from models.ladder import app as ladder_door
from models.posterior import parameters_of
from reports.comparison.provenance_diff import differing
from reports.document.blocks import Table
from reports.guidelines.sensitivity import others
from reports.report_inputs import ReportInputs
from reports.sections import provenance
from reports.sections.frequentist import mle_command
from reports.sections.parts.chains import worst_of
from reports.terminal.posterior import coefficients
from tests.fakes import drawn, stored
from tests.making import made, plan_of
from tests.reports.sections._stored_fits import blocks_of
from tests.running import called
from tests.small_study import kinds, small_codebook, write

CHOSEN: dict[str, dict[str, Any]] = {
    "none": {"pooling": "none"},
    "normal": {"pooling": "normal"},
    "student": {"pooling": "student"},
    "mixture .5": {"pooling_weight": 0.5},
}
"""What is asked for besides the model's own shape, a mixture in which a share of .8 is alike."""

LOOK: dict[str, Any] = {"draws": 250, "tune": 250, "chains": 2, "quick": True}


@pytest.fixture(scope="module")
def fits(apart: dict[str, Any]) -> dict[str, Fit]:
    """A look under every shape, sampled."""
    return {shape: made(**apart, **LOOK, **asked) for shape, asked in {"own": {}, **CHOSEN}.items()}


def key_of(files: dict[str, Any], **asked: Any) -> str:
    return plan_of(**files, **asked).key


def test_the_models_own_shape_and_weight_are_the_same_plan(apart: dict[str, Any]) -> None:
    own = key_of(apart)
    for same in ({"pooling": "mixture"}, {"pooling_weight": 0.8}, {"pooling": "mixture", "pooling_weight": 0.8}):
        assert key_of(apart, **same) == own
    keys = {key_of(apart, **asked) for asked in CHOSEN.values()}
    assert len({own, *keys}) == 5
    assert key_of(apart, pooling="mixture", pooling_weight=0.5) == key_of(apart, pooling_weight=0.5)


def test_a_model_declared_normal_is_no_mixture_until_it_is_asked_for(tmp_path: Any) -> None:
    files = write(tmp_path, small_codebook("y", "other", m={"pooling": "normal"}), kinds())
    requests = [plan_of(**files, **asked).request() for asked in ({}, {"pooling": "normal"}, {"pooling": "mixture"})]
    assert [(one.pooling, one.pooling_weight) for one in requests] == [("", None), ("", None), ("mixture", 0.8)]
    assert load(plan_of(**files, pooling="mixture")).reading.spec.mixture_weight == 0.8
    with pytest.raises(InputError, match=r"got 0\.5 under 'normal'; expected a weight of 'mixture'"):
        load(plan_of(**files, pooling_weight=0.5))


@pytest.mark.parametrize(
    ("shape", "weight", "name"),
    [("", None, ""), ("normal", None, "pooling_normal"), ("mixture", 0.5, "pooling_mixture_0.5")],
)
def test_the_name_says_a_shape_other_than_the_models_own(shape: str, weight: float | None, name: str) -> None:
    assert pooling_name(shape, weight) == name


REFUSED = [
    ("--pooling mixtur", "--pooling: got 'mixtur'; expected a shape of pooling. Did you mean 'mixture'?"),
    ("--pooling-weight 1", "--pooling-weight: got 1; expected a share above 0 and below 1. For services that are all"),
    ("--pooling-weight 0", "--pooling-weight: got 0; expected a share above 0 and below 1"),
    ("--pooling-weight nan", "--pooling-weight: got nan; expected a share above 0 and below 1"),
    ("--pooling normal --pooling-weight .5", "got 0.5 under 'normal'; expected a weight of 'mixture'"),
    ("--pooling normal --service y", "--pooling: got also --service y; expected several services in one model"),
    ("--pooling-weight .5 --single-level", "--pooling-weight: got also --single-level, a single equation; expected"),
    ("--pooling none --engine mle", "got also --engine mle, an equation for each service; expected several services"),
    ("--pooling none --engine bambi --family gaussian", "got also --engine bambi, which states one service; expected"),
    (
        "--pooling mixture --pooling-weight .8 --service y",
        "one service has nothing to be pooled with. Leave out --pooling and --pooling-weight",
    ),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=[words for words, _ in REFUSED])
@pytest.mark.usefixtures("wide")
def test_what_cannot_be_pooled_is_refused_before_sampling(apart: dict[str, Any], words: str, said: str) -> None:
    given = ["m", "--study", apart["study"], "--data", apart["data"], "--fits-dir", apart["home"] / "refused"]
    for more in ([], ["--show"]):
        if "mle" not in words or not more:
            result = called(app, *given, *words.split(), *more, code=2)
            assert said in " ".join(result.stderr.split())
    assert not (apart["home"] / "refused").exists()


def test_a_model_of_one_outcome_pools_no_services(tmp_path: Any) -> None:
    files = write(tmp_path, small_codebook("y"), kinds())
    with pytest.raises(InputError, match="got also the model 'm', which has one outcome; expected several services"):
        load(plan_of(**files, pooling="normal"))


SHOWN = {
    "--pooling-weight .8": "~ 0.8 Normal(exposure_mean[e] + shift[e, service], exposure_spread[e]) + 0.2 Normal(",
    "--pooling-weight .5": "~ 0.5 Normal(exposure_mean[e] + shift[e, service], exposure_spread[e]) + 0.5 Normal(",
    "--pooling normal": "~ Normal(exposure_mean[e] + shift[e, service], exposure_spread[e])\n",
    "--pooling student": "~ StudentT(3, exposure_mean[e] + shift[e, service], exposure_spread[e])\n",
    "--pooling none": "exposure_coef[e, service] ~ Normal(0, 9.434) + shift[e, service]\n",
}


@pytest.mark.parametrize("words", SHOWN)
def test_the_equation_shows_the_shape(words: str) -> None:
    text = called(app, "peer_tobit", *words.split(), "--show").output
    assert SHOWN[words] in text
    assert ("exposure_mean[e] ~" in text) == ("none" not in words)


@pytest.mark.parametrize("shape", ["own", *CHOSEN])
def test_a_fit_of_every_shape_is_sampled_and_knows_its_shape(
    shape: str, fits: dict[str, Fit], apart: dict[str, Any]
) -> None:
    fit, asked = fits[shape], CHOSEN.get(shape, {})
    assert fit.manifest.status in ("passed", "look"), fit.manifest.diagnostics
    want = asked.get("pooling", "mixture")
    weight = asked.get("pooling_weight", 0.8) if want == "mixture" else None
    assert pooled_by(fit.manifest) == (want, weight)
    assert is_pooled(fit.manifest) == (want != NONE)
    with fit.draws() as tree:
        held, public = set(tree["posterior"].data_vars), tree["posterior"].to_dataset().load()
        assert (BESIDE in tree.children) == (want != NONE)
    assert ({"exposure_mean", "exposure_spread"} <= held) == (want != NONE)
    assert ("exposure_outlying" in held) == (want == "mixture")
    with fit.draws(public=True) as shared:
        assert ("exposure_outlying" in shared["posterior"].data_vars) == (want == "mixture")
    assert {row.parameter for row in coefficients(fit).rows} == set(parameters_of(public)) - {"constant"}
    assert reload(fit).design.reading.spec.pooling == want
    assert not Evidence(reload(fit)).differs
    again = FitPlan.of(fit)
    assert (again.pooling, again.pooling_weight) == ((want, weight) if asked else ("", None))
    assert make(again, home=apart["home"]).manifest.created == fit.manifest.created


def test_names_tell_shapes_apart(fits: dict[str, Fit]) -> None:
    assert {shape: fit.name for shape, fit in fits.items()} == {
        "own": "m-weak-own-quick",
        "none": "m-weak-own-pooling_none-quick",
        "normal": "m-weak-own-pooling_normal-quick",
        "student": "m-weak-own-pooling_student-quick",
        "mixture .5": "m-weak-own-pooling_mixture_0.5-quick",
    }


def test_the_draws_are_of_their_shape(fits: dict[str, Fit]) -> None:
    """The looser the pooling, the farther apart an exposure's coefficients on the two services."""
    apart = {}
    for shape, fit in fits.items():
        with fit.draws() as tree:
            coefficient = tree["posterior"]["exposure_coef"].load()
        apart[shape] = float(coefficient.std("service").mean())
    assert apart["normal"] < apart["own"] < min(apart["mixture .5"], apart["none"])  # which differ by chance in a look


@pytest.mark.parametrize("shape", ["own", *CHOSEN])
def test_commands_print_fits_of_every_shape(shape: str, fits: dict[str, Fit], apart: dict[str, Any]) -> None:
    plan = replace(FitPlan.of(fits[shape]))
    words = ["m", *plan.words(apart["home"])]
    text = called(app, *words).output
    assert ("pooled over services" in text) == (shape != "none")
    assert ("Pr(not exch" in text) == (shape in ("own", "mixture .5"))
    rows = json.loads(called(app, *words, "--json").output)["coefficients"]
    assert not [row for row in rows if row["parameter"] == "exposure_outlying"]
    priors = {row["not_exchangeable_prior"] for row in rows if "not_exchangeable_prior" in row}
    assert priors == {"own": {0.2}, "mixture .5": {0.5}}.get(shape, set())


def test_what_looks_at_parameters_passes_over_the_chance(fits: dict[str, Fit]) -> None:
    with fits["own"].draws() as tree:
        posterior = tree["posterior"].to_dataset().load()
    _, rhat = worst_of(posterior, 1000)
    assert len(rhat) > 10
    assert not [name for name in rhat if name.startswith("exposure_outlying")]
    chance = posterior["exposure_outlying"]
    assert ((chance >= 0) & (chance <= 1)).all()
    assert "exposure_outlying" not in fits["own"].manifest.diagnostics["rhat_worst"]


def test_a_fake_fit_of_an_older_day_was_pooled_normally(apart: dict[str, Any]) -> None:
    manifest = stored("older", **apart).manifest
    design = {key: value for key, value in manifest.design.items() if not key.startswith("pooling")}
    assert pooled_by(manifest) == ("mixture", 0.8)
    assert pooled_by(replace(manifest, design=design)) == ("normal", None)
    assert pooled_by(stored("single", **apart, service="y").manifest) == (NONE, None)


def test_the_report_says_how_services_are_pooled(apart: dict[str, Any], mle: Evidence) -> None:
    def told(evidence: Evidence) -> str:
        (table,) = blocks_of(provenance.section(ReportInputs((evidence,))), Table)
        return next(str(row["value"]) for row in table.rows if row["what"] == "pooling")

    fakes = [drawn(apart, **asked) for asked in ({}, {"pooling": "normal"}, {"pooling": "none"}, {"service": "y"})]
    assert [told(one) for one in [*fakes, mle]] == [
        "over services (mixture, 0.8 of the services alike; the model's own) and groups",
        "over services (normal; by --pooling) and groups",
        "over groups, not over services (by --pooling)",
        "over groups",
        "none",
    ]


def test_another_shape_is_one_difference_and_no_other_model(apart: dict[str, Any]) -> None:
    one, other = drawn(apart), drawn(apart, pooling_weight=0.5)
    found, alike = differing({"one": one, "other": other})
    assert {aspect.name: dict(aspect.values) for aspect in found} == {
        "services pooled": {
            "one": "mixture, 0.8 of the services alike",
            "other": "mixture, 0.5 of the services alike (by --pooling)",
        }
    }
    assert "model" in alike


def test_a_fit_of_another_shape_is_no_fit_of_other_priors(apart: dict[str, Any]) -> None:
    one, pooled, other = drawn(apart), drawn(apart, pooling="normal"), drawn(apart, priors="wide")
    assert others(ReportInputs((one, pooled, other)), one, priors=False) == (other,)


def test_the_ladder_pools_in_its_last_step_alone(apart: dict[str, Any]) -> None:
    plan = plan_of(**apart, pooling="normal")
    steps = steps_of(plan, load(plan).reading, limits=(0.0, 10.0), service="y")
    assert [step.plan.pooling for step in steps[:4]] == ["", "", "", "normal"]
    assert {step.plan.pooling for step in steps[4:]} == {"normal"}
    assert steps[3].words == "pooling over 2 services (normal)"
    own, normal = (stored(**apart, **asked).manifest.request for asked in ({}, {"pooling": "normal"}))
    assert [steps[3].shown_by(one) for one in (own, normal)] == [False, True]
    alone = plan_of(**apart, pooling="none")
    assert steps_of(alone, load(alone).reading, limits=(0.0, 10.0), service="y")[3].words == (
        "2 services in one model, not pooled"
    )
    assert "--pooling" not in mle_command(drawn(apart, pooling="normal"))


def test_the_ladder_takes_the_option(apart: dict[str, Any]) -> None:
    given = ["m", "--study", apart["study"], "--data", apart["data"], "--exposure", "yes", "--service", "y"]
    result = called(ladder_door, *given, "--pooling", "norml", code=2)
    assert "Did you mean 'normal'?" in result.stderr


def test_refits_of_a_check_keep_the_shape(apart: dict[str, Any]) -> None:
    """`models.check` has no such option: it asks a fit, whose shape stands in its manifest."""
    assert reload(stored(**apart, pooling="none")).design.pooling == ""
    assert reload(stored(**apart, pooling="student")).design.pooling == "student"
    assert "--pooling" not in called(check_door, "--help").output
