"""Parameters of several fits as a table of a page."""

from __future__ import annotations

from itertools import chain
from typing import Any

from reports.comparison.columns import cells_of, columns_of
from reports.comparison.parameters import Parameters
from reports.document.blocks import Cell, Column, Origin, Table


def parameters_table(found: Parameters, origin: Origin) -> Table:
    """Return the table, which can be searched and chosen from by parameter.

    Parameters
    ----------
    found : Parameters
        With some rows.
    """
    rows = []
    for row in found.rows:
        of = row.labels.get("exposure") or row.labels.get("control") or ""
        cells: dict[str, Any] = {
            "variable": row.variable,
            "of": Cell(of, f"{of}: {row.contrast}" if row.contrast else of),
            "contrast": row.contrast,
            "service": row.labels.get("service", ""),
        }
        for label, value in row.values.items():
            sd = Cell(value.sd, value.text[1])
            cells |= {f"{label}_sd": sd, **cells_of(label, value.said, value.difference)}
        rows.append(cells)
    first = found.labels[0]
    per_fit = chain.from_iterable(columns_of(label, first, sd=True) for label in found.labels)
    heads = (Column("variable", "parameter"), Column("of", "of"), Column("contrast"), Column("service", "outcome"))
    title = f"Parameters as stored, coefficients in {found.unit}"
    return Table("stored", title, (*heads, *per_fit), tuple(rows), filters=("variable",), origin=origin)
