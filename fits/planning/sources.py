"""What plans are made of: declarations, data and code, each read once, and the versions that decide the draws."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

import xarray as xr

from data.code_hash import code_digest
from data.codebook import Codebook
from data.study import load_study, simulated_study
from data.toml_files import sha256_of
from models.engines.settings import Engine
from models.family import Family
from priors.prior_set import PriorSet

LIBRARIES = ("numba", "numpy", "nutpie", "pandas", "pymc", "pytensor", "scipy", "xarray")

LIBRARIES_OF = {"mle": ("statsmodels",), "bambi": ("bambi", "formulae")}
"""Libraries that decide the draws or estimates of one engine alone."""

STORED_WITH = ("models.predict", "models.suppression")
DRAWN_BY = ("fits.loaded", "fits.sample", *STORED_WITH)
MAXIMISED_BY = ("fits.loaded", "fits.maximise", *STORED_WITH)
"""Modules that make draws, or estimates, and what is stored with them; all that they import decides them too."""


class Sources:
    """What plans are made of, read once each: declarations, digests of files, and the versions of code."""

    def __init__(self) -> None:
        self.codebook = cache(Codebook.read)
        self.priors = cache(PriorSet.read)
        self.file = cache(sha256_of)
        self.simulated = cache(lambda study: simulated_study(self.codebook(study))[1])
        self.versions = cache(versions)
        self.study = cache(_study)


def versions(engine: Engine, family: Family) -> dict[str, str]:
    """Return the versions of Python, of the libraries that decide the draws or estimates, and of this code."""
    roots = MAXIMISED_BY if engine == "mle" else DRAWN_BY
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in (*LIBRARIES, *LIBRARIES_OF.get(engine, ()))},
        "code": code_digest(*roots, chosen={family.name, family.maximise}),
    }


def maximum_code(family: Family) -> str:
    """Return the digest of the code that maximises a family's likelihood, by which kept estimates are known."""
    return versions("mle", family)["code"]


def _study(study: str, data: Path | None, columns: Path | None, wave: int | None) -> xr.Dataset:
    return load_study(Codebook.read(study), data, wave=wave, columns=columns)
