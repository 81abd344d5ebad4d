"""A small study with every kind of variable, and no fault of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from data.auditing.audit import Audit
from data.codebook import Codebook
from data.study import load_study

CODEBOOK = """
[study]
title = "A small study"

[variables.region]
label = "Region"
type = "category"
roles = ["group"]

[variables.kind]
label = "Kind"
type = "category"
roles = ["group"]
exhaustive = true

[variables.peer]
label = "Peers"
type = "binary"
roles = ["peer_exposure"]

[variables.share]
label = "Share of staff"
type = "number"
roles = ["peer_exposure"]

[variables.owner]
label = "Owner"
type = "category"
roles = ["control"]
reference = "public"

[variables.money]
label = "Money"
type = "number"
roles = ["control"]

[variables.offers]
label = "Condoms offered"
type = "binary"
roles = ["availability"]
service = "condoms"

[variables.uses]
label = "Patients who use condoms"
type = "number"
unit = "percent of patients"
roles = ["utilisation"]
service = "condoms"
limits = [0, 100]
"""


def small(frame: pd.DataFrame, folder: Path) -> tuple[xr.Dataset, Codebook]:
    (folder / "small.toml").write_text(CODEBOOK)
    frame.to_csv(folder / "small.csv", index=False)
    codebook = Codebook.read(folder / "small.toml")
    return load_study(codebook, folder / "small.csv"), codebook


def units(n: int, seed: int = 1) -> pd.DataFrame:
    """Units without any fault: each level is large and nothing separates."""
    rng = np.random.default_rng(seed)
    offers = np.arange(n) % 2
    return pd.DataFrame(
        {
            "region": rng.permuted(np.resize(["n", "e", "s"], n)),
            "kind": rng.permuted(np.resize(["in", "out"], n)),
            "peer": rng.permuted(np.resize([0, 0, 1], n)),
            "share": rng.uniform(0, 100, n).round(1),
            "owner": rng.permuted(np.resize(["public", "nonprofit", "for_profit"], n)),
            "money": rng.normal(0, 1, n).round(3),
            "offers": offers,
            "uses": np.where(offers == 1, rng.permuted(np.resize([0, 100, 30.5, 60], n)), np.nan),
        }
    )


def audited(frame: pd.DataFrame, folder: Path, **choice: Any) -> Audit:
    return Audit.of(*small(frame, folder), **choice)
