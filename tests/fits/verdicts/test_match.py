"""Which fit can answer a reading: the commands that are advised, and each reason against."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
import xarray as xr

from data.codebook import Codebook
from data.study import load_study
from fits.verdicts.match import command_for, is_analogue, why_not_evaluable
from fits.verdicts.quantity import Averages
from fits.verdicts.source import Reading, Source
from models.design import make_design
from models.family import Family
from models.spec import ModelSpec, read_against
from tests.fits.verdicts._made import claim, reading, source
from tests.fits.verdicts.test_sources import JUDGED

CODEBOOK = Codebook.read("ndatss")


@cache
def study(wave: int) -> xr.Dataset:
    return load_study(CODEBOOK, None, wave=wave)


@cache
def asked(model: str, wave: int, *, service: str = "", kind: str = "posterior") -> tuple[Any, Averages]:
    """What a fit of a model would be asked, without a fit."""
    spec = ModelSpec.find(model)
    family = Family.find(spec.family)
    found = read_against(spec, CODEBOOK, wave)
    design = make_design(found, study(wave), CODEBOOK, family=family, service=service or None)
    request = SimpleNamespace(study="ndatss", wave=wave)
    manifest = SimpleNamespace(request=request, kind=kind)
    evidence = SimpleNamespace(manifest=manifest, design=design, codebook=CODEBOOK, name=model)

    def unasked(*_: Any) -> xr.Dataset:
        raise AssertionError("no draw is needed to say who can answer")

    return evidence, Averages(design, family, CODEBOOK, study(wave), unasked)


def why_not(model: str, said: Reading, *, wave: int = 2017, kind: str = "posterior", service: str = "") -> str:
    made = claim("direction", said)
    return why_not_evaluable(source(made), made, said, *asked(model, wave, kind=kind, service=service))


@pytest.mark.parametrize(("source", "claim", "reading"), JUDGED)
def test_the_command_makes_a_fit_that_answers(source: Source, claim: Any, reading: Reading) -> None:
    """Its design is made of the simulated study, as the command would."""
    words = command_for(source, claim, reading).split()
    assert words[:3] == ["python", "-m", "models.fit"]
    wave = int(words[words.index("--wave") + 1]) if "--wave" in words else CODEBOOK.study.default_wave
    assert wave == claim.wave
    assert why_not_evaluable(source, claim, reading, *asked(words[3], wave)) == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "utilization"},
        {"exposure": "peer_influense"},
        {"services": ("condom",)},
        {"services": ("family_therapy",)},  # asked in 2014 alone
    ],
)
def test_no_command_is_made_up_for_what_no_model_has(changes: dict[str, Any]) -> None:
    wrong = reading(**changes)
    good = reading()
    assert command_for(source(claim("direction", good)), claim("direction", good), good)
    assert command_for(source(claim("direction", wrong)), claim("direction", wrong), wrong) == ""


def test_a_source_without_a_codebook_has_no_command() -> None:
    made = claim("direction", reading())
    assert command_for(source(made, study=""), made, made.readings[0]) == ""
    assert command_for(source(made, study="no_such_study"), made, made.readings[0]) == ""


@pytest.mark.parametrize(
    ("model", "changes", "said"),
    [
        ("peer_tobit", {}, ""),
        ("peer_logit", {}, "its outcome is not utilisation"),
        ("peer_tobit", {"exposure": "invites_patients"}, "no focal invites_patients"),  # there only adjusted for
        ("peer_tobit", {"exposure": "peer_influense"}, "study ndatss has no peer_influense"),
        ("peer_tobit", {"services": ("condoms", "condom", "hous")}, "it has no condom, hous"),
        ("peer_tobit", {"services": ()}, "it has several services, and the reading names none"),
        ("peer_tobit", {"exposure": "peer_exposure"}, "peer_exposure is several contrasts there"),
        ("peer_tobit", {"exposure": "peer_exposure", "estimand": "every_effect"}, ""),
        ("peer_tobit", {"scale": "log_odds"}, "its family has no scale log_odds"),
        ("peer_tobit", {"scale": "latent"}, ""),
        ("peer_tobit", {"outcome": "uses_condoms", "services": ()}, ""),
        ("peer_tobit", {"outcome": "uses_condom"}, "its outcome is not uses_condom"),
        ("coproduction_tobit", {"exposure": "pcc_exposure", "estimand": "mean_effect"}, ""),
        ("peer_adoption", {"outcome": "peer_adoption", "exposure": "director_belief", "services": ()}, ""),
        ("peer_adoption", {"outcome": "peer_influence", "exposure": "director_belief", "services": ()}, ""),
    ],
)
def test_each_reason_why_a_fit_cannot_answer(model: str, changes: dict[str, Any], said: str) -> None:
    assert why_not(model, reading(**changes)) == said


def test_maximum_likelihood_never_answers() -> None:
    assert why_not("peer_tobit", reading(), kind="mle") == "maximum likelihood has no posterior"


def test_another_wave_does_not_answer() -> None:
    said = reading(exposure="lived_experience_share")
    assert why_not("peer_tobit", said) == ""
    assert why_not("peer_tobit", said, wave=2014) == "it is of wave 2014, the claim of 2017"


def test_a_fit_of_one_service_answers_on_that_one() -> None:
    assert why_not("peer_tobit", reading(), service="condoms") == ""
    assert why_not("peer_tobit", reading(services=()), service="condoms") == ""
    assert why_not("peer_tobit", reading(), service="aftercare") == "it has no condoms"


def test_another_study_is_an_analogue_whatever_its_wave() -> None:
    evidence, averages = asked("peer_tobit", 2014)
    said = reading(exposure="lived_experience_share")
    made = claim("direction", said)
    elsewhere = source(made, study="nssats_2017")
    assert is_analogue(elsewhere, evidence)
    assert not is_analogue(source(made), evidence)
    assert why_not_evaluable(elsewhere, made, said, evidence, averages) == ""


RANKING = {
    "outcome": "peer_adoption",
    "exposure": "ownership[for_profit]",
    "services": (),
    "estimand": "lead",
    "direction": None,
}


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (("ownership[nonprofit]", "ownership[public]"), ""),  # the first is the reference, which is no contrast
        (("ownership[public]",), ""),
        (("ownership[non_profit]",), "no focal ownership[for_profit]"),
        (("unit_type[outpatient_non_otp]",), "no focal ownership[for_profit]"),  # the reference of another variable
    ],
)
def test_a_ranking_needs_every_level_it_compares_with(over: tuple[str, ...], said: str) -> None:
    assert why_not("peer_adoption", Reading(**RANKING, over=over)) == said


def test_too_few_units_on_a_named_service() -> None:
    evidence, averages = asked("peer_tobit", 2017)
    design = evidence.design
    of_condoms = design.service_of == design.services.index("condoms")
    for kept, said in ((11, ""), (10, "<11 units answer on condoms")):
        keep = ~of_condoms
        keep[of_condoms.nonzero()[0][:kept]] = True
        few = replace(design, y=design.y[keep], unit_of=design.unit_of[keep], service_of=design.service_of[keep])
        fit = SimpleNamespace(**{**vars(evidence), "design": few})
        made = claim("direction", reading())
        there = replace(averages, design=few)
        assert why_not_evaluable(source(made), made, made.readings[0], fit, there) == said
        # Of all services together, the others still speak.
        every = reading(services=(), estimand="every_effect")
        assert ("condoms" in there.services(every)) == (kept >= 11)
        assert why_not_evaluable(source(made), made, every, fit, there) == ""
