"""Refits of a stored fit in which some answers weigh nothing: one for exact leave-one-out, or all of a state's."""

from __future__ import annotations

import numpy as np
import xarray as xr

from data.arrays import Index
from data.errors import InputError, Problem, unknown
from fits.checks.left_out import LeftOut
from fits.checks.loo import Loo
from fits.listen import SILENT, Listener
from fits.loaded import translated
from fits.prior_of_fit import prior_set_of
from fits.reload import Reloaded
from fits.sample import sample
from models.design import Group
from models.engines.model_data import inputs
from models.engines.sampler import sampler_of
from models.engines.settings import Settings
from priors.translate import Translated

TUNE, DRAWS, CHAINS = 500, 250, 4
"""Of a refit without a level, whose predictions are averages over many answers."""

EXACT_DRAWS = 1000
"""Of a refit without one answer: what asks for one is extreme, and 250 draws gave its log density to half a unit."""


def priors_of(given: Reloaded) -> Translated:
    """Return the priors that a fit was made under, on its model's scale.

    Raises
    ------
    ChangedError
        When the prior set is gone or has changed.
    """
    return translated(prior_set_of(given.fit), given.design, given.family)


class Refitter:
    """Samples a fit's model again without some of its cells."""

    def __init__(self, given: Reloaded, priors: Translated, seed: int) -> None:
        self.given, self.priors, self.seed = given, priors, seed
        self.data = inputs(given.design, given.family, priors)
        self.made = self.failed = 0

    def without(self, cells: Index, number: int, *, draws: int = DRAWS) -> xr.Dataset:
        """Return the posterior of all other cells; `number` tells refits of one seed apart."""
        design, family = self.given.design, self.given.family
        weight = self.data["weight"].copy()
        weight[cells] = 0.0
        data = {**self.data, "weight": weight}
        seed = int(np.random.SeedSequence((self.seed, number)).generate_state(1)[0]) % 2**31
        settings = Settings(draws=draws, tune=TUNE, chains=CHAINS, seed=seed)
        sampler = sampler_of(design, family, self.priors, data, settings.engine)
        found = sample(sampler, settings, design, data)
        self.made += 1
        self.failed += found.last.status == "failed"
        return found.tree["posterior"].to_dataset()


def exact(
    loo: Loo, refitter: Refitter, limits: tuple[float, float], *, most: int, seed: int, listen: Listener = SILENT
) -> Loo:
    """Return the predictions with those that importance sampling cannot give taken from exact refits.

    Parameters
    ----------
    limits : (lower, upper)
    most : int
        Refits at most; if more are needed, none is made: some would take their time and settle nothing.
    """
    bad = loo.bad
    if bad.size > most:
        listen.say(f"k-hat is too high for {bad.size:,} answers, more than --refits {most}: none is refitted.")
    if not 0 < bad.size <= most:
        return loo
    listen.say(f"k-hat is too high for {bad.size} answers; refitting without each ...")
    given = refitter.given
    with listen.counting("exact leave-one-out", total=bad.size, noun="refits") as tick:
        for cell in bad.tolist():
            posterior = refitter.without(np.array([cell]), cell, draws=EXACT_DRAWS)
            tick(refitter.failed)
            loo = loo.refit(cell, posterior, given.design, given.family, limits=limits, seed=seed)
    return loo


def left_out(
    refitter: Refitter,
    name: str,
    folds: int | None,
    *,
    limits: tuple[float, float],
    loo: Loo,
    seed: int,
    listen: Listener = SILENT,
) -> list[LeftOut]:
    """Return every level of a group predicted by refits that have not seen it.

    Parameters
    ----------
    name : str
        Of the group.
    folds : int or None
        In so many refits, each without several levels; None for one level each.
    limits : (lower, upper)
    loo : Loo
        For the score of a level that is seen.
    """
    design, family = refitter.given.design, refitter.given.family
    group = group_of(name, refitter.given)
    level_of = group.index[design.unit_of]
    there = np.unique(level_of)
    order = np.random.default_rng(seed).permutation(there)
    parts = np.array_split(order, min(folds or len(order), len(order)))
    found = {}
    with listen.counting(f"leaving {name} out", total=len(parts), noun="refits") as tick:
        for place, levels in enumerate(parts):
            posterior = refitter.without(np.flatnonzero(np.isin(level_of, levels)), len(design.y) + place)
            tick(refitter.failed)
            for level in levels.tolist():
                found[level] = LeftOut.of(
                    group.levels[level],
                    np.flatnonzero(level_of == level),
                    posterior,
                    design,
                    family,
                    limits=limits,
                    known=loo.elpd,
                    seed=seed + level,
                )
    return [found[level] for level in sorted(found)]


def group_of(name: str, given: Reloaded) -> Group:
    """Return a group that can be left out: one of the model's, whose levels are not all there are.

    Raises
    ------
    InputError
        For another name; for an exhaustive group, which has no level that one has not seen.
    """
    groups = {**given.design.groups, **given.design.clusters}
    open_ones = [label for label, group in groups.items() if not group.exhaustive]
    if name in groups and name not in open_ones:
        got = f"{name!r}, whose levels are all there are: there is no new one to predict"
        raise InputError([Problem("--leave-out", got, f"one of {', '.join(open_ones) or 'none'}")])
    if name not in groups:
        raise unknown("group to leave out", name, open_ones)
    return groups[name]
