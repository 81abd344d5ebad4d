"""The Tobit as anybody would write it in PyMC, with `pm.Censored`, under nutpie: rows, priors, where to write.

One service, or several with pooled exposures and unit intercepts, non-centred, types summing to zero.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import nutpie
import pandas as pd
import pymc as pm

EXHAUSTIVE = "unit_type"


def build(frame: pd.DataFrame, belief: dict[str, Any]) -> pm.Model:
    services, service = np.unique(frame["service"], return_inverse=True)
    x, z = frame[belief["exposures"]].to_numpy(), frame[belief["controls"]].to_numpy()
    several = len(services) > 1
    with pm.Model(
        coords={"service": services, "exposure": belief["exposures"], "control": belief["controls"]}
    ) as model:
        location, scale = belief["exposure"]
        if several:
            mean = pm.Normal("exposure_mean", location, scale, dims="exposure")
            spread = pm.HalfNormal("exposure_spread", belief["exposure_spread"], dims="exposure")
            raw = pm.Normal("exposure_raw", 0, 1, dims=("exposure", "service"))
            coef = mean[:, None] + spread[:, None] * raw
        else:
            coef = pm.Normal("exposure_coef", location, belief["exposure_marginal"], dims=("exposure", "service"))
        control = pm.Normal("control_coef", *belief["control"], dims=("control", "service"))
        eta = pm.Normal("intercept", *belief["intercept"], dims="service")[service]
        eta += (x * coef.T[service]).sum(axis=1) + (z * control.T[service]).sum(axis=1)
        for group in belief["groups"]:
            levels = belief["levels"][group]
            index = pd.Categorical(frame[group], categories=levels).codes.astype(int)
            sd = pm.HalfNormal(f"{group}_sd", belief["group_sd"][group], dims="service")
            shape = (len(services), len(levels))
            unscaled = (
                pm.ZeroSumNormal(f"{group}_raw", 1, shape=shape)
                if group == EXHAUSTIVE
                else pm.Normal(f"{group}_raw", 0, 1, shape=shape)
            )
            eta += (sd[:, None] * unscaled)[service, index]
        if several:
            unit_sd = pm.HalfNormal("unit_sd", belief["unit_sd"])
            unit = pm.Normal("unit_raw", 0, 1, shape=int(frame["unit"].max()) + 1)
            eta += unit_sd * unit[frame["unit"].to_numpy()]
        sigma = pm.HalfNormal("residual_sd", belief["residual_sd"], dims="service")
        lower, upper = belief["limits"]
        pm.Censored("y", pm.Normal.dist(eta, sigma[service]), lower=lower, upper=upper, observed=frame["y"])
    return model


def main(rows: str, priors: str, out: str, *, draws: int = 1000) -> None:
    frame, belief = pd.read_csv(rows), json.loads(Path(priors).read_text(encoding="utf-8"))
    started = time.perf_counter()
    compiled = nutpie.compile_pymc_model(build(frame, belief))
    built = time.perf_counter()
    tree = nutpie.sample(compiled, draws=draws, tune=draws, chains=4, seed=1, target_accept=0.9, progress_bar=False)
    sampled = time.perf_counter()
    posterior = tree["posterior"].to_dataset()
    top = [posterior[name] for name in posterior.data_vars if not str(name).endswith("_raw")]
    flat = [values.to_numpy().reshape(*values.shape[:2], -1) for values in top]
    np.save(Path(out).with_suffix(".npy"), np.concatenate(flat, axis=-1))
    told = {
        "seconds": {"compile": built - started, "sample": sampled - built},
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
    }
    Path(out).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
