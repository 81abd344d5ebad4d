"""Which effects fits have in common, and in words which they have not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fits.effects.effect_table import POOLED, EffectTable

Place = tuple[str, str, str]
"""Exposure, contrast in words, service."""


@dataclass(frozen=True)
class Shared:
    """What can be compared.

    Attributes
    ----------
    places : dict
        Every effect of the first fit that another has too, with the labels of those that have it.
    unshared : tuple of str
        What is left out, one sentence each.
    """

    places: Mapping[Place, tuple[str, ...]]
    unshared: tuple[str, ...]

    @classmethod
    def of(cls, tables: Mapping[str, EffectTable]) -> Shared:
        """Return what the first of these tables shares with the others."""
        held = {label: _places(table) for label, table in tables.items()}
        first = next(iter(tables))
        services = {label: _services(table) for label, table in tables.items()}
        pooled = tuple(label for label in tables if set(services[label]) == set(services[first]))
        places = {}
        for place in held[first]:
            having = tuple(label for label in tables if place in held[label])
            if place[2] == POOLED:
                having = tuple(label for label in having if label in pooled)
            if len(having) > 1:
                places[place] = having
        exposures = {label: table.exposures() for label, table in tables.items()}
        said = [*_exposures(exposures, first), *only_in(services, "service")]
        apart = [label for label in tables if label not in pooled and len(services[label]) > 1]
        if apart and len(services[first]) > 1:
            said.append(f"Means over services: {', '.join(apart)} over other services than {first}.")
        return cls(places, tuple(said))


def _places(table: EffectTable) -> dict[Place, None]:
    return {(row.exposure, row.contrast, row.service): None for row in table.rows}


def _services(table: EffectTable) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.service for row in table.rows if row.service != POOLED))


def _exposures(held: Mapping[str, Mapping[str, str]], first: str) -> list[str]:
    """Exposures that not all have, and those whose contrasts differ."""
    said = only_in({label: tuple(found) for label, found in held.items()}, "exposure")
    for exposure, contrast in held[first].items():
        by_contrast: dict[str, list[str]] = {}
        for label, found in held.items():
            if exposure in found:
                by_contrast.setdefault(found[exposure], []).append(label)
        if list(by_contrast) != [contrast]:
            parts = "; ".join(f"{words} in {', '.join(labels)}" for words, labels in by_contrast.items())
            said.append(f"Exposure {exposure}: its contrasts differ and are not comparable ({parts}).")
    return said


def only_in(held: Mapping[str, tuple[str, ...]], kind: str) -> list[str]:
    """Return sentences on names that not all fits have, those alike in this together."""
    having: dict[tuple[str, ...], list[str]] = {}
    for name in dict.fromkeys(name for names in held.values() for name in names):
        labels = tuple(label for label, names in held.items() if name in names)
        if len(labels) < len(held):
            having.setdefault(labels, []).append(name)
    return [
        f"Only in {', '.join(labels)}: {kind}{'s' if len(names) > 1 else ''} {', '.join(names)}."
        for labels, names in having.items()
    ]
