"""Tables and figures of a fit that was checked, as the files that lie beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from data.files.csv_text import csv_records
from data.names import safe_keys
from fits.checks.found import Found, plain
from fits.checks.left_out import plain as plain_levels
from fits.checks.rates import Rates
from fits.storage.manifest import finite_or_text
from fits.storage.stamps import stamp_of
from reports.figures.checks.calibration import draw_calibration
from reports.figures.checks.left_out import draw_left_out
from reports.figures.checks.limits import draw_limits
from reports.figures.checks.pit import draw_pit
from reports.figures.checks.rates import draw_rates


def check_files(found: Found) -> dict[str, bytes]:
    """Return tables and figures by the names of their files."""
    texts = {"checks.json": _json(found), **_tables(found)}
    return {**{name: text.encode("utf-8") for name, text in texts.items()}, **dict(sorted(_figures(found).items()))}


def _json(found: Found) -> str:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    said = finite_or_text({"made": made, "seed": found.options.seed, **plain(found)})
    return json.dumps(said, indent=1, allow_nan=False) + "\n"


def _tables(found: Found) -> dict[str, str]:
    """Every table that has rows, as CSV."""
    manifest = found.fit.manifest
    head = {"fit": found.fit.name, "stamp": manifest.stamp, "status": manifest.status}
    tables = {
        "checks": [check.plain() for check in found.checks],
        "rates": [row.plain() for one in found.rates for row in one.rows],
        "prior": [row.plain() for one in found.prior for row in one.rows],
        "left_out": plain_levels(found.levels, found.sizes),
    }
    return {f"{table}.csv": csv_records([{**head, **row} for row in rows]) for table, rows in tables.items() if rows}


def _figures(found: Found) -> dict[str, bytes]:
    """Every figure as SVG, stamped with what these checks found, whatever earlier ones did."""
    given, name, stamp = found.given, found.fit.name, stamp_of(found.checked)
    by_split: dict[str, list[Rates]] = {}
    for one in found.rates:
        by_split.setdefault(one.rows[0].split, []).append(one)

    def drawn(draw: Callable[..., None], *values: object, title: str, **words: Any) -> bytes:
        buffer = BytesIO()
        draw(*values, target=buffer, title=f"{name}: {title}", stamp=stamp, **words)
        return buffer.getvalue()

    keys = safe_keys(by_split)
    files = {
        f"rates-{keys[split]}.svg": drawn(draw_rates, rates, title=f"by {split}")
        for split, rates in by_split.items()
        if any(one.shown for one in rates)
    }
    unit = given.codebook.variables[given.design.reading.outcomes[0]].unit
    interior = found.replicates.interior
    if interior is not None:
        spikes, services = by_split["service"], given.design.services
        title = "the outcome, its limits kept"
        files["limits.svg"] = drawn(draw_limits, interior, spikes, services, unit=unit, title=title)
        note = next(check.sentence for check in found.checks if check.name == "loo_pit")
        files["pit.svg"] = drawn(draw_pit, found.loo, title="where answers lie among predictions", note=note)
    if found.calibration is not None:
        files["calibration.svg"] = drawn(draw_calibration, found.calibration, title="calibration")
    if found.levels:
        title = "each level predicted without having been seen"
        files["left_out.svg"] = drawn(draw_left_out, found.levels, unit=unit, title=title)
    return files
