"""A study described: its codebook and, where there are data, what was found in them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from data._disclosure import plain
from data._found import Found, find
from data.audit import Audit
from data.codebook import Codebook
from data.study import load_study


@dataclass(frozen=True)
class Description:
    """A codebook, and what a loaded study holds; without a data file the latter is None.

    Attributes
    ----------
    codebook : Codebook
    attributes : dict
        The dataset's: path, hashes, stamp, wave.
    found : dict of str to Found, or None
    audit : Audit or None
    """

    codebook: Codebook
    attributes: dict[str, Any]
    found: dict[str, Found] | None = None
    audit: Audit | None = None

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
            "next_step": "" if self.audit else self.next_step(),
        }

    def _variable(self, name: str) -> dict[str, Any]:
        declared: dict[str, Any] = plain(asdict(self.codebook.variables[name]))
        return {**declared, "found": plain(self.found[name]) if self.found else None}


def describe(
    study: str, data: Path | None = None, *, wave: int | None = None, columns: Path | None = None
) -> Description:
    """Return a study's description.

    Parameters
    ----------
    study : str
        Name of a study of the project, or the path of a codebook.
    data, wave, columns
        As for `load_study`. Without data a study that is not simulated has its codebook only.

    Raises
    ------
    InputError
        For every fault of the codebook or the file.
    """
    codebook = Codebook.read(study)
    if data is None and not codebook.study.simulated_default:
        return Description(codebook, {})
    dataset = load_study(codebook, data, wave=wave, columns=columns)
    audit = Audit.of(dataset, codebook)
    return Description(codebook, dict(dataset.attrs), _found(dataset, codebook, audit), audit)


def _found(dataset: xr.Dataset, codebook: Codebook, audit: Audit) -> dict[str, Found]:
    gaps = {row.variable: row for row in audit.missing}
    return {name: find(name, dataset, codebook, gaps) for name in codebook.variables}
