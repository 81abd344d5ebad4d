"""A study described: its codebook and, where there are data, what was found in them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import xarray as xr

from data.auditing.audit import Audit
from data.auditing.variable_summary import VariableSummary, find
from data.codebook import Codebook
from data.disclosure import plain
from data.study import load_study

COUNTED = ("blanks", "rounded")
"""Attributes of a dataset that count cells; the audit says them with small counts withheld."""


@dataclass(frozen=True)
class Description:
    """A codebook, and what a loaded study holds; without a data file the latter is None.

    Attributes
    ----------
    attributes : dict
        The dataset's: path, hashes, stamp, wave.
    audit : Audit or None
        Of the study by its roles; where none of them is an outcome, of all that its models use.
    models : dict of str to Audit
        Of what each model in the study's own file uses, with the rows that a fit of it can use.
    faults : tuple of str
        Why models in the file cannot be read against it.
    """

    codebook: Codebook
    attributes: dict[str, Any]
    found: dict[str, VariableSummary] | None = None
    audit: Audit | None = None
    models: dict[str, Audit] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the audits say, worst first: of the study, then of single models what is not said of the study."""
        said = self.audit.warnings if self.audit else ()
        by_sentence: dict[str, list[str]] = {}
        for name, audit in self.models.items():
            for sentence in audit.warnings:
                by_sentence.setdefault(sentence, []).append(name)
        own = [
            f"{', '.join(names)}: {sentence}" if len(self.models) > 1 else sentence
            for sentence, names in by_sentence.items()
            if sentence not in said
        ]
        return (*self.faults, *said, *own)

    @property
    def stamp(self) -> str:
        """What simulated data call themselves; empty for observed data."""
        return str(self.attributes.get("stamp", ""))

    def facts(self) -> dict[str, str]:
        """Return what a reader must know first, heading to text."""
        header = self.codebook.study
        facts = {"Source": header.source, "One row is": f"a {header.unit}"}
        if header.population:
            facts["There are in all"] = f"{header.population:,}. {header.population_source}".strip()
        if self.audit:
            simulated = "simulated by this project, as no file was given"
            facts["Data"] = str(self.attributes["data_path"]) or simulated
            facts["sha256"] = f"{self.attributes['data_sha256'][:16]}..."
            facts["Wave"] = str(self.audit.wave or "")
        return {heading: text for heading, text in facts.items() if text}

    def next_step(self) -> str:
        """Return how to get the data."""
        return self.codebook.study.how_to_get or "Give the data file with --data FILE."

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, with small counts withheld."""
        header = self.codebook.study
        return {
            "study": {"name": self.codebook.name, **plain(asdict(header)), "codebook_sha256": self.codebook.sha256},
            "simulated": bool(self.stamp),
            "stamp": self.stamp,
            "data": plain(self.attributes) or None,
            "variables": {name: self._variable(name) for name in self.codebook.variables},
            "assumptions": {name: v.reason for name, v in self.codebook.variables.items() if v.assumed},
            "audit": self.audit.to_dict() if self.audit else None,
            "models": {name: audit.to_dict() for name, audit in self.models.items()},
            "faults": list(self.faults),
            "next_step": "" if self.audit else self.next_step(),
        }

    def _variable(self, name: str) -> dict[str, Any]:
        declared: dict[str, Any] = plain(asdict(self.codebook.variables[name]))
        return {**declared, "found": plain(self.found[name]) if self.found else None}


class ModelAudits(Protocol):
    """Audits of the models that a codebook declares, by name, and why others cannot be read."""

    def __call__(
        self, codebook: Codebook, dataset: xr.Dataset | None, wave: int | None
    ) -> tuple[dict[str, Audit], tuple[str, ...]]:
        """Return the audits, and the reasons."""
        ...


def describe(
    study: str,
    data: Path | None = None,
    *,
    wave: int | None = None,
    columns: Path | None = None,
    audits: ModelAudits,
) -> Description:
    """Return a study's description.

    Parameters
    ----------
    study : str
        Name of a study of the project, or the path of a codebook.
    data, wave, columns
        As for `load_study`. Without data a study that is not simulated has its codebook only.
    audits : callable
        ``audits(codebook, dataset, wave)``, which knows what a model's declaration means.

    Raises
    ------
    InputError
        For every fault of the codebook or the file.
    """
    codebook = Codebook.read(study)
    if data is None and not codebook.study.simulated_default:
        return Description(codebook, {}, faults=audits(codebook, None, wave)[1])
    dataset = load_study(codebook, data, wave=wave, columns=columns)
    models, faults = audits(codebook, dataset, wave)
    audit = _audit(dataset, codebook, models)
    shown = {key: value for key, value in dataset.attrs.items() if key not in COUNTED}
    return Description(codebook, shown, _found(dataset, codebook, audit), audit, models, faults)


def _audit(dataset: xr.Dataset, codebook: Codebook, models: dict[str, Audit]) -> Audit:
    """The audit by roles; where the study has no role for an outcome, of all that its models use together."""
    by_role = Audit.of(dataset, codebook)
    if by_role.binaries or by_role.numbers or not models:
        return by_role
    if len(models) == 1:
        return next(iter(models.values()))

    def used(role: str) -> list[str]:
        rows = [row.variable for audit in models.values() for row in audit.missing if row.role == role]
        return list(dict.fromkeys(rows))

    outcomes, groups = used("outcome"), used("group")
    exposures = [name for name in used("exposure") if name not in (*outcomes, *groups)]
    controls = [name for name in used("control") if name not in (*outcomes, *groups, *exposures)]
    return Audit.of(dataset, codebook, outcomes=outcomes, exposures=exposures, controls=controls, groups=groups)


def _found(dataset: xr.Dataset, codebook: Codebook, audit: Audit) -> dict[str, VariableSummary]:
    gaps = {row.variable: row for row in audit.missing}
    return {name: find(name, dataset, codebook, gaps) for name in codebook.variables}
