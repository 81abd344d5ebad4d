"""The working half of the door `models.check`: reload, replicate, judge, write beside the fit, print."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from data.commands.console import telling
from data.errors import InputError, Problem
from data.files.csv_text import csv_records
from data.names import safe_keys
from fits.checks.calibration import Calibration
from fits.checks.check import Check, judge
from fits.checks.comparison import compare, require_comparable
from fits.checks.interior import interior_test
from fits.checks.left_out import LeftOut, left_out_test
from fits.checks.left_out import plain as plain_levels
from fits.checks.loo import Loo
from fits.checks.pit import pit_test
from fits.checks.prior import prior_test
from fits.checks.rates import Rates
from fits.checks.refits import Refitter, exact, group_of, left_out, priors_of
from fits.checks.replicates import Replicates, counted, enough, replicate, spread
from fits.checks.splits import splits_of
from fits.effects.answer import stamp_of
from fits.reload import Reloaded, reload
from fits.storage.find import find, require_once
from fits.storage.fit import Fit
from fits.storage.manifest import finite_or_text
from models.engines.graph.density import build
from models.engines.graph.prior_draws import prior_draws
from models.outcome_limits import outcome_limits
from models.sizes import Sizes
from priors.translate import Translated
from reports.terminal.checks import print_checks, print_comparison

MOST_PRIOR_CELLS = 40_000_000
"""Draws x cells of the prior, which PyMC holds all at once."""

PER_SPLIT, OTHERS = 3, 8
"""Tests at most: of a split; and of spread, interior, PIT or calibration, the prior's four, and levels left out."""


@dataclass(frozen=True)
class Wanted:
    """The command line, parsed."""

    fits: tuple[str, ...]
    leave_out: str = ""
    folds: int | None = None
    refits: int = 20
    seed: int = 2017
    data: Path | None = None
    home: Path = Path("fits")
    as_json: bool = False


@dataclass(frozen=True)
class Found:
    """All that was found of one fit.

    Attributes
    ----------
    given : Reloaded
    limits : (lower, upper)
        The outcome's own.
    replications : int
    replicates : Replicates
    rates : list of Rates
        Of the posterior, by every split.
    prior : list of Rates
        Of the prior, by service.
    loo : Loo
    calibration : Calibration or None
        Of an outcome that is yes or no.
    levels : list of LeftOut
    checks : list of Check
    """

    given: Reloaded
    limits: tuple[float, float]
    replications: int
    replicates: Replicates
    rates: list[Rates]
    prior: list[Rates]
    loo: Loo
    calibration: Calibration | None
    levels: list[LeftOut]
    checks: list[Check]

    @property
    def sizes(self) -> Sizes:
        """How many units and answers there are, as they may be told."""
        return Sizes.of(self.given.design)

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return all(check.passed for check in self.checks)


def run(wanted: Wanted) -> int:
    """Check every fit, compare several, print; return the exit code."""
    console = telling()
    reloaded = [_read(name, wanted) for name in wanted.fits]
    _require_sense(reloaded, wanted)
    found: list[Found] = []
    problems: list[Problem] = []
    out = Console(highlight=False, markup=False)
    for given in reloaded:
        one = found_of(given, wanted, console)
        found.append(one)
        if not wanted.as_json:
            print_checks(one.given.fit, one.checks, out)
        try:
            stored = _store(one, wanted)
        except InputError as error:  # what was computed is shown even so
            problems += error.problems
            continue
        if not wanted.as_json:
            out.print(f"Tables and figures: {stored.files}/checks/\n", soft_wrap=True)
    table = compare({one.given.fit.name: (one.loo, one.given.design, one.limits) for one in found}) if found[1:] else []
    if wanted.as_json:
        said = {"fits": [plain(one) for one in found], "comparison": [row.plain() for row in table]}
        print(json.dumps(finite_or_text(said), indent=1, allow_nan=False))
    elif table:
        print_comparison(table, out)
    if problems:
        raise InputError(problems)
    return 0 if all(one.passed for one in found) else 1


def _require_sense(reloaded: list[Reloaded], wanted: Wanted) -> None:
    """Raise what can be known to be wrong before anything is computed."""
    if wanted.folds is not None and not wanted.leave_out:
        raise InputError([Problem("--folds", f"{wanted.folds}", "--leave-out GROUP with it: folds are of its levels")])
    for given in reloaded:
        priors_of(given)
        if wanted.leave_out:
            group_of(wanted.leave_out, given)
    require_once(given.fit.name for given in reloaded)
    require_comparable(
        {given.fit.name: (given.design, outcome_limits(given.design.reading, given.codebook)) for given in reloaded}
    )


def _read(name: str, wanted: Wanted) -> Reloaded:
    fit = find(name, wanted.home)
    if fit.manifest.kind == "mle":
        got = "maximum likelihood estimates, which predict no outcomes"
        raise InputError([Problem(f"fit {fit.name!r}", got, "a posterior: models.fit NAME without --engine mle")])
    return reload(fit, wanted.data)


def found_of(given: Reloaded, wanted: Wanted, console: Console) -> Found:
    """Return every check of one fit."""
    design, family = given.design, given.family
    binary = family.scale == "probability"
    limits = outcome_limits(design.reading, given.codebook)
    unit = given.codebook.variables[design.reading.outcomes[0]].unit
    priors = priors_of(given)
    with given.fit.draws() as draws:
        posterior = draws["posterior"].to_dataset().load()
    say = console.print
    say(f"{given.fit.name}: replicating its answers ...")
    splits = splits_of(design)
    most = enough(PER_SPLIT * len(splits) + OTHERS)
    replicates = replicate(spread(posterior, most), design, family, splits=splits, limits=limits, seed=wanted.seed)
    rates = Rates.all_of(replicates, design, binary=binary, unit=unit)
    tests = [one.test for one in rates]
    if replicates.interior is not None:
        tests.append(interior_test(replicates.interior, design.services))
    say(f"{given.fit.name}: predicting each answer without it ...")
    loo = Loo.of(posterior, design, family, limits=limits, seed=wanted.seed)
    refitter = Refitter(given, priors, wanted.seed)
    loo = exact(loo, refitter, limits, most=wanted.refits, seed=wanted.seed, console=console)
    calibration = None
    if binary:
        chances = loo.probability(design.y)
        calibration = Calibration.of(chances, design.y, replications=most, seed=wanted.seed)
        tests.append(calibration.test())
    else:
        tests.append(pit_test(loo.pit, "loo_pit", "Each answer among predictions without it (LOO-PIT)"))
    say(f"{given.fit.name}: drawing from the prior ...")
    prior = _prior_rates(given, priors, limits, unit=unit, most=most, seed=wanted.seed)
    tests += prior_test(prior)
    levels: list[LeftOut] = []
    if wanted.leave_out:
        levels = left_out(
            refitter, wanted.leave_out, wanted.folds, limits=limits, loo=loo, seed=wanted.seed, console=console
        )
        tests.append(left_out_test(levels, wanted.leave_out))
    checks = [_sampler(given.fit), *judge(tests), loo.check(), *_refits(refitter)]
    return Found(given, limits, most, replicates, rates, prior, loo, calibration, levels, checks)


def _prior_rates(
    given: Reloaded, priors: Translated, limits: tuple[float, float], *, unit: str, most: int, seed: int
) -> list[Rates]:
    """Observed values by service among those of outcomes drawn from the prior."""
    design, family = given.design, given.family
    draws = min(most, max(1, MOST_PRIOR_CELLS // len(design.y)))
    _, drawn = prior_draws(build(design, family, priors), draws=draws, seed=seed)
    y = drawn.transpose("chain", "draw", "cell").to_numpy().reshape(-1, len(design.y))
    found = counted(y, design, splits=splits_of(design)[:1], limits=limits)
    return Rates.all_of(found, design, binary=family.scale == "probability", unit=unit)


def _sampler(fit: Fit) -> Check:
    """The gate of the sampler, without which nothing else means much."""
    failed = [name for name, good in fit.manifest.checks.items() if not good]
    why = "too few draws, by request" if fit.manifest.status == "look" else "no other check means much"
    words = f"fails on {', '.join(failed)}: {why}" if failed else "every diagnostic holds"
    return Check("sampler", len(failed), 0, "at_most", not failed, f"Sampler: {words}.")


def _refits(refitter: Refitter) -> list[Check]:
    if not refitter.made:
        return []
    words = f"{refitter.failed} of {refitter.made} failed their own diagnostics"
    return [Check("refits", refitter.failed, 0, "at_most", not refitter.failed, f"Refits: {words}.")]


def plain(found: Found) -> dict[str, Any]:
    """Return checks and tables as plain data."""
    fit = found.given.fit
    return {
        "fit": fit.name,
        "simulated": fit.manifest.simulated,
        "stamp": fit.manifest.stamp,
        "status": fit.manifest.status,
        "request_sha256": fit.manifest.request.sha256,
        "replications": found.replications,
        "passed": found.passed,
        "checks": [check.plain() for check in found.checks],
        "loo": {
            "elpd": found.loo.total,
            "se": found.loo.error,
            "effective_parameters": found.loo.effective,
            "answers": found.sizes.cells.plain(),
            "khat_max": float(found.loo.khat.max()),
            "khat_too_high": int(found.loo.bad.size),
            "refitted": int(found.loo.refitted.sum()),
        },
        "left_out": plain_levels(found.levels, found.sizes),
    }


def _store(found: Found, wanted: Wanted) -> Fit:
    """Return the fit with everything written beside it, and the checks counted in its manifest."""
    try:
        return found.given.fit.with_checks(_checked(found).manifest.predictive, _files(found, wanted))
    except OSError as error:
        got, where = error.strerror or str(error), str(found.given.fit.directory)
        raise InputError([Problem(where, got, "room for the checks", "Free space and check again")]) from error


def _files(found: Found, wanted: Wanted) -> dict[str, bytes]:
    """Tables and figures by the names of their files."""
    fit = found.given.fit
    made = datetime.now(UTC).isoformat(timespec="seconds")
    said = finite_or_text({"made": made, "seed": wanted.seed, **plain(found)})
    head = {"fit": fit.name, "stamp": fit.manifest.stamp, "status": fit.manifest.status}
    tables = {
        "checks": [{**check.plain()} for check in found.checks],
        "rates": [row.plain() for one in found.rates for row in one.rows],
        "prior": [row.plain() for one in found.prior for row in one.rows],
        "left_out": plain_levels(found.levels, found.sizes),
    }
    texts = {"checks.json": json.dumps(said, indent=1, allow_nan=False) + "\n"}
    texts |= {f"{table}.csv": csv_records([{**head, **row} for row in rows]) for table, rows in tables.items() if rows}
    with tempfile.TemporaryDirectory() as folder:
        _draw(found, Path(folder))
        figures = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    return {**{name: text.encode("utf-8") for name, text in texts.items()}, **figures}


def _checked(found: Found) -> Fit:
    """The fit as these checks say it is, whatever earlier ones found."""
    fit = found.given.fit
    return replace(fit, manifest=replace(fit.manifest, predictive={one.name: one.passed for one in found.checks}))


def _draw(found: Found, folder: Path) -> None:
    from reports.figures.calibration import draw_calibration  # Matplotlib takes a second to import
    from reports.figures.left_out import draw_left_out
    from reports.figures.limits import draw_limits
    from reports.figures.pit import draw_pit
    from reports.figures.rates import draw_rates

    given = found.given
    name, stamp = given.fit.name, stamp_of(_checked(found))
    unit = given.codebook.variables[given.design.reading.outcomes[0]].unit
    by_split: dict[str, list[Rates]] = {}
    for one in found.rates:
        by_split.setdefault(one.rows[0].split, []).append(one)
    if found.replicates.interior is not None:
        title = f"{name}: the outcome, its limits kept"
        services = given.design.services
        target = folder / "limits.svg"
        draw_limits(
            found.replicates.interior, by_split["service"], services, target, unit=unit, title=title, stamp=stamp
        )
        note = next(check.sentence for check in found.checks if check.name == "loo_pit")
        draw_pit(
            found.loo, folder / "pit.svg", title=f"{name}: where answers lie among predictions", stamp=stamp, note=note
        )
    keys = safe_keys(by_split)
    for split, rates in by_split.items():
        if any(one.shown for one in rates):
            draw_rates(rates, folder / f"rates-{keys[split]}.svg", title=f"{name}: by {split}", stamp=stamp)
    if found.calibration is not None:
        title = f"{name}: calibration"
        draw_calibration(found.calibration, folder / "calibration.svg", title=title, stamp=stamp)
    if found.levels:
        title = f"{name}: each level predicted without having been seen"
        draw_left_out(found.levels, folder / "left_out.svg", unit=unit, title=title, stamp=stamp)
