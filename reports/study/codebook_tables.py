"""A codebook as tables, with what a loaded study holds of each variable."""

from __future__ import annotations

from collections.abc import Mapping

from data.auditing.variable_summary import VariableSummary
from data.codebook import Codebook
from data.numbers import number_text
from data.variable import OUTCOME_ROLES, Variable
from reports.document.blocks import Table

PLACES = ("Groups", "Exposures", "Controls", "Outcomes: availability", "Outcomes: utilisation", "Other variables")


def codebook_tables(codebook: Codebook, found: Mapping[str, VariableSummary] | None = None) -> list[Table]:
    """Return one table per role, in the codebook's order.

    Parameters
    ----------
    found : dict of str to VariableSummary, optional
        Without a data file there is nothing found.
    """
    by_place: dict[str, list[tuple[str, ...]]] = {place: [] for place in PLACES}
    for name, variable in codebook.variables.items():
        by_place[_place(variable)].append(_row(name, variable, found))
    headings: tuple[str, ...] = ("variable", "meaning", "roles", "measured as")
    if found is not None:
        headings = (*headings, "found", "missing")
    return [Table.of(headings, rows, title=place, numbers=(5,)) for place, rows in by_place.items() if rows]


def assumptions(codebook: Codebook) -> Table:
    """Return what is this project's assumption and not the source's."""
    rows = tuple((name, variable.reason) for name, variable in codebook.variables.items() if variable.assumed)
    title = "Assumptions: not in the source, to be judged by the reader"
    return Table.of(("variable", "what is assumed, and why"), rows, title=title, numbers=())


def measured(variable: Variable) -> str:
    """Return type, range, unit, limits, levels and source columns in words."""
    parts = [_type(variable)]
    if variable.limits:
        parts.append(f"censored at {number_text(variable.limits[0])} and {number_text(variable.limits[1])}")
    if variable.type == "number" and variable.contrast is not None:
        step = "1 " + variable.contrast if isinstance(variable.contrast, str) else number_text(variable.contrast)
        parts.append(f"effects per {step}")
    if variable.reference:
        parts.append(f"compared with {variable.reference}")
    if variable.waves:
        parts.append(f"wave {', '.join(map(str, variable.waves))} only")
    if variable.columns:
        parts.append(f"from {', '.join(variable.columns)}")
    return "; ".join(parts)


def _type(variable: Variable) -> str:
    if variable.type == "binary":
        return "yes or no"
    if variable.type == "id":
        return "identifier"
    if variable.type == "category":
        lines = [line.level for line in variable.first_match] + [variable.otherwise] * bool(variable.first_match)
        levels = list(dict.fromkeys(map(str, lines or variable.levels or variable.codes.values())))
        return f"category: {', '.join(levels)}" if levels else "category"
    span = f"{number_text(variable.range[0])} to {number_text(variable.range[1])}" if variable.range else ""
    return " ".join(filter(None, [span, variable.unit])) or "number"


def _place(variable: Variable) -> str:
    if "group" in variable.roles:
        return "Groups"
    if any(role.endswith("exposure") for role in variable.roles):
        return "Exposures"
    if "control" in variable.roles:
        return "Controls"
    outcome = next((role for role in OUTCOME_ROLES if role in variable.roles), None)
    return f"Outcomes: {outcome}" if outcome else "Other variables"


def _row(name: str, variable: Variable, found: Mapping[str, VariableSummary] | None) -> tuple[str, ...]:
    cells: tuple[str, ...] = (name, variable.label, ", ".join(variable.roles), measured(variable))
    if found is None:
        return cells
    what = found[name]
    return (*cells, str(what), "" if what.missing is None else str(what.missing))
