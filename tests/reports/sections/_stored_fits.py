"""Stored fits without sampling: random draws, or real maximum likelihood, of a small study with an ugly label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fits.fit_with_study import Evidence
from reports.document.blocks import Block, Fold, Section
from tests.small_study import binary, kinds, number, small_codebook, write

UGLY = '<img src=x onerror="alert(1)">&'
RARE = "seldom"
"""A level of 5 units."""


def study(folder: Path, **m: Any) -> dict[str, Any]:
    """The study in files, as a request names it."""
    table = kinds()
    table["no"] = np.random.default_rng(5).integers(0, 2, len(table))
    places = np.where(table["place"] == "n", UGLY, table["place"]).astype(object)
    places[:5] = RARE
    table["place"] = pd.Series(places)
    percent = {"unit": "percent of patients", "limits": [0, 10]}
    variables = {"y": number("Outcome", **percent), "other": number("Another outcome", **percent)}
    m = {"title": "A small model", "exposures": ["yes", "no"], "controls": [], **m}
    text = small_codebook("y", "other", title="Small", variables={**variables, "no": binary("No or yes")}, m=m)
    return write(folder, text, table)


def with_manifest(evidence: Evidence, **changes: Any) -> Evidence:
    """The same fit as if this stood in its manifest."""
    fit = replace(evidence.fit, manifest=replace(evidence.manifest, **changes))
    return replace(evidence, reloaded=replace(evidence.reloaded, fit=fit))


def with_checks(evidence: Evidence, files: Mapping[str, bytes]) -> Evidence:
    """The same fit with these files beside it, as `models.check` stores them."""
    fit = evidence.fit.with_checks(evidence.manifest.predictive, files)
    return replace(evidence, reloaded=replace(evidence.reloaded, fit=fit))


def blocks_of(section: Section | None, kind: type) -> list[Any]:
    """Every block of a kind, folded ones too."""
    assert section is not None
    return [block for block in _unfolded(section.blocks) if isinstance(block, kind)]


def _unfolded(blocks: tuple[Block, ...]) -> list[Block]:
    out: list[Block] = []
    for block in blocks:
        out += [block, *(_unfolded(block.blocks) if isinstance(block, Fold) else [])]
    return out
