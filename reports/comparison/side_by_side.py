"""Effects of several fits side by side: on one scale, in one unit, with their differences to the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from data.disclosure import Count, nested
from data.errors import InputError, Problem, unknown
from fits.effects.averages import Target
from fits.effects.effect_table import EffectTable, Judged
from fits.effects.effects_of_fit import Question
from fits.effects.summary import finite
from fits.fit_with_study import Evidence
from fits.number_format import INTERVAL
from reports.comparison.common_effects import Shared
from reports.comparison.difference import Difference
from reports.comparison.effects_with_draws import Drawn, drawn_effects
from reports.comparison.provenance_diff import same_rows


@dataclass(frozen=True)
class ComparedEffect:
    """One fit's effect.

    Attributes
    ----------
    units : Count
        Averaged over.
    said : Summary or Asymptotic or None
        None where too few units are averaged over to be shown.
    difference : Difference or None
        None for the first fit, and where either has nothing to say.
    """

    units: Count
    said: Judged | None
    difference: Difference | None = None


@dataclass(frozen=True)
class EffectRow:
    """One effect in every fit that has it; the first always has."""

    exposure: str
    contrast: str
    service: str
    entries: Mapping[str, ComparedEffect]


@dataclass(frozen=True)
class SideBySide:
    """Effects that fits share.

    Attributes
    ----------
    labels : tuple of str
        Of the fits, the first one first.
    words : dict of str to str
        By fit: its scale, unit and target in one line.
    rows : tuple of EffectRow
        Exposure by exposure.
    unshared : tuple of str
        What is not compared, and why, one sentence each.
    """

    labels: tuple[str, ...]
    scale: str
    unit: str
    target: Target
    words: Mapping[str, str]
    rows: tuple[EffectRow, ...]
    unshared: tuple[str, ...]

    @classmethod
    def of(cls, fits: Mapping[str, Evidence], *, scale: str = "", target: Target = "these") -> SideBySide:
        """Return the comparison.

        Parameters
        ----------
        fits : dict of str to Evidence
            By label; at least two, differences are to the first.
        scale : str
            A scale that all have; '' for the first such.

        Raises
        ------
        InputError
            When there is no such scale, or it is in different units.
        """
        name = scale_of(fits, scale)
        drawn = {label: _drawn(one, name, target) for label, one in fits.items()}
        units = {label: one.table.unit for label, one in drawn.items()}
        if len(set(units.values())) > 1:
            got = "; ".join(f"{label} in {unit}" for label, unit in units.items())
            raise InputError([Problem(f"scale {name!r}", got, "one unit: numbers in two cannot be subtracted")])
        tables = {label: one.table for label, one in drawn.items()}
        shared = Shared.of(tables)
        first = next(iter(fits))
        rows = tuple(
            EffectRow(*place, {label: _entry(drawn, place, label, first=first) for label in having})
            for place, having in shared.places.items()
        )
        rows = tuple(_nested(row) for row in rows) if same_rows(fits) else rows
        words = {label: table.words for label, table in tables.items()}
        return cls(tuple(fits), name, units[first], target, words, rows, shared.unshared)

    def exposures(self) -> dict[str, str]:
        """Return each exposure's contrast in words."""
        return {row.exposure: row.contrast for row in self.rows}

    def of_exposure(self, exposure: str) -> tuple[EffectRow, ...]:
        """Return the rows of one exposure."""
        return tuple(row for row in self.rows if row.exposure == exposure)

    def to_list(self) -> list[dict[str, Any]]:
        """Return one row per effect and fit as plain data, at full precision; None for what is no number."""
        return [
            {
                "scale": self.scale,
                "unit": self.unit,
                "target": self.target,
                "exposure": row.exposure,
                "contrast": row.contrast,
                "service": row.service,
                "fit": label,
                "units": entry.units.plain(),
                "interval": INTERVAL,
                **(finite(entry.said.numbers()) if entry.said else {}),
                **(entry.difference.plain() if entry.difference else {}),
            }
            for row in self.rows
            for label, entry in row.entries.items()
        ]


def _nested(row: EffectRow) -> EffectRow:
    """The row with no number of units that is few less than another fit's."""
    units = nested([entry.units for entry in row.entries.values()])
    entries = {
        label: replace(entry, units=count) for (label, entry), count in zip(row.entries.items(), units, strict=True)
    }
    return replace(row, entries=entries)


def scale_of(fits: Mapping[str, Evidence], wanted: str) -> str:
    """Return the name of a scale that all fits have, by default the first.

    Raises
    ------
    InputError
        When they have none in common, or not this one.
    """
    known = {label: list(one.family.scales_within(one.design.limits)) for label, one in fits.items()}
    first, *others = known.values()
    common = [name for name in first if all(name in names for names in others)]
    if not common:
        got = "; ".join(f"{label} has {', '.join(names)}" for label, names in known.items())
        raise InputError([Problem("fits", f"no scale that all have: {got}", "fits of one kind of outcome")])
    if wanted and wanted not in common:
        raise unknown("scale of all these fits", wanted, common)
    return wanted or common[0]


def _drawn(evidence: Evidence, scale: str, target: Target) -> Drawn:
    known = evidence.family.scales_within(evidence.design.limits)
    return drawn_effects(evidence, Question(scales=(known[scale],), targets=(target,)))


def _entry(drawn: Mapping[str, Drawn], place: tuple[str, str, str], label: str, *, first: str) -> ComparedEffect:
    exposure, _, service = place
    ours, base = (_effect(drawn[one].table, exposure, service) for one in (label, first))
    if label == first or ours.change is None or base.change is None:
        return ComparedEffect(ours.units, ours.change)
    draws = tuple(drawn[one].of(exposure, service).to_numpy() for one in (first, label))
    return ComparedEffect(ours.units, ours.change, Difference.of(base.change, ours.change, draws))


def _effect(table: EffectTable, exposure: str, service: str) -> Any:
    return next(row for row in table.rows if (row.exposure, row.service) == (exposure, service))
