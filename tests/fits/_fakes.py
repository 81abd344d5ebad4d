"""Small posteriors, manifests and stored fits made without any sampling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from scipy.signal import lfilter

from fits.storage.manifest import Manifest, Request

SERVICES = ("condoms", "transportation", "methadone")
EXPOSURES = ("peer_influence", "lived_experience_share")


def posterior(seed: int = 1, *, chains: int = 4, draws: int = 1000) -> xr.Dataset:
    """Independent draws: `intercept` (service), `exposure_coef` (exposure, service), `unit_sd`."""
    rng = np.random.default_rng(seed)
    sizes = (chains, draws)
    return xr.Dataset(
        {
            "intercept": (("chain", "draw", "service"), rng.normal(50.0, 2.0, (*sizes, 3))),
            "exposure_coef": (("chain", "draw", "exposure", "service"), rng.normal(1.0, 2.0, (*sizes, 2, 3))),
            "unit_sd": (("chain", "draw"), rng.gamma(9.0, 1.0, sizes)),
        },
        coords={
            "chain": np.arange(chains),
            "draw": np.arange(draws),
            "service": list(SERVICES),
            "exposure": list(EXPOSURES),
        },
    )


def tree(seed: int = 1, *, chains: int = 4, draws: int = 1000, depth: str = "maxdepth_reached") -> xr.DataTree:
    """A posterior that passes, with its sample stats; `depth` is what the sampler calls a full tree."""
    rng = np.random.default_rng(seed + 10_000)
    sizes = (chains, draws)
    stats = xr.Dataset(
        {
            "diverging": (("chain", "draw"), np.zeros(sizes, dtype=bool)),
            depth: (("chain", "draw"), np.zeros(sizes, dtype=bool)),
            "energy": (("chain", "draw"), rng.normal(100.0, 3.0, sizes)),
        },
        coords={"chain": np.arange(chains), "draw": np.arange(draws)},
    )
    return xr.DataTree.from_dict({"posterior": posterior(seed, chains=chains, draws=draws), "sample_stats": stats})


def autocorrelated(ess: float, shape: tuple[int, ...], seed: int = 1) -> np.ndarray:
    """Standard normal autoregressions of order 1, (..., chain, draw), with `ess` effective draws over all chains."""
    count = shape[-2] * shape[-1]
    slope = (count - ess) / (count + ess)
    steps = np.random.default_rng(seed).normal(size=shape) * np.sqrt(1.0 - slope**2)
    steps[..., 0] /= np.sqrt(1.0 - slope**2)
    return np.asarray(lfilter([1.0], [1.0, -slope], steps, axis=-1))


def request(**changes: Any) -> Request:
    """A request in which everything is filled in."""
    made = Request(
        model="peer_tobit",
        priors="weak",
        study="ndatss",
        service="condoms",
        wave=2017,
        data_sha256="a" * 64,
        columns_sha256="b" * 64,
        codebook_sha256="c" * 64,
        model_sha256="d" * 64,
        priors_sha256="e" * 64,
        settings={"engine": "nutpie", "draws": 1000, "tune": 1000, "chains": 4, "seed": 2017},
        versions={"python": "3.13.0", "pymc": "6.4.0", "code": "0123456789ab"},
    )
    return replace(made, **changes)


BAD = {
    "divergences": {"divergences": 3},
    "max_depth": {"max_depth_reached": 5},
    "rhat": {"rhat_max": 1.05},
    "ess_bulk": {"ess_bulk_min": 90.0, "ess_needed": 400},
    "ess_tail": {"ess_tail_min": 90.0, "ess_needed": 400},
    "bfmi": {"bfmi_min": 0.1},
}
"""Values that fail each check."""


def manifest(asked: Request | None = None, **changes: Any) -> Manifest:
    """A manifest of a fit that passed; values follow from the `checks` that are given."""
    values = {"divergences": 0, "rhat_max": 1.003, "rhat_worst": "intercept[condoms]", "bfmi_min": 0.9}
    for name, good in changes.get("checks", {}).items():
        values |= {} if good or name not in BAD else BAD[name]
    if "checks" in changes:
        changes["checks"] = {**dict.fromkeys(("divergences", "rhat", "bfmi"), True), **changes["checks"]}
    checks = dict.fromkeys(("divergences", "max_depth", "rhat", "ess_bulk", "ess_tail", "bfmi"), True)
    made = Manifest(
        request=asked or request(),
        status="passed",
        simulated=True,
        stamp="SIMULATED mixed seed 2017",
        paths={"data": "", "columns": "", "study": "", "priors": ""},
        created="2026-01-02T03:04:05+00:00",
        seconds={"load": 0.5, "sample": 8.25},
        diagnostics=values,
        checks=checks,
        attempts=[
            {
                "settings": {"draws": 250 if changes.get("status") == "look" else 1000},
                "diagnostics": values,
                "checks": checks,
            }
        ],
        design={"title": "A fake", "services": list(SERVICES), "exposures": {"peer_influence": "0 -> 1"}, "groups": {}},
    )
    return replace(made, **changes)
