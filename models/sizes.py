"""Numbers of units and answers of a design, withheld where they would disclose few units of the study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.disclosure import Count, counts_beside, part_of
from models.design import Design


@dataclass(frozen=True)
class Sizes:
    """Numbers of units, each withheld where it would disclose 1 to 10 others.

    Attributes
    ----------
    units : Count
        Units of the design.
    lost, unanswered : Count
        The units left out, as in `Design`; together with `units` they are all units of the study.
    by_service : dict of str to Count
        Units that answer, by service.
    cells : Count
        All answers.
    """

    units: Count
    lost: Count
    unanswered: Count
    by_service: dict[str, Count]
    cells: Count

    @classmethod
    def of(cls, design: Design) -> Sizes:
        """Return the sizes of a design."""
        used = np.bincount(design.service_of, minlength=len(design.services)).tolist()
        totals = totals_of(design)
        by_service = {
            service: part_of(n, *known) for service, n, known in zip(design.services, used, totals, strict=True)
        }
        parts = [len(design.units), design.rows_lost, design.rows_unanswered]
        known = [() if design.several else totals[0], (), ()]
        units, lost, unanswered = counts_beside(parts, of=known, last=0)
        counts = by_service.values()
        cells = Count(
            len(design.y),
            withheld=any(count.hidden for count in counts),
            above=sum(count.floor for count in counts),
        )
        return cls(units, lost, unanswered, by_service, cells)

    def plain(self) -> dict[str, Any]:
        """Return the sizes for a manifest: numbers, or texts where they are withheld."""
        return {
            "units": self.units.plain(),
            "cells": self.cells.plain(),
            "rows_lost": self.lost.plain(),
            "rows_unanswered": self.unanswered.plain(),
        }


def totals_of(design: Design) -> list[tuple[int, ...]]:
    """Return, by service, totals that are known besides the design: units that answered, were asked, and exist."""
    there = len(design.answered)
    return [
        (int(answered.sum()), int(asked.sum()), there)
        for answered, asked in zip(design.answered.T, design.asked.T, strict=True)
    ]
