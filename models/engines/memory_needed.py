"""Check before sampling that this machine can hold the requested draws."""

from __future__ import annotations

from collections.abc import Collection

from data.files.machine import require_memory
from models.design import Design
from models.engines.settings import Settings
from models.family import Family
from models.predictors.predictor import parts_of
from priors.translate import Translated

COPIES = 5
"""Copies of a draw held at once: by the sampler, labelled, to be stored, as a file, and for the diagnostics."""

STORED = 2
"""How many times what is asked may be stored: a second run is stored with the first, or keeps twice the draws."""

BYTES = 8
"""Bytes of one number."""

SAMPLER = 12
"""Numbers of sampler statistics per draw."""

FEWER = "Ask for fewer; 4,000 draws in all do for every table here"


def require_draws(numbers: float, *, asked: str) -> None:
    """Raise an error when draws of `numbers` numbers in all exceed this machine's memory.

    Parameters
    ----------
    asked : str
        The request that needs them, such as ``--draws 1000000000``.
    """
    require_memory(COPIES * BYTES * numbers, asked=asked, what="draws", next_step=FEWER)


def require_room(settings: Settings, design: Design, family: Family, priors: Translated) -> None:
    """Raise an error when the requested posterior, tuning included, exceeds this machine's memory."""
    size = _numbers(design, family, priors)
    # The draws of a first run are held once more while a second is made.
    kept = settings.chains * (settings.draws + settings.tune + settings.draws / COPIES)
    asked = f"--draws {settings.draws} --tune {settings.tune} --chains {settings.chains}"
    require_draws(kept * size, asked=asked)


def stored_bytes(
    settings: Settings, design: Design, family: Family, priors: Translated, extras: Collection[str] = ()
) -> int:
    """Return about how many bytes a fit takes on disk at most, with the requested groups of `extras`."""
    numbers = _numbers(design, family, priors) + SAMPLER + len(design.y) * len(extras)
    # What may leave is stored again in a separate file.
    of_units = sum(len(design.units) for part in parts_of(design, family) if part.of_units)
    numbers += _numbers(design, family, priors) - of_units
    return STORED * settings.chains * settings.draws * BYTES * numbers


def _numbers(design: Design, family: Family, priors: Translated) -> int:
    """Return how many numbers a draw has."""
    return (
        sum(one.size for part in parts_of(design, family) for one in part.free(priors))
        + len(design.controls)
        + len(design.services)
    )
