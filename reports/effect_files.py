"""The files of `reports.effects`: the tables as CSV and JSON, the figures as SVG."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from data.files import replacing as files
from data.files.csv_text import csv_records
from data.names import safe_keys
from data.registry import later
from fits.effects.effect_table import EffectTable
from fits.effects.shrinkage import Shrinkage
from fits.number_format import INTERVAL
from fits.storage.fit import Fit
from fits.storage.stamps import stamp_of

NAME, JSON = "effects", "effects.json"
"""What they are called together, and the file that comes last."""


def require_place(out: Path) -> None:
    """Raise unless the files can be written into a folder."""
    files.require_place(out, NAME, after=JSON)


def plain(fit: Fit, tables: Iterable[EffectTable], shrunk: Iterable[Shrinkage] = ()) -> dict[str, Any]:
    """Return everything as one JSON object, with what readers need to judge it."""
    manifest = fit.manifest
    return {
        "fit": fit.name,
        "simulated": manifest.simulated,
        "stamp": manifest.stamp,
        "status": manifest.status,
        "request_sha256": manifest.request.sha256,
        "interval": INTERVAL,
        "effects": [row for table in tables for row in table.to_list()],
        **({"groups": groups} if (groups := [row for one in shrunk for row in one.to_list()]) else {}),
    }


def write(fit: Fit, tables: tuple[EffectTable, ...], shrunk: tuple[Shrinkage, ...], out: Path) -> list[str]:
    """Write the tables and figures into a folder, all or none of them; return their names."""
    found = plain(fit, tables, shrunk)
    head = {key: found[key] for key in ("fit", "stamp", "status")}
    names = [JSON]
    with files.replacing(out, NAME, after=JSON) as fresh:
        (fresh / JSON).write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        for what in ("effects", "groups"):
            if what in found:
                names.append(f"{what}.csv")
                (fresh / names[-1]).write_text(csv_records([{**head, **row} for row in found[what]]), encoding="utf-8")
        names += _figures(fit, tables, shrunk, fresh)
    return names


def _figures(fit: Fit, tables: tuple[EffectTable, ...], shrunk: tuple[Shrinkage, ...], folder: Path) -> list[str]:
    """Draw a figure for each table and each group; return their names."""
    forest, shrinkage = later("reports.figures.forest"), later("reports.figures.shrinkage")  # Matplotlib
    names, stamp = [], stamp_of(fit)
    for table in tables:
        names.append(f"effects-{table.array_name}-{table.target}.svg")
        forest.draw_forest(table, folder / names[-1], title=f"{fit.name}: {table.words}", stamp=stamp)
    keys = safe_keys(one.group for one in shrunk)
    for one in shrunk:
        names.append(f"shrinkage-{keys[one.group]}.svg")
        title = f"{fit.name}: how far each {one.group} was shrunk"
        shrinkage.draw_shrinkage(one, folder / names[-1], title=title, stamp=stamp)
    return names
