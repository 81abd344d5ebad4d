"""Whether this machine can hold the draws that are asked for, asked before any is made."""

from __future__ import annotations

from data._machine import require_memory
from models._design import Design
from models._engines import Settings
from models._family import Family
from models._parameters import parameters
from priors._translate import Translated

COPIES = 4
"""How often a draw is held at once: by the sampler, with its name, as stored, and for the diagnostics."""

BYTES = 8
"""Of a number."""

FEWER = "Ask for fewer; 4,000 draws in all do for every table here"


def require_draws(numbers: float, *, asked: str) -> None:
    """Raise an error when draws of so many numbers in all are more than this machine holds.

    Parameters
    ----------
    numbers : float
    asked : str
        What asks for them, such as ``--draws 1000000000``.
    """
    require_memory(COPIES * BYTES * numbers, asked=asked, what="draws", next_step=FEWER)


def require_room(settings: Settings, design: Design, family: Family, priors: Translated) -> None:
    """Raise an error when the posterior that is asked for is more than this machine holds, tuning included."""
    size = sum(one.size for one in parameters(design, family, priors)) + len(design.controls) + len(design.services)
    kept = settings.chains * (settings.draws + settings.tune)
    asked = f"--draws {settings.draws} --tune {settings.tune} --chains {settings.chains}"
    require_draws(float(kept) * size, asked=asked)
