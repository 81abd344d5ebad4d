"""The joint Tobit finds effects that are there; a Gaussian model on the same data does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from data.codebook import Codebook
from data.simulation import simulator
from data.study import load_study
from models.engines.settings import Settings
from tests.models._prepare import Case, sampled
from tests.models._recovery import Simulated, simulated

pytestmark = pytest.mark.slow

STUDIES = 8
SETTINGS = Settings(draws=400, tune=600, chains=2, seed=3)


def covered(posterior: xr.Dataset, truth: np.ndarray) -> np.ndarray:
    """Whether each true effect lies in its 90 % interval, (exposure, service)."""
    low, high = posterior["exposure_coef"].quantile([0.05, 0.95], ("chain", "draw")).to_numpy()
    return (low <= truth) & (truth <= high)


@pytest.fixture(scope="module")
def coverage(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Coverage by model and by study, (study, exposure, service), by one compiled function."""

    def load(frame: pd.DataFrame, codebook: Codebook) -> xr.Dataset:
        path: Path = tmp_path_factory.mktemp("recovery") / "simulated.csv"
        path.write_bytes(simulator.csv_bytes(frame))
        return load_study(codebook, path)

    studies = [simulated("as_claimed", seed, load) for seed in range(1, STUDIES + 1)]

    def fit(study: Simulated, given: Case) -> np.ndarray:
        return covered(sampled(given, SETTINGS), study.true_effects())

    return {
        "tobit": np.array([fit(study, study.case) for study in studies]),
        "gaussian": np.array([fit(study, study.gaussian()) for study in studies]),
        "large": np.array([np.abs(study.true_effects()) > 4 for study in studies]),
    }


def test_tobit_intervals_cover_at_about_the_nominal_rate(coverage: dict[str, np.ndarray]) -> None:
    rate, count = coverage["tobit"].mean(), coverage["tobit"].size
    # Three binomial standard errors, widened by sqrt(2) as the 40 effects of a study share their pooling.
    tolerance = 3 * np.sqrt(2 * 0.9 * 0.1 / count)
    assert abs(rate - 0.9) < tolerance, f"{rate:.3f} of {count}, tolerance {tolerance:.3f}"


def test_gaussian_model_misses_effects_that_tobit_finds(coverage: dict[str, np.ndarray]) -> None:
    """Clipping at 0 and 100 shrinks slopes, so the claimed effects lie outside the Gaussian's intervals."""
    large = coverage["large"]
    tobit, gaussian = coverage["tobit"][large].mean(), coverage["gaussian"][large].mean()
    # 48 claimed effects: binomial standard error .07 at one half. Pooling pulls single large effects in,
    # so the Tobit too covers fewer of them than of all.
    assert tobit > 0.7
    assert gaussian < tobit - 0.2
    assert coverage["gaussian"].mean() < coverage["tobit"].mean() - 0.05
