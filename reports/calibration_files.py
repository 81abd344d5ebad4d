"""What `models.calibrate` writes: JSON, and per scenario a CSV, figures and a compact record of every simulation.

All say that they are of simulated data. From the record `reports.calibrated` computes the others again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data.files import replacing
from data.files.csv_text import csv_records
from fits.calibration.beside import Beside
from fits.calibration.compact import SUFFIX
from fits.calibration.recorded import compact_of
from fits.calibration.run import Calibrated, Part
from fits.calibration.true_sizes import TrueSizes
from reports.figures.operating import draw_operating
from reports.figures.sbc import draw_sbc
from reports.terminal.calibration import stamp_of, subject, told

NAME, JSON = "calibration", "calibration.json"
"""Of what is written together, and of the file that comes last."""

BESIDE = "calibrations-beside.csv"


def require_place(out: Path) -> None:
    """Raise where the files could not be written into a folder."""
    replacing.require_place(out, NAME, after=JSON)


def write(found: Calibrated, out: Path) -> list[str]:
    """Write the files into a folder, all or none of them; return their names."""
    names = [JSON]
    with replacing.replacing(out, NAME, after=JSON) as fresh:
        (fresh / JSON).write_text(json.dumps(told(found), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        for part in found.parts:
            names += _write_part(part, found, fresh)
    return names


def _write_part(part: Part, found: Calibrated, fresh: Path) -> list[str]:
    stamp, title = stamp_of(part), f"{subject(found)}: {part.words}"
    names: list[str] = []
    rows: list[dict[str, Any]] = []
    if part.sbc is not None:
        rows = [one.to_dict() for one in part.sbc.quantities]
        names += draw_sbc(part.sbc, fresh, name=part.name, title=title, stamp=stamp)
    if part.operating is not None:
        rows = part.operating.rows()
        names.append(f"{part.name}.svg")
        sizes = TrueSizes.of(part.scenario)
        draw_operating(part.records, found.rule, found.scale, fresh / names[-1], title=title, stamp=stamp, sizes=sizes)
    if rows:
        head = {"stamp": stamp, "model": found.model, "priors": found.priors}
        names.append(f"{part.name}.csv")
        (fresh / names[-1]).write_text(csv_records([{**head, **row} for row in rows]), encoding="utf-8")
    names.append(f"{part.name}{SUFFIX}")
    (fresh / names[-1]).write_bytes(compact_of(found, part).to_bytes())
    return names


def write_beside(found: Beside, out: Path) -> None:
    """Write the numbers of calibrations beside one another as CSV."""
    head = {"stamp": f"SIMULATED DATA ({found.model})", "model": found.model}
    with replacing.replacing(out, NAME, after=BESIDE) as fresh:
        (fresh / BESIDE).write_text(csv_records([{**head, **row} for row in found.rows()]), encoding="utf-8")
