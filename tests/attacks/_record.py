"""The record of a whole attack: what was tried, what came out, on which code."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from data.code_hash import code_digest
from fits.planning.sources import DRAWN_BY

Keep = Callable[[str, dict[str, object]], None]
"""Takes what an attack found, under its name."""

RESULTS = Path(__file__).parent / "results"


def write_record(name: str, found: dict[str, object], *, seconds: float) -> None:
    """Write what a whole attack found, to be committed."""
    RESULTS.mkdir(exist_ok=True)
    record = {
        "attack": name,
        "command": "uv run pytest -m attack --whole",
        "date": datetime.now(UTC).date().isoformat(),
        "code": code_digest(*DRAWN_BY),
        "python": platform.python_version(),
        "seconds": round(seconds),
        **found,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
