"""Small worlds to be checked: outcomes of a known truth, which then is, or nearly is, the posterior."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from fits.storage.fit import Fit
from models.design import Design
from models.family import Family
from models.predict import drawn
from tests.fakes import posterior
from tests.making import made
from tests.models._prepare import Case, own
from tests.small_study import binary, category, codebook, number, write

Array = np.ndarray

STATES, KINDS = 12, ("clinic", "ward")

PLACES = {"exposures": ["x", "peer"], "groups": ["state", "kind"]}

STUDY = codebook(
    {
        "y": number("Outcome", unit="points", limits=[0, 100]),
        "answer": binary("Yes or no"),
        "x": number("A number", contrast=1),
        "peer": binary("Peers"),
        "state": category("State"),
        "kind": category("Kind", exhaustive=True),
    },
    {
        "tobit": {"family": "tobit", "outcome": "y", **PLACES},
        "fewer": {"family": "tobit", "outcome": "y", **PLACES, "exposures": ["peer"]},
        "logit": {"family": "bernoulli", "outcome": "answer", **PLACES, "groups": ["state"]},
    },
)


def rows(count: int = 480, *, state_sd: float = 30.0, seed: int = 4) -> pd.DataFrame:
    """Units of a two-limit Tobit and a logit with strong limits; half of them lie at one."""
    rng = np.random.default_rng(seed)
    state, kind = np.arange(count) % STATES, (np.arange(count) // STATES) % 2
    x, peer = rng.normal(size=count), rng.integers(0, 2, count)
    effect = state_sd * rng.permutation(np.linspace(-1.6, 1.6, STATES))
    eta = 45.0 + 10.0 * x + 8.0 * peer + effect[state] + 5.0 * kind
    y = np.clip(rng.normal(eta, 80.0), 0.0, 100.0).round(6)
    answer = rng.random(count) < expit(-0.2 + 0.8 * x + 0.5 * peer + 0.03 * effect[state])
    named = {"state": [f"S{k:02d}" for k in state], "kind": np.array(KINDS)[kind]}
    return pd.DataFrame({"y": y, "answer": answer.astype(int), "x": x.round(6), "peer": peer, **named})


def study(folder: Path, table: pd.DataFrame | None = None) -> dict[str, Any]:
    """What `fitted` wants of a study of one's own, in files."""
    return write(folder, STUDY, rows() if table is None else table)


def fitted(files: dict[str, Any], model: str = "tobit", **wanted: Any) -> Fit:
    """A short fit by the door, or the stored one."""
    return made(**{"model": model, "draws": 300, "tune": 300, "chains": 2, **files, **wanted})


LOGIT = codebook(
    {"yes": binary("Yes or no"), "x": number("A number"), "place": category("Place")},
    {"m": {"family": "bernoulli", "outcome": "yes", "exposures": ["x"], "groups": ["place"]}},
)


def logit(folder: Path, count: int = 240) -> Case:
    """A small logit of one's own."""
    rng = np.random.default_rng(8)
    table = {"yes": rng.integers(0, 2, count), "x": rng.normal(size=count), "place": rng.choice([*"nsew"], count)}
    return own(folder, LOGIT, pd.DataFrame(table))


def truth(given: Case, seed: int = 1) -> xr.Dataset:
    """One draw of every parameter, without chain and draw."""
    return posterior(given, chains=1, draws=1, seed=seed).isel(chain=0, draw=0, drop=True)


def steady(draw: xr.Dataset, *, chains: int = 2, draws: int = 200) -> xr.Dataset:
    """The posterior of one who knows the truth."""
    return draw.expand_dims(chain=np.arange(chains), draw=np.arange(draws))


def near(draw: xr.Dataset, *, chains: int = 2, draws: int = 400, part: float = 0.01, seed: int = 3) -> xr.Dataset:
    """The posterior of one who knows the truth to a hundredth; importance sampling needs draws that differ."""
    rng = np.random.default_rng(seed)
    out = steady(draw, chains=chains, draws=draws)
    return out.map(lambda values: values * (1.0 + part * rng.standard_normal(values.shape)))


def drawn_with(draw: xr.Dataset, design: Design, family: Family, rng: np.random.Generator) -> Design:
    """The same units with outcomes of that truth."""
    return replace(design, y=drawn(steady(draw, chains=1, draws=1), design, family, rng)[0, 0])
