"""One request to `models.fit`: what is wanted, what is loaded for it, and what decides its draws."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xarray as xr

from data.auditing.audit import Audit
from data.codebook import Codebook
from data.errors import InputError, Problem
from data.names import safe_key
from data.study import load_study
from fits.storage.fit import HOME, LONGEST_NAME, Fit
from fits.storage.manifest import Request
from models.audited import audit_of_reading
from models.engines.settings import Engine
from models.family import Family
from models.spec import ModelSpec, Reading, read_against
from priors.prior_set import PriorSet

ROOT = Path(__file__).parent.parent
SAYS_ONLY = (
    *("_door", "_progress", "_equation", "_replace", "fit.", "ladder.", "check.", "calibrate."),
    *("show.", "describe.", "simulate.", "_description.", "_layout", "_csv", "_audit", "_warn", "_archive", "_stata"),
)
"""Starts of the names of files that print or run but decide no draw."""

ENGINE = "_door_engine.py"
"""Which of them does decide draws, as it chooses the sampler."""

MAXIMISES_ONLY = ("_maximum.py", "_recession.py", "_estimates.py", "_bernoulli_mle.py", "_tobit_mle.py")
"""Files that decide maximum likelihood estimates and no draw."""

LIBRARIES = ("numba", "numpy", "nutpie", "pandas", "pymc", "pytensor", "scipy", "xarray")


@dataclass(frozen=True)
class Wanted:
    """The command line, parsed."""

    model: str
    study: str = "ndatss"
    data: Path | None = None
    columns: Path | None = None
    wave: int | None = None
    service: str | None = None
    priors: str = "weak"
    single_level: bool = False
    family: str = ""
    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 2017
    engine: Engine = "nutpie"
    quick: bool = False
    force: bool = False
    as_json: bool = False
    extras: tuple[str, ...] = ()
    home: Path = HOME

    @property
    def mle(self) -> bool:
        """Whether maximum likelihood is wanted, which has no priors and pools nothing."""
        return self.engine == "mle"


@dataclass(frozen=True)
class Loaded:
    """The request's declarations and data, read and checked; maximum likelihood has no priors."""

    codebook: Codebook
    reading: Reading
    prior_set: PriorSet | None
    dataset: xr.Dataset

    @property
    def priors(self) -> PriorSet:
        """The prior set, where there is one."""
        if self.prior_set is None:
            raise ValueError("maximum likelihood has no priors")
        return self.prior_set


@dataclass
class Clock:
    """Wall times by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to a stage."""
        started = time.monotonic()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - started, 3)


def load(wanted: Wanted) -> Loaded:
    """Read the codebook, the model, the prior set and the data; every fault is an `InputError`."""
    codebook = Codebook.read(wanted.study)
    spec = ModelSpec.find(wanted.model, codebook).with_family(_rival(wanted, codebook))
    reading = read_against(spec, codebook, wanted.wave)
    if wanted.service is not None:
        reading.require(wanted.service)
    priors = None if wanted.mle else PriorSet.read(wanted.priors)
    dataset = load_study(codebook, wanted.data, wave=wanted.wave, columns=wanted.columns)
    return Loaded(codebook, reading, priors, dataset)


def _rival(wanted: Wanted, codebook: Codebook) -> str:
    """The family that is wanted in place of the model's own, which must be on the same outcome scale."""
    own = Family.find(ModelSpec.find(wanted.model, codebook).family)
    if not wanted.family or Family.find(wanted.family) == own:
        return ""
    if Family.find(wanted.family) not in own.rivals():
        known = ", ".join([own.name, *(family.name for family in own.rivals())])
        got = f"{wanted.family!r}, which is on another scale than {own.name!r}"
        raise InputError([Problem("--family", got, f"one of {known}")])
    return wanted.family


def request_of(wanted: Wanted, loaded: Loaded) -> Request:
    """Return everything that decides the draws."""
    attributes = loaded.dataset.attrs
    return Request(
        model=loaded.reading.spec.name,
        priors=loaded.prior_set.name if loaded.prior_set else "",
        study=loaded.codebook.name,
        service=wanted.service or "",
        wave=int(attributes["wave"]),
        data_sha256=attributes["data_sha256"],
        columns_sha256=attributes["columns_sha256"],
        codebook_sha256=loaded.codebook.sha256,
        model_sha256=loaded.reading.spec.sha256,
        priors_sha256=loaded.prior_set.sha256 if loaded.prior_set else "",
        settings=_settings(wanted),
        versions=versions(mle=wanted.mle),
        single_level=wanted.single_level or wanted.mle,
        family=_rival(wanted, loaded.codebook),
    )


def _settings(wanted: Wanted) -> dict[str, Any]:
    if wanted.mle:
        return {"engine": "mle"}
    names = ("engine", "draws", "tune", "chains", "seed")
    return {name: getattr(wanted, name) for name in names}


def paths_of(wanted: Wanted) -> dict[str, str]:
    """Return the user's own files by what they are; '' for what comes with the project."""
    own = {"study": Path(wanted.study), "priors": Path("" if wanted.mle else wanted.priors)}
    return {
        "data": str(wanted.data or ""),
        "columns": str(wanted.columns or ""),
        **{key: str(path) if path.suffix == ".toml" else "" for key, path in own.items()},
    }


def versions(*, mle: bool = False) -> dict[str, str]:
    """Return the versions of Python, of the libraries that decide the draws or estimates, and of this code."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in ("data", "priors", "models") for path in ROOT.glob(f"{folder}/**/*.py")):
        says_only = path.name != ENGINE and path.name.startswith(SAYS_ONLY)
        if not says_only and (mle or path.name not in MAXIMISES_ONLY):
            digest.update(path.read_bytes())
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in (*LIBRARIES, *(["statsmodels"] if mle else []))},
        "code": digest.hexdigest()[:12],
    }


def name_of(wanted: Wanted, loaded: Loaded, request: Request) -> tuple[str, str]:
    """Return the directory's name, and a sentence where another data set of the same names has the usual one."""
    default_wave = loaded.codebook.study.default_wave or 0
    parts = [request.model, request.priors or "mle", request.study, safe_key(request.service)]
    parts += ["single_level"] if request.priors and request.single_level else []
    parts += [request.family]
    parts += [str(request.wave)] if request.wave != default_wave else []
    parts += ["quick"] if wanted.quick else []
    name = "-".join(part for part in parts if part)
    if len(name.encode()) > LONGEST_NAME:
        got = f"{len(name.encode())} bytes of a folder's name, {name[:60]}..."
        raise InputError(
            [Problem("fit", got, f"at most {LONGEST_NAME}", "Shorten the names of model, study or priors")]
        )
    if not Fit.exists(name, wanted.home):
        return name, ""
    try:
        there = Fit.read(name, wanted.home).manifest.request
    except InputError:
        if wanted.force:  # a damaged fit is replaced on request
            return name, ""
        raise
    if (there.data_sha256, there.columns_sha256) == (request.data_sha256, request.columns_sha256):
        return name, ""
    other = f"{name}-{request.data_sha256[:8]}"
    said = f"{name} holds a fit of other data ({there.data_sha256[:8]}); this one is stored as {other}"
    return other, said


def audit_of(loaded: Loaded, services: Sequence[str] | None = None, *, priors: bool = True) -> Audit:
    """Return the audit of what a model uses of a study: its outcomes, predictors, groups and references.

    Parameters
    ----------
    loaded : Loaded
    services : sequence of str, optional
        Only these; by default all.
    priors : bool
        Whether the fit has priors, of which warnings then speak.
    """
    return audit_of_reading(loaded.reading, loaded.dataset, loaded.codebook, services, priors=priors)
