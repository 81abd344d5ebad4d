"""Stored fits of a small study with services, whose coefficients are draws of one's own choosing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.fakes import drawn
from tests.small_study import binary, category, codebook, number, write

Array = np.ndarray

VARIABLES = {
    "yes": binary("Yes or no", roles=["peer_exposure", "peer_adoption"]),
    "share": number("Share of staff", unit="percent of staff", contrast=10.0, roles=["peer_exposure"]),
    "kind": category("Kind", codes={"a": "a", "b": "b", "c": "c"}, reference="a", roles=["control"]),
    "place": category("Place", roles=["group"]),
}

USE = {"family": "gaussian", "outcome": "utilisation"}
MODELS = {
    "use": {**USE, "exposures": ["peer_exposure"], "groups": ["place"]},
    "flat": {**USE, "exposures": ["peer_exposure"]},
    "half": {**USE, "exposures": ["yes"], "controls": ["share"]},
    "may": {"family": "bernoulli", "outcome": "peer_adoption", "exposures": ["kind"], "groups": ["place"]},
}

SERVICES = ("condoms", "housing", "rare")
"""The last is answered by few."""

FEW = 8


def study(folder: Path, *, stem: str = "small", count: int = 150) -> dict[str, Any]:
    """The study in files, as a request names it."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "yes": rng.integers(0, 2, count),
            "share": rng.uniform(0, 100, count).round(1),
            "kind": rng.choice(["a", "b", "c"], count),
            "place": rng.choice(["n", "s", "e", "w"], count),
            **{f"uses_{name}": np.clip(rng.normal(50, 40, count), 0, 100).round(1) for name in SERVICES},
        }
    )
    table.loc[FEW:, "uses_rare"] = np.nan
    percent = {"unit": "percent of patients", "limits": [0, 100], "roles": ["utilisation"]}
    uses = {f"uses_{name}": number(f"Use of {name}", service=name, **percent) for name in SERVICES}
    return write(folder, codebook({**VARIABLES, **uses}, MODELS, population=9000000), table, stem=stem)


stored = partial(drawn, model="use", chains=4, length=250, predictive={"limits": True, "rates": True})
"""A fit whose named coefficients are draws of one's own choosing, and whose predictions hold."""
