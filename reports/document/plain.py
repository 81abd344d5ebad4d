"""Tables and figures as files: CSV, JSON, and values that JSON can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from data.files.csv_text import csv_text
from reports.document.blocks import Figure, Table
from reports.document.document import Document

TAGS = re.compile(r"<(?!(?:br ?/?|/?(?:b|i|em|sub|sup|extra))>)", re.IGNORECASE)
"""The start of what Plotly could read as markup, other than the few tags that only set type."""


def files(document: Document) -> dict[str, bytes]:
    """Return the content of every file beside the page, by name."""
    found: dict[str, str] = {}
    for table in document.tables():
        found[f"{table.name}.csv"] = table_csv(table, document.stamps)
        found[f"{table.name}.json"] = table_json(table, document.stamps)
    for figure in document.figures():
        found[f"{figure.name}.svg"] = figure.svg
    return {name: encoded(text) for name, text in found.items()}


def encoded(text: str) -> bytes:
    """Return UTF-8; what no encoding can hold, half a surrogate pair, as a question mark."""
    return text.encode("utf-8", "replace")


def plain(value: Any) -> Any:
    """Return a value that strict JSON can hold: numbers that are not finite are None."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value


def print_json(value: Any) -> None:
    """Print plain data as strict JSON, which no number that is not finite passes."""
    print(json.dumps(value, indent=1, allow_nan=False))


def table_json(table: Table, stamps: tuple[str, ...]) -> str:
    """Return a table as one JSON object."""
    found = {
        "title": table.title,
        "stamps": list(stamps),
        "origin": asdict(table.origin) if table.origin else None,
        "rows": table.to_list(),
    }
    return json.dumps(plain(found), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def table_csv(table: Table, stamps: tuple[str, ...]) -> str:
    """Return a table as CSV; under a stamp its first column says so in every row."""
    keys = [column.key for column in table.columns]
    stamp = ["; ".join(stamps)] if stamps else []
    rows = ([*stamp, *(_csv_cell(row[key]) for key in keys)] for row in table.to_list())
    return csv_text([*(["stamp"] if stamps else []), *keys], rows)


def _csv_cell(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, dict | list):
        return json.dumps(value, allow_nan=False, ensure_ascii=False)
    return value


def plotly_json(figure: Figure) -> dict[str, Any]:
    """Return a Plotly figure whose strings cannot become links or other markup."""
    found: dict[str, Any] = _untagged(plain(figure.plotly or {}))
    return {"data": found.get("data", []), "layout": found.get("layout", {})}


def _untagged(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _untagged(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_untagged(inner) for inner in value]
    return TAGS.sub("&lt;", value) if isinstance(value, str) else value
