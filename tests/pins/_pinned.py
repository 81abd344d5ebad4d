"""What is pinned: posteriors of four models by the compiled engine, and verdicts on posteriors of random draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import arviz_stats
import numpy as np
import xarray as xr

from fits.effects.effects_of_fit import Question, effect_tables
from fits.fit_with_study import Evidence
from fits.reload import reload
from fits.verdicts.judge import judge_all
from fits.verdicts.judgement import Judgement
from fits.verdicts.rule import Rule
from fits.verdicts.source import Source
from models.engines.settings import Settings
from tests import fakes
from tests.fakes import posterior
from tests.models._prepare import Case, case, sampled

HERE = Path(__file__).parent
POSTERIORS, VERDICTS = HERE / "posteriors.json", HERE / "verdicts.json"

MODELS: dict[str, dict[str, Any]] = {
    "tobit": {"model": "peer_tobit", "service": "condoms"},
    "gaussian": {"model": "peer_tobit", "service": "condoms", "family": "gaussian"},
    "bernoulli": {"model": "peer_logit", "service": "condoms"},
    "joint tobit": {"model": "coproduction_tobit", "pooling": "normal"},
    "joint tobit, mixture": {"model": "coproduction_tobit"},
}
SETTINGS = Settings(draws=250, tune=500, chains=4, seed=2017)
JUDGED = ("peer_tobit", "peer_logit", "pcc_tobit", "pcc_logit")


def summarised(posterior: xr.Dataset) -> dict[str, dict[str, float]]:
    """Mean, sd and Monte Carlo error of every element of every top-level parameter."""
    found = {}
    for name, draws in posterior.data_vars.items():
        if str(name).endswith("_effect"):
            continue
        mean, sd, mcse = draws.mean(("chain", "draw")), draws.std(("chain", "draw"), ddof=1), arviz_stats.mcse(draws)
        for place in np.ndindex(mean.shape):
            labels = ", ".join(str(mean[dim].to_numpy()[at]) for dim, at in zip(mean.dims, place, strict=True))
            values = {"mean": mean, "sd": sd, "mcse": mcse}
            found[f"{name}[{labels}]"] = {key: float(held.to_numpy()[place]) for key, held in values.items()}
    return found


def posterior_of(name: str) -> dict[str, dict[str, float]]:
    """One posterior's parameters and average effects."""
    given = case(**MODELS[name])
    draws = sampled(given, SETTINGS)
    scales = tuple(given.family.scales_within(given.design.limits).values())[:1]
    tables = effect_tables(
        draws,
        given.design,
        given.family,
        dataset=given.loaded.dataset,
        codebook=given.loaded.codebook,
        question=Question(scales=scales),
    )
    effects = {
        f"effect[{row.exposure}, {row.service}]": {
            key: float(getattr(row.change, key)) for key in ("mean", "low", "high", "mcse")
        }
        for table in tables
        for row in table.rows
    }
    return {**summarised(draws), **effects}


def verdicts(folder: Path) -> dict[str, Any]:
    """Every reading of every claim, judged on posteriors of random draws that are the same on every machine."""
    with patch.object(fakes, "posterior", firm):
        fits = [fakes.drawn({"home": folder}, model=model, length=500) for model in JUDGED]
    checked = [Evidence(reload(one.fit.with_checks({"taken as passed": True}, {}))) for one in fits]
    sources = [Source.read(name) for name in Source.names()]
    found = judge_all(sources, checked, Rule.read())
    return {f"{one.id} {one.fit}": said(one) for one in found}


def firm(given: Case, **size: int) -> xr.Dataset:
    """Random draws whose exposures' coefficients are known well, and lie apart, so that some claims are decided."""
    values = posterior(given, **size)
    coefficients = values["exposure_coef"]
    lies = coefficients.isel(chain=0, draw=0)
    values["exposure_coef"] = lies + 0.1 * (coefficients - coefficients.mean(("chain", "draw")))
    return values


def said(one: Judgement) -> dict[str, Any]:
    """What a judgement says: its verdict, why there is none, and its probabilities."""
    found: dict[str, Any] = {"verdict": one.verdict, "why": one.why}
    for key in ("holds", "against", "inside", "direction"):
        part = getattr(one, key)
        if part is not None:
            found[key] = {"value": part.value, "error": part.error}
    if one.estimate is not None:
        found["estimate"] = {key: getattr(one.estimate, key) for key in ("mean", "low", "high", "mcse")}
    return found
