"""Check a stored fit: replicate its answers, predict each without it, draw from its prior, leave levels out, judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from data.errors import InputError, Problem
from fits.checks.calibration import Calibration
from fits.checks.comparison import Comparison, compare, require_comparable
from fits.checks.found import CheckOptions, Found
from fits.checks.loo import Loo
from fits.checks.rates import Rates
from fits.checks.refits import Refitter, exact, group_of, left_out, priors_of
from fits.checks.replicates import counted, enough, replicate, spread
from fits.checks.splits import splits_of
from fits.listen import SILENT, Listener
from fits.reload import Reloaded, reload
from fits.storage.find import find, require_once
from fits.storage.fit import Fit
from models.engines.graph.density import build
from models.engines.graph.prior_draws import prior_draws
from models.outcome_limits import outcome_limits
from priors.translate import Translated

MOST_PRIOR_CELLS = 40_000_000
"""Draws x cells of the prior, which PyMC holds all at once."""

PER_SPLIT, OTHERS = 3, 8
"""Tests at most: of a split; and of spread, interior, PIT or calibration, the prior's four, and levels left out."""


def read(name: str, home: Path, data: Path | None = None) -> Reloaded:
    """Return a stored posterior with its study.

    Parameters
    ----------
    name : str
        See `fits.storage.find.find`.
    home : Path
        The folder of stored fits.
    data : Path, optional
        Where the data file is now, if not where it was.

    Raises
    ------
    InputError
        For a fit that does not exist, is maximum likelihood, or was made of what is not there any more as it was.
    """
    fit = find(name, home)
    if fit.manifest.kind == "mle":
        got = "maximum likelihood estimates, which predict no outcomes"
        raise InputError([Problem(f"fit {fit.name!r}", got, "a posterior: models.fit NAME without --engine mle")])
    return reload(fit, data)


def require_sense(fits: Sequence[Reloaded], options: CheckOptions) -> None:
    """Raise an `InputError` for what can be known to be wrong before anything is computed."""
    if options.folds is not None and not options.leave_out:
        raise InputError([Problem("--folds", f"{options.folds}", "--leave-out GROUP with it: folds are of its levels")])
    for given in fits:
        priors_of(given)
        if options.leave_out:
            group_of(options.leave_out, given)
    require_once(given.fit.name for given in fits)
    require_comparable(
        {given.fit.name: (given.design, outcome_limits(given.design.reading, given.codebook)) for given in fits}
    )


def check(given: Reloaded, options: CheckOptions, listen: Listener = SILENT) -> Found:
    """Return every check of one fit.

    Parameters
    ----------
    listen : Listener
        Is told what is being done, and of refits.
    """
    fit, design, family, seed = given.fit, given.design, given.family, options.seed
    binary = family.binary
    limits = outcome_limits(design.reading, given.codebook)
    unit = given.codebook.variables[design.reading.outcomes[0]].unit
    priors = priors_of(given)
    with fit.draws() as draws:
        posterior = draws["posterior"].to_dataset().load()
    listen.say(f"{fit.name}: replicating its answers ...")
    splits = splits_of(design)
    most = enough(PER_SPLIT * len(splits) + OTHERS)
    replicates = replicate(spread(posterior, most), design, family, splits=splits, limits=limits, seed=seed)
    rates = Rates.all_of(replicates, design, binary=binary, unit=unit)
    listen.say(f"{fit.name}: predicting each answer without it ...")
    refitter = Refitter(given, priors, seed)
    loo = Loo.of(posterior, design, family, limits=limits, seed=seed)
    loo = exact(loo, refitter, limits, most=options.refits, seed=seed, listen=listen)
    calibration = None
    if binary:
        calibration = Calibration.of(loo.probability(design.y), design.y, replications=most, seed=seed)
    listen.say(f"{fit.name}: drawing from the prior ...")
    prior = _prior_rates(given, priors, limits, unit=unit, most=most, seed=seed)
    group = options.leave_out
    levels = left_out(refitter, group, options.folds, limits=limits, loo=loo, seed=seed, listen=listen) if group else []
    made = (refitter.made, refitter.failed)
    return Found(given, options, limits, most, replicates, rates, prior, loo, calibration, levels, *made)


def _prior_rates(
    given: Reloaded, priors: Translated, limits: tuple[float, float], *, unit: str, most: int, seed: int
) -> list[Rates]:
    """Observed values by service among those of outcomes drawn from the prior."""
    design, family = given.design, given.family
    draws = min(most, max(1, MOST_PRIOR_CELLS // len(design.y)))
    _, drawn = prior_draws(build(design, family, priors), draws=draws, seed=seed)
    y = drawn.transpose("chain", "draw", "cell").to_numpy().reshape(-1, len(design.y))
    found = counted(y, design, splits=splits_of(design)[:1], limits=limits)
    return Rates.all_of(found, design, binary=family.binary, unit=unit)


def compared(found: Sequence[Found]) -> list[Comparison]:
    """Return fits that were checked from the best to the worst in predicting; nothing of one alone."""
    if len(found) < 2:
        return []
    return compare({one.fit.name: (one.loo, one.given.design, one.limits) for one in found})


def store(found: Found, files: Mapping[str, bytes]) -> tuple[Fit | None, tuple[Problem, ...]]:
    """Return the fit with its checks counted in its manifest and files beside it, or None and why it is not stored.

    What was found can be shown even where another fit has taken this one's place, or there is no room.

    Parameters
    ----------
    files : mapping of str to bytes
        Tables and figures, by name.
    """
    try:
        return found.fit.with_checks(found.predictive, files), ()
    except InputError as error:
        return None, error.problems
    except OSError as error:
        got, where = error.strerror or str(error), str(found.fit.directory)
        return None, (Problem(where, got, "room for the checks", "Free space and check again"),)
