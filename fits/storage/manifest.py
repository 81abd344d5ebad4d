"""The manifest of a fit: its data, model, settings and versions, and the results of its checks."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from data.errors import InputError, Problem
from fits.gate import Status, checks_of, status_of

FORMAT: Final = 2

LATER = ("single_level", "family", "contrasts", "pooling", "pooling_weight")
"""Fields of a request that older fits do not have."""

AGAIN = "Fit again with --force"

NOT_FINITE = ("nan", "inf", "-inf")
"""Numbers that are written as text, as JSON has none of them and other languages refuse them."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Request:
    """Everything that decides the draws. Two fits with equal requests are the same fit.

    Attributes
    ----------
    model, priors, study, service : str
        Names; `service` is '' for the joint model.
    wave : int
        0 for a study without waves.
    data_sha256, columns_sha256, codebook_sha256, model_sha256, priors_sha256 : str
        Hashes of contents; `columns_sha256` is '' without a mapping file.
    settings : dict
        Engine, draws, tune, chains, seed; for maximum likelihood the engine alone.
    versions : dict
        Versions of Python and of the libraries that decide the draws.
    single_level : bool
        Whether groups are not pooled, as in a single equation.
    family : str
        A rival likelihood instead of the model's own; '' for its own.
    contrasts : dict of str to float
        The numbers that contrasts take from the data, such as ``sd of age``, which stay as they are where the model
        is fitted to a part of the rows; empty where every contrast is declared as a number, and in older fits.
    pooling : str
        A shape by which coefficients are pooled over services instead of the model's own; '' for its own.
    pooling_weight : float or None
        The share of services that are alike under that shape, if it is a mixture.
    """

    model: str
    priors: str
    study: str
    service: str
    wave: int
    data_sha256: str
    columns_sha256: str
    codebook_sha256: str
    model_sha256: str
    priors_sha256: str
    settings: dict[str, Any]
    versions: dict[str, str]
    single_level: bool = False
    family: str = ""
    contrasts: dict[str, float] = field(default_factory=dict)
    pooling: str = ""
    pooling_weight: float | None = None

    @property
    def sha256(self) -> str:
        """Hash of the request; fields that older fits lack count only where they are used."""
        held = {key: value for key, value in asdict(self).items() if key not in LATER or value}
        return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()

    def differences(self, other: Request) -> list[str]:
        """Return the differences from another request, one short text each."""
        found = []
        for key, ours in asdict(self).items():
            theirs = asdict(other)[key]
            if isinstance(ours, dict):
                names = (name for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name))
                found += [
                    f"{name} {_short(name, theirs.get(name))} -> {_short(name, ours.get(name))}" for name in names
                ]
            elif ours != theirs:
                found.append(f"{key} {_short(key, theirs)} -> {_short(key, ours)}")
        return found


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class StoredFile:
    """The SHA-256 and the size in bytes of one file of a stored fit, as it was written."""

    sha256: str
    size: int

    @classmethod
    def of(cls, content: bytes) -> StoredFile:
        """Return the manifest's entry for a file of this content."""
        return cls(hashlib.sha256(content).hexdigest(), len(content))


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Manifest:
    """The content of ``manifest.json``.

    Attributes
    ----------
    format : int
        Version of this layout.
    status : {'passed', 'look', 'failed'}
        See `fits.gate.status_of`.
    stamp : str
        Scenario and seed of simulated data.
    paths : dict of str to str
        The user's own files by kind (data, columns, study, priors), as given; '' for files that come
        with the project.
    created : str
        Time in UTC, ISO 8601.
    seconds : dict of str to float
        Wall times by stage.
    attempts : list of dict
        Settings, diagnostics and checks of every attempt alone, in order; with `pooled` where its draws are stored
        together with those of the other.
    design : dict
        Counts, services, exposures with their contrasts, limits, unit of the outcome.
    predictive : dict of str to bool
        Whether each predictive check of `models.check` passed; empty before it has run.
    shared : bool
        Whether this is a copy that may leave: without the private part, and without paths.
    files : dict of str to StoredFile
        Every other file of the fit, by its path in the fit's folder. Manifests that differ only in this are
        equal, because it is about storage alone.
    """

    request: Request
    status: Status
    simulated: bool
    stamp: str
    paths: dict[str, str]
    created: str
    seconds: dict[str, float]
    diagnostics: dict[str, Any]
    checks: dict[str, bool]
    attempts: list[dict[str, Any]]
    design: dict[str, Any]
    predictive: dict[str, bool] = field(default_factory=dict)
    shared: bool = False
    files: dict[str, StoredFile] = field(default_factory=dict, compare=False)
    format: Literal[2] = field(default=FORMAT)

    @property
    def kind(self) -> Literal["posterior", "mle"]:
        """The kind of stored values: draws from a posterior, or maximum likelihood estimates."""
        return "mle" if self.request.settings.get("engine") == "mle" else "posterior"

    @property
    def unpredicted(self) -> list[str]:
        """The names of predictive checks that failed."""
        return [name for name, good in self.predictive.items() if not good]

    def encoded(self) -> bytes:
        """Return the manifest as JSON that people can read."""
        text = json.dumps(finite_or_text(asdict(self)), indent=1, sort_keys=False, default=str, allow_nan=False)
        return (text + "\n").encode("utf-8")

    @classmethod
    def decoded(cls, content: bytes, path: Path) -> Manifest:
        """Return the manifest in the content of a file.

        Raises
        ------
        InputError
            When it is not JSON, lacks something, or contradicts its own values.
        """
        try:
            manifest: Manifest = _adapter().validate_python(json.loads(content.decode("utf-8")))
        # ValidationError is a ValueError too; endless brackets raise RecursionError.
        except ValidationError as error:
            first = error.errors()[0]
            what = ": ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"]]))
            raise InputError([Problem(str(path), what, f"a manifest of format {FORMAT}", AGAIN)]) from error
        except (ValueError, RecursionError) as error:
            raise InputError([Problem(str(path), f"damaged JSON ({error})", "a manifest", AGAIN)]) from error
        attempts = [{**a, "diagnostics": _as_numbers(a.get("diagnostics", {}))} for a in manifest.attempts]
        found = replace(manifest, diagnostics=_as_numbers(manifest.diagnostics), attempts=attempts)
        found._require_consistent(path)
        return found

    def _require_consistent(self, path: Path) -> None:
        """Raise an error unless checks and status follow from the diagnostic values."""
        if self.kind == "mle":
            status: Status = "passed" if any(self.checks.values()) else "failed"
            wrong = [] if self.status == status else ["status"]
        else:
            try:
                again = checks_of(self.diagnostics)
                draws = int(self._settings["draws"])
                wrong = [name for name, good in again.items() if self.checks.get(name) is not good]
                wrong += [] if self.status == status_of(self.checks, self.diagnostics, draws) else ["status"]
            except (KeyError, TypeError, ValueError) as error:
                got = f"diagnostics that cannot be read ({type(error).__name__}: {error})"
                raise InputError([Problem(str(path), got, f"a manifest of format {FORMAT}", AGAIN)]) from error
        if wrong:
            got = f"{', '.join(wrong)} other than its own diagnostic values give"
            raise InputError([Problem(str(path), got, "a manifest that agrees with itself", AGAIN)])

    @property
    def pooled(self) -> bool:
        """Whether the draws are those of two runs."""
        return any(attempt.get("pooled") for attempt in self.attempts)

    @property
    def draws_kept(self) -> int:
        """The number of stored draws over all chains, those of two runs where they are pooled; 0 if not recorded."""
        stored = [attempt.get("settings", {}) for attempt in self.attempts] if self.pooled else [self._settings]
        return sum(int(one.get("chains", 0)) * int(one.get("draws", 0)) for one in stored)

    @property
    def _settings(self) -> Mapping[str, Any]:
        """Return the settings of the stored attempt."""
        last = self.attempts[-1].get("settings", {}) if self.attempts else {}
        return {**self.request.settings, **last}


@cache
def _adapter() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)


def _short(key: str, value: Any) -> str:
    """Return one side of a difference as text: hashes shortened, empty values called none."""
    if value is None or value == "":
        return "none"
    return str(value)[:8] if key.endswith("sha256") else str(value)


def finite_or_text(value: Any) -> Any:
    """Return plain data with numbers that JSON lacks as text."""
    if isinstance(value, dict):
        return {key: finite_or_text(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [finite_or_text(held) for held in value]
    return str(float(value)) if isinstance(value, float) and not math.isfinite(value) else value


def _as_numbers(values: dict[str, Any]) -> dict[str, Any]:
    """Return diagnostic values as they were before `finite_or_text`."""
    return {
        key: _as_numbers(held) if isinstance(held, dict) else float(held) if held in NOT_FINITE else held
        for key, held in values.items()
    }
