"""On data whose truth is known, effects in points are the simulator's: per service, pooled, and their intervals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from data.codebook import Codebook
from data.simulation import simulator
from data.study import load_study
from fits.effects.averages import average_contrasts, over_services, place_of
from fits.effects.contrasts import contrasts_of
from fits.effects.levels import Split
from fits.effects.truth import known_place, truth_as_posterior
from models.engines.settings import Settings
from models.family import Family
from models.predictors.predictor import Place
from tests.models._prepare import sampled
from tests.models._recovery import Simulated, simulated

pytestmark = pytest.mark.slow

STUDIES = 8
SETTINGS = Settings(draws=400, tune=600, chains=2, seed=5)
SCALES = tuple(Family.find("tobit").scales_within((0.0, 100.0))[name] for name in ("expected", "latent"))


def effects(study: Simulated, posterior: xr.Dataset, place: Place) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Of every exposure in points: per service on E[y], pooled on E[y], and per service on the latent index."""
    given = study.case
    contrasts = contrasts_of(given.design, given.loaded.dataset, given.loaded.codebook)
    found = average_contrasts(posterior, given.design, given.family, contrasts=contrasts, scales=SCALES, place=place)
    expected, latent = (found[scale.name]["change"] for scale in SCALES)
    counts = Split.none(given.design).counts(given.design)
    return expected.isel(level=0), over_services(expected, counts).isel(level=0), latent.isel(level=0)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[tuple[xr.DataArray, ...], tuple[xr.DataArray, ...]]]:
    """Truth and posterior of each study."""

    def load(frame: pd.DataFrame, codebook: Codebook) -> xr.Dataset:
        path: Path = tmp_path_factory.mktemp("effects") / "simulated.csv"
        path.write_bytes(simulator.csv_bytes(frame))
        return load_study(codebook, path)

    out = []
    for seed in range(21, 21 + STUDIES):
        study = simulated("as_claimed", seed, load)
        design = study.case.design
        known = truth_as_posterior(study.truth["waves"]["2017"]["utilisation"], design)
        truth = effects(study, known, known_place(design))
        posterior = effects(study, sampled(study.case, SETTINGS), place_of("these", design))
        out.append((truth, posterior))
    return out


def covered(found: list, which: int) -> np.ndarray:  # type: ignore[type-arg]
    """Whether each true effect lies in its 90 % interval."""
    out = []
    for truth, posterior in found:
        low, high = posterior[which].quantile([0.05, 0.95], ("chain", "draw")).transpose("quantile", ...).to_numpy()
        true = truth[which].isel(chain=0, draw=0).to_numpy()
        out.append((low <= true) & (true <= high))
    return np.array(out)


@pytest.mark.parametrize(("which", "shared"), [(0, 2.0), (1, 1.0)], ids=["per service", "pooled"])
def test_intervals_of_effects_cover_the_truth_at_about_the_nominal_rate(found: list, which: int, shared: float) -> None:  # type: ignore[type-arg]
    hit = covered(found, which)
    # Three binomial standard errors; per service widened by sqrt(2), as a study's effects share their pooling.
    tolerance = 3 * np.sqrt(shared * 0.9 * 0.1 / hit.size)
    assert abs(hit.mean() - 0.9) < tolerance, f"{hit.mean():.3f} of {hit.size}, tolerance {tolerance:.3f}"


def of_all(found: list, which: int, summary: Callable[[xr.DataArray], xr.DataArray]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    true = np.concatenate([truth[which].isel(chain=0, draw=0).to_numpy().ravel() for truth, _ in found])
    ours = np.concatenate([summary(posterior[which]).to_numpy().ravel() for _, posterior in found])
    return true, ours


def test_effects_follow_the_truth_without_bias(found: list) -> None:  # type: ignore[type-arg]
    true, ours = of_all(found, 1, lambda draws: draws.mean(("chain", "draw")))
    _, sd = of_all(found, 1, lambda draws: draws.std(("chain", "draw")))
    # Pooled effects: no shift beyond three standard errors of its mean over 40 effects.
    z = (ours - true) / sd
    assert abs(z.mean()) < 3 / np.sqrt(z.size)


def test_a_latent_point_is_worth_what_it_is_worth_in_truth(found: list) -> None:  # type: ignore[type-arg]
    """The share of a latent effect that reaches E[y], by service: about the share of units between the limits."""
    gaps, shares = [], []
    for truth, posterior in found:
        share = []
        for values in (truth, posterior):
            expected, latent = (values[which].mean(("chain", "draw")) for which in (0, 2))
            share.append(((expected * latent).sum("exposure") / (latent**2).sum("exposure")).to_numpy())
        gaps.append(share[1] - share[0])
        shares.append(share[0])
    # Shares run from .5 to .73. Some 75 to 400 units tell each to .02 to .05, and the posterior's lie .03 lower: under
    # weak priors the sds of few units are estimated a little high. Without the limits the share would be 1.
    assert np.abs(gaps).max() < 0.15
    assert abs(np.mean(gaps)) < 0.05
    assert 0.4 < np.min(shares) < np.max(shares) < 0.8
