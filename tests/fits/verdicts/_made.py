"""Draws, claims and rules made by hand, and judgements of them without any fit."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.stats import norm

from fits.verdicts.events import Events, events_of
from fits.verdicts.judgement import Judgement
from fits.verdicts.quantity import Quantity
from fits.verdicts.rule import Rule
from fits.verdicts.source import Claim, Reading, Source
from models.family import Family
from models.scale import Scale

Array = np.ndarray

RULE = Rule(
    name="mine",
    title="A rule of a test",
    smallest={"points": 5.0, "probability": 0.05},
    sure=0.95,
    strong={"points": 15.0, "probability": 0.15},
    sure_of_none=0.95,
    assumed=True,
    reason="a test",
)

TOBIT = Family.find("tobit").scales_within((0.0, 100.0))
BERNOULLI = Family.find("bernoulli").scales_within()

POINTS = {"scale": TOBIT["expected"], "unit": "points (percent of patients)", "measure": "points"}
LATENT = {"scale": TOBIT["latent"], "unit": "points (percent of patients)", "measure": "points"}
PROBABILITY = {"scale": BERNOULLI["probability"], "unit": "probability", "measure": "probability"}
OTHER = {"scale": TOBIT["expected"], "unit": "scale points", "measure": None}
"""What a scale is, its unit, and what a rule calls it."""


def normal_draws(mean: float, sd: float, *, chains: int = 4, draws: int = 1000, seed: int = 1) -> Array:
    """Draws (chain, draw) whose quantiles are the normal distribution's own, in random order."""
    count = chains * draws
    values = norm.ppf((np.arange(count) + 0.5) / count)
    return mean + sd * np.random.default_rng(seed).permutation(values).reshape(chains, draws)


def sticky_draws(mean: float, sd: float, *, chains: int = 4, draws: int = 1000, run: int = 100) -> Array:
    """The same values as `normal_draws`, in long sorted runs: chains that hardly move."""
    count = chains * draws
    values = np.sort(normal_draws(mean, sd, chains=chains, draws=draws).ravel())
    runs = np.random.default_rng(2).permutation(values.reshape(count // run, run))
    return runs.reshape(chains, draws)


def quantity(
    *effects: Any,
    names: tuple[str, ...] = (),
    base: float = np.nan,
    units: int = 200,
    outcomes: tuple[str, ...] = ("uses_condoms", "utilisation"),
    contrast: str = "0 -> 1",
    scale: Scale = TOBIT["expected"],
    unit: str = "points (percent of patients)",
    measure: Any = "points",
) -> Quantity:
    """Effects, each an array (chain, draw), or (draw,) for one chain."""
    draws = np.stack([np.atleast_2d(np.asarray(one, dtype=float)) for one in effects], axis=-1)
    named = names or tuple(f"e{place}" for place in range(len(effects)))
    return Quantity(draws, np.full_like(draws, base), named, contrast, scale, unit, measure, outcomes, units)


def reading(**changes: Any) -> Reading:
    """A reading with a direction, unless told otherwise."""
    given = {"outcome": "utilisation", "exposure": "peer_influence", "services": ("condoms",), "direction": "positive"}
    return Reading(**{**given, **changes})


def claim(kind: Any = "direction", *readings: Reading, name: str = "c", number: int = 1) -> Claim:
    return Claim(id=name, number=number, words="As they said.", kind=kind, wave=2017, readings=readings)


def source(*claims: Claim, name: str = "s", study: str = "ndatss") -> Source:
    return Source(name=name, title="S", cite="S (1999)", design="d", study=study, wave=2017, claims=claims)


def events(effects: Quantity, kind: Any, *, least: float = 5.0, rule: Rule = RULE, **said: Any) -> Events:
    """Events of a quantity; a reading without a direction unless one is given."""
    asked = reading(**{"direction": None, **said})
    return events_of(effects, claim(kind, asked), asked, least=least, rule=rule)


def fake_fit(*, name: str = "fit", why_no_verdict: str = "", study: str = "ndatss") -> Any:
    """What `Judgement.of` asks of a fit."""
    request = SimpleNamespace(study=study, wave=2017)
    return SimpleNamespace(
        name=name, why_no_verdict=why_no_verdict, manifest=SimpleNamespace(request=request, kind="posterior")
    )


def judged(effects: Quantity, kind: Any = "direction", *, rule: Rule = RULE, fit: Any = None, **said: Any) -> Judgement:
    """A judgement of a quantity made by hand."""
    asked = reading(**said) if kind == "direction" else reading(**{"direction": None, **said})
    made = claim(kind, asked)
    averages: Any = SimpleNamespace(quantity=lambda _: effects)
    return Judgement.of(source(made), made, 1, evidence=fit or fake_fit(), averages=averages, rule=rule)


def named(judgement: Judgement, *, origin: str = "s", name: str = "c", fit: str = "fit", **said: Any) -> Judgement:
    """The same judgement as if of another source, claim, reading or fit."""
    again = replace(judgement.reading or reading(), **said)
    made = replace(judgement.claim, id=name, readings=(again,))
    return replace(judgement, source=source(made, name=origin), claim=made, reading=again, fit=fit)
