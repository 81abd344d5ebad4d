"""Large studies for the scale runs: rows of the simulated study drawn with replacement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.simulation import simulator

SERVICE = "condoms"
SIZES = (657, 13_585, 135_850, 1_358_500)


def write(folder: Path, kind: str, n: int) -> Path:
    """Write a study of `n` answers on one service, as .parquet, unless it is there.

    For the Tobit, three covariates and the interior outcomes get noise, so that no two rows are
    equal; for the Bernoulli rows repeat, as those of discrete covariates do.
    """
    path = folder / f"{kind}-{n}.parquet"
    if path.is_file():
        return path
    frame = _study()
    outcome = f"{'uses' if kind == 'tobit' else 'offers'}_{SERVICE}"
    offered = frame[f"offers_{SERVICE}"] == 1 if kind == "tobit" else True
    chosen = frame[frame[outcome].notna() & offered]
    big = chosen.sample(n, replace=True, random_state=1).reset_index(drop=True)
    big["clinic"] = [f"clinic {i}" for i in range(n)]
    if kind == "tobit":
        rng = np.random.default_rng(2)
        for name in ("public_insurance_share", "lived_experience_share", "professional_share"):
            big[name] = np.clip(big[name] + rng.normal(0.0, 2.0, n), 0.0, 100.0)
        inside = (big[outcome] > 0.0) & (big[outcome] < 100.0)
        noisy = big.loc[inside, outcome] + rng.normal(0.0, 3.0, int(inside.sum()))
        big.loc[inside, outcome] = np.clip(noisy, 0.01, 99.99)
    big.to_parquet(path)
    return path


def _study() -> pd.DataFrame:
    frame, _ = simulator.simulate(simulator.DEFAULT_SCENARIO, simulator.DEFAULT_SEED)
    return frame[frame["wave"] == 2017]
