"""A small study with every kind of variable, and no fault of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.auditing.audit import Audit
from tests.small_study import binary, category, codebook, loaded, number

VARIABLES = {
    "region": category("Region", roles=["group"]),
    "kind": category("Kind", roles=["group"], exhaustive=True),
    "peer": binary("Peers", roles=["peer_exposure"]),
    "share": number("Share of staff", roles=["peer_exposure"]),
    "owner": category("Owner", roles=["control"], reference="public"),
    "money": number("Money", roles=["control"]),
    "offers": binary("Condoms offered", roles=["availability"], service="condoms"),
    "uses": number(
        "Patients who use condoms",
        unit="percent of patients",
        roles=["utilisation"],
        service="condoms",
        limits=[0, 100],
    ),
}


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
    return Audit.of(*loaded(folder, codebook(VARIABLES), frame), **choice)
