"""Whether this machine can hold the draws that are asked for, asked before any is made."""

from __future__ import annotations

from collections.abc import Collection

from data.files.machine import require_memory
from models.design import Design
from models.engines.compiled.parameters import parameters
from models.engines.settings import Settings
from models.family import Family
from priors.translate import Translated

COPIES = 5
"""How often a draw is held at once: by the sampler, with its name, as stored, as a file, and for the diagnostics."""

BYTES = 8
"""Of a number."""

SAMPLER = 12
"""Numbers that the sampler says of a draw."""

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
    size = _numbers(design, family, priors)
    kept = settings.chains * (settings.draws + settings.tune)
    asked = f"--draws {settings.draws} --tune {settings.tune} --chains {settings.chains}"
    require_draws(float(kept) * size, asked=asked)


def stored_bytes(
    settings: Settings, design: Design, family: Family, priors: Translated, extras: Collection[str] = ()
) -> int:
    """Return about how many bytes a fit takes on the disk, with the `extras` that are asked for by group."""
    numbers = _numbers(design, family, priors) + SAMPLER + len(design.y) * len(extras)
    # What may leave stands in a file of its own besides.
    numbers += _numbers(design, family, priors) - (len(design.units) if design.unit_intercept else 0)
    return settings.chains * settings.draws * BYTES * numbers


def _numbers(design: Design, family: Family, priors: Translated) -> int:
    """Of a draw."""
    return sum(one.size for one in parameters(design, family, priors)) + len(design.controls) + len(design.services)
