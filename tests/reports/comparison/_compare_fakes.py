"""Stored fits of a small study without any sampling, for comparisons."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from fits.fit_with_study import Evidence
from fits.listing import differences
from fits.reload import reload
from fits.storage.fit import Fit
from tests.fakes import stored
from tests.small_study import kinds, small_codebook, write

HOSTILE = "[bold red]y[/bold red]"
"""A label that Rich would take for markup."""

OUTCOMES = ("y", HOSTILE)

fake = partial(stored, chains=4, length=250)


def declared(*outcomes: str, title: str = "Few kinds of units") -> str:
    """The small study with two outcomes and two models more, and a title that Rich would take for markup."""
    named = outcomes or OUTCOMES
    models = {
        "bare": {"family": "tobit", "outcome": named, "exposures": ["kind"]},
        "may": {"family": "bernoulli", "outcome": ["yes"], "exposures": ["kind"]},
    }
    return small_codebook(*named, title=title, m={"title": "A [model] of [link=x]kinds[/link]"}, models=models)


def write_study(folder: Path, *, home: Path, seed: int = 2, count: int = 150) -> dict[str, Any]:
    """The study and its data on disk, as options of a request."""
    rows = kinds(count, seed=seed, outcomes=OUTCOMES)
    return {**write(folder, declared(), rows, rows=f"own{seed}"), "home": home}


def evidence(fit: Fit) -> Evidence:
    return Evidence(reload(fit), tuple(differences(fit.manifest)))
