"""The single-service Tobit in Bambi: rows, priors, sampler ('default' or 'nutpie'), and where to write."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import bambi as bmb
import numpy as np
import pandas as pd


def main(rows: str, priors: str, sampler: str, out: str, *, draws: int = 1000) -> None:
    frame, belief = pd.read_csv(rows), json.loads(Path(priors).read_text(encoding="utf-8"))
    frame["status"] = frame["censored"].map({-1: "left", 0: "none", 1: "right"})
    effects = {
        x: bmb.Prior("Normal", mu=belief["exposure"][0], sigma=belief["exposure_marginal"]) for x in belief["exposures"]
    }
    effects |= {z: bmb.Prior("Normal", mu=belief["control"][0], sigma=belief["control"][1]) for z in belief["controls"]}
    for group in belief["groups"]:
        sd = bmb.Prior("HalfNormal", sigma=belief["group_sd"][group])
        effects[f"1|{group}"] = bmb.Prior("Normal", mu=0, sigma=sd)
    terms = [*belief["exposures"], *belief["controls"], *(f"(1|{group})" for group in belief["groups"])]
    model = bmb.Model(
        f"censored(y, status) ~ {' + '.join(terms)}",
        frame,
        priors={
            "Intercept": bmb.Prior("Normal", mu=belief["intercept"][0], sigma=belief["intercept"][1]),
            "sigma": bmb.Prior("HalfNormal", sigma=belief["residual_sd"]),
            **effects,
        },
        noncentered=True,
    )
    method = {} if sampler == "default" else {"inference_method": "nutpie"}
    started = time.perf_counter()
    tree = model.fit(draws=draws, tune=draws, chains=4, random_seed=1, progressbar=False, **method)
    seconds = time.perf_counter() - started
    posterior = tree["posterior"].to_dataset()
    top = {
        str(name): values
        for name, values in posterior.data_vars.items()
        if not str(name).startswith("1|") or "sigma" in str(name)
    }
    draws = np.stack([values.transpose("chain", "draw").to_numpy() for values in top.values()], axis=-1)
    np.save(Path(out).with_suffix(".npy"), draws)
    divergences = int(tree["sample_stats"]["diverging"].sum())
    Path(out).write_text(json.dumps({"seconds": {"fit": seconds}, "divergences": divergences}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
