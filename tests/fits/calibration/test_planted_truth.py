"""The sizes that a scenario plants are those that a calibration scores estimates against."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.simulation import simulator
from data.study import load_study
from fits.calibration.study_effects import changes
from fits.effects.effect_table import POOLED
from fits.effects.truth import drawn_with, known_place, truth_as_posterior
from fits.loaded import prepare
from tests.models._prepare import case

MODELS = ("peer_tobit", "pcc_tobit", "peer_logit", "pcc_logit")
ASKED = [("one_real", model, service) for model in MODELS for service in (None, "hiv_testing")]


@pytest.mark.parametrize(("scenario", "model", "service"), [*ASKED, ("alike", "peer_tobit", None)])
def test_true_effects_of_a_calibration_are_the_planted_sizes(scenario: str, model: str, service: str | None) -> None:
    given = case(model).loaded
    frame, truth = simulator.simulate(scenario, 4)
    loaded = replace(given, dataset=load_study(given.codebook, frame, wave=2017), contrasts={})
    design, _, _ = prepare(loaded, service)
    role = loaded.reading.role
    drawn, family = drawn_with(design, loaded.codebook)
    said = truth_as_posterior(truth["waves"]["2017"][role], design)
    true = changes(said, drawn, family, loaded=loaded, place=known_place(drawn))
    points = {(one["exposure"], one["service"]): one["points"] for one in truth["planted"] if one["outcome"] == role}
    scale = 100.0 if role == "availability" else 1.0
    single = {effect: scale * value.item() for effect, value in true.items() if effect[1] != POOLED}
    assert len(single) == len(design.exposures) * len(design.services)
    assert single == pytest.approx({effect: points.get(effect, 0.0) for effect in single}, abs=0.1)
