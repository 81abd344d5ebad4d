"""What `models.ladder` writes: JSON, CSV and the figure of one ladder."""

from __future__ import annotations

import json
from pathlib import Path

from data.files import replacing
from data.files.csv_text import csv_records
from fits.ladder_steps import Climbed
from fits.storage.stamps import stamp_of
from reports.figures.ladder import draw_ladder
from reports.terminal.ladder import told

NAME, JSON = "ladder", "ladder.json"
"""Of what is written together, and of the file that comes last."""


def require_place(out: Path) -> None:
    """Raise where the files could not be written into a folder."""
    replacing.require_place(out, NAME, after=JSON)


def write(found: Climbed, out: Path) -> list[str]:
    """Write the files into a folder, all or none of them; return their names."""
    fit, ladder = found.fits[0], found.ladder
    rows = [{"stamp": fit.manifest.stamp, **row} for row in ladder.to_list()]
    with replacing.replacing(out, NAME, after=JSON) as fresh:
        (fresh / JSON).write_text(json.dumps(told(found), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        (fresh / "ladder.csv").write_text(csv_records(rows), encoding="utf-8")
        draw_ladder(ladder, fresh / "ladder.svg", stamp=stamp_of(fit))
    return ["ladder.csv", JSON, "ladder.svg"]
