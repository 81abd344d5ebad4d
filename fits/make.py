"""The working half of the door `models.fit`: find the fit that is wanted or make it, and print it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from data.commands.console import telling
from data.commands.exits import STOPPED
from fits.plan import Clock, Loaded, Wanted, audit_of, load, name_of, request_of
from fits.storage.fit import Fit
from fits.storage.manifest import Request
from fits.storage.place import making

WARNINGS_SHOWN = 4

EXIT = {"passed": 0, "look": 0, "failed": 3}


def run(wanted: Wanted) -> int:
    """Fit what is wanted, or find it stored; print it; return the exit code."""
    fit = find_or_fit(wanted, telling())
    # ArviZ: imported while the chains run, by now
    from reports.terminal import maximum_likelihood, posterior

    printer: Any = maximum_likelihood if wanted.mle else posterior
    try:
        (printer.print_json if wanted.as_json else printer.print_fit)(fit)
    except KeyboardInterrupt:
        telling().print(f"Stopped; the fit is stored in {fit.files}", soft_wrap=True)
        return STOPPED
    return EXIT[fit.manifest.status]


def find_or_fit(wanted: Wanted, console: Console, *, audit: bool = True) -> Fit:
    """Return the stored fit of an identical request, or make it.

    Parameters
    ----------
    wanted : Wanted
    console : rich.console.Console
        For progress and warnings.
    audit : bool
        Whether to warn of what is found in the data before a fit.
    """
    clock = Clock()
    with clock.stage("load"):
        loaded = load(wanted)
        request = request_of(wanted, loaded)
        name, elsewhere = name_of(wanted, loaded, request)
    if elsewhere:
        console.print(elsewhere)
    fit = None if wanted.force else _stored(name, request, wanted.home)
    if fit is None:
        fit = _make(name, request, loaded, wanted, clock=clock, console=console, audit=audit)
    if not wanted.mle and any(group not in fit.added() for group in wanted.extras):
        # Compiled code takes a moment to import: a stored fit must not wait for it.
        from fits import sample

        fit = sample.add_extras(fit, loaded, wanted.extras, console)
    return fit


def _make(
    name: str, request: Request, loaded: Loaded, wanted: Wanted, *, clock: Clock, console: Console, audit: bool
) -> Fit:
    """Make a fit, or wait for another process that makes one of that name, and look again."""
    with making(wanted.home, name):
        now, elsewhere = name_of(wanted, loaded, request)
        if now == name:
            fit = None if wanted.force else _stored(name, request, wanted.home)
            if fit is not None:
                return fit
            _say_what_it_replaces(name, request, wanted, console)
            if audit:
                _warn(loaded, wanted, console)
            if wanted.mle:
                # statsmodels takes a second to import: a stored fit must not wait for it
                from fits import maximise

                return maximise.estimate_and_store(name, request, loaded, wanted, clock=clock)
            from fits import sample

            return sample.sample_and_store(name, request, loaded, wanted, clock=clock, console=console)
    console.print(elsewhere)
    return _make(now, request, loaded, wanted, clock=clock, console=console, audit=audit)


def _warn(loaded: Loaded, wanted: Wanted, console: Console) -> None:
    """Print what the audit finds in the rows and columns of this model, worst first."""
    audit = audit_of(loaded, [wanted.service] if wanted.service else None, priors=not wanted.mle)
    for sentence in audit.warnings[:WARNINGS_SHOWN]:
        console.print(f"Audit: {sentence}", markup=False)
    if len(audit.warnings) > WARNINGS_SHOWN:
        rest = len(audit.warnings) - WARNINGS_SHOWN
        console.print(f"Audit: {rest} more; see python -m data.describe", markup=False)


def show(wanted: Wanted) -> int:
    """Print the equation with the study's variables filled in."""
    from fits import sample

    print(sample.equation_of(load(wanted), wanted.service, single_level=wanted.single_level))
    return 0


def _stored(name: str, request: Request, home: Path) -> Fit | None:
    """The stored fit of an identical request, compared with its digests; one that was shared lacks what is wanted."""
    if not Fit.exists(name, home):
        return None
    fit = Fit.read(name, home)
    if fit.manifest.shared or request.differences(fit.manifest.request):
        return None
    fit.verify()
    return fit


def _say_what_it_replaces(name: str, request: Request, wanted: Wanted, console: Console) -> None:
    if wanted.force or not Fit.exists(name, wanted.home):
        return
    there = Fit.read(name, wanted.home).manifest
    differs = [*(["shared without its private part"] if there.shared else []), *request.differences(there.request)]
    console.print(f"Replacing {name}: {'; '.join(differs)}")
