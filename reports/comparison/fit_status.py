"""Whether a fit may be believed: what its own checks found, in words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fits.gate import shown_values
from reports.comparison.stored_alone import Party, StoredAlone

NAMED = 3
"""Failed checks that are named."""


@dataclass(frozen=True)
class Standing:
    """What one fit's own checks found.

    Attributes
    ----------
    made : str
        UTC, ISO 8601.
    differs : tuple of str
        What has changed since it was made.
    sampler : dict of str to str
        Diagnostics in words; of maximum likelihood what there is of them.
    predictive : str
        How many predictive checks failed, and which.
    elpd : (float, float) or None
        Leave-one-out predictive score and its standard error as `models.check` stored them.
    """

    status: str
    made: str
    differs: tuple[str, ...]
    sampler: Mapping[str, str]
    predictive: str
    elpd: tuple[float, float] | None

    @classmethod
    def of(cls, evidence: Party) -> Standing:
        """Return what is stored of a fit's checks."""
        manifest = evidence.manifest
        mle = manifest.kind == "mle"
        stale = isinstance(evidence, StoredAlone) or evidence.differs
        status = f"{manifest.status}{', stale' if stale else ''}"
        sampler = {} if mle else _sampler(manifest.diagnostics)
        return cls(status, manifest.created, evidence.differs, sampler, _predictive(evidence), _stored(evidence))

    def words(self) -> dict[str, str]:
        """Return every line of it by heading."""
        return {
            "status": self.status,
            "made (UTC)": self.made[:16].replace("T", " "),
            **({"changed since": "; ".join(self.differs)} if self.differs else {}),
            **self.sampler,
            "predictive checks": self.predictive,
            **({"elpd, leave-one-out": f"{self.elpd[0]:.1f} (se {self.elpd[1]:.1f})"} if self.elpd else {}),
        }


def _sampler(found: Mapping[str, Any]) -> dict[str, str]:
    heads = {
        "divergences": "divergences",
        "rhat_max": "R-hat at most",
        "ess_bulk_min": "bulk ESS at least",
        "ess_tail_min": "tail ESS at least",
        "bfmi_min": "E-BFMI at least",
    }
    shown = shown_values(found)
    return {head: shown[key] for key, head in heads.items() if key in shown}


def _predictive(evidence: Party) -> str:
    manifest = evidence.manifest
    if manifest.kind == "mle":
        return "none of maximum likelihood"
    if not manifest.predictive:
        return "not made"
    wrong, count = manifest.unpredicted, len(manifest.predictive)
    if not wrong:
        return f"all {count} passed"
    return f"{len(wrong)} of {count} FAILED ({', '.join(wrong[:NAMED])}{', ...' if len(wrong) > NAMED else ''})"


def _stored(evidence: Party) -> tuple[float, float] | None:
    """The score in the fit's folder, if it is of these very draws."""
    path = evidence.fit.checks("checks.json")
    if path is None:
        return None
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["request_sha256"] != evidence.manifest.request.sha256:
            return None
        found = (float(held["loo"]["elpd"]), float(held["loo"]["se"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if all(map(math.isfinite, found)) else None
