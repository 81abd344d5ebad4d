"""Find the stored fit of a plan, or make it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data.errors import InputError
from data.registry import later
from fits.listen import SILENT, Clock, Listener
from fits.loaded import Loaded, load
from fits.plan import FitPlan
from fits.record import Job
from fits.storage.fit import HOME, Fit
from fits.storage.manifest import Request
from fits.storage.place import making
from models.audited import audit_of_reading

WARNINGS_SHOWN = 4


def make(
    plan: FitPlan,
    listen: Listener = SILENT,
    *,
    home: Path = HOME,
    force: bool = False,
    audit: bool = True,
    extras: tuple[str, ...] = (),
) -> Fit:
    """Return the fit of a plan: the stored one of an identical request, or one that is made and stored now.

    Parameters
    ----------
    listen : Listener
        Is told of warnings and progress.
    home : Path
        The folder of stored fits.
    force : bool
        Whether to make it although it is stored.
    audit : bool
        Whether to tell what is found in the data before a fit.
    extras : tuple of {'log_likelihood', 'posterior_predictive'}
        What is stored with it besides.

    Raises
    ------
    InputError
        For any fault of the declarations or the data, found before sampling, and for a stored fit that is damaged.
    """
    clock = Clock()
    with clock.stage("load"):
        loaded = load(plan)
        job = Job(plan, loaded, request_of(plan, loaded), home, listen, clock, force, extras)
        name, elsewhere = name_of(job)
    if elsewhere:
        listen.say(elsewhere)
    fit = None if force else _stored(name, job)
    while fit is None:
        with making(home, name):
            now, elsewhere = name_of(job)
            if now == name:
                fit = (None if force else _stored(name, job)) or _made(name, job, audit=audit)
                break
        # Another process has meanwhile made a fit of that name, of other data.
        listen.say(elsewhere)
        name = now
    if not plan.mle and any(group not in fit.added() for group in extras):
        with_extras: Callable[..., Fit] = later("fits.produce").with_extras
        fit = with_extras(fit, loaded, extras, listen)
    return fit


def request_of(plan: FitPlan, loaded: Loaded) -> Request:
    """Return everything that decides the draws, as it was read."""
    attributes = loaded.dataset.attrs
    return plan.request_on(
        loaded.codebook,
        data_sha256=attributes["data_sha256"],
        columns_sha256=attributes["columns_sha256"],
        wave=int(attributes["wave"]),
        contrasts=loaded.contrasts,
    )


def name_of(job: Job) -> tuple[str, str]:
    """Return the fit's name, and a sentence where a fit of other data has the usual one."""
    request = job.request
    name = job.plan.name(request, job.loaded.codebook.study.default_wave or 0)
    if not Fit.exists(name, job.home):
        return name, ""
    try:
        there = Fit.read(name, job.home).manifest.request
    except InputError:
        if job.force:  # a damaged fit is replaced on request
            return name, ""
        raise
    if (there.data_sha256, there.columns_sha256) == (request.data_sha256, request.columns_sha256):
        return name, ""
    other = f"{name}-{request.data_sha256[:8]}"
    said = f"{name} holds a fit of other data ({there.data_sha256[:8]}); this one is stored as {other}"
    return other, said


def _made(name: str, job: Job, *, audit: bool) -> Fit:
    if not job.force:
        _say_what_it_replaces(name, job)
    if audit:
        _warn(job.loaded, job.plan, job.listen)
    produce = later("fits.produce")
    fit: Fit = produce.estimated(name, job) if job.plan.mle else produce.sampled(name, job)
    return fit


def _warn(loaded: Loaded, plan: FitPlan, listen: Listener) -> None:
    """Tell what the audit finds in the rows and columns of this model, worst first."""
    services = [plan.service] if plan.service else None
    audit = audit_of_reading(loaded.reading, loaded.dataset, loaded.codebook, services, priors=not plan.mle)
    for sentence in audit.warnings[:WARNINGS_SHOWN]:
        listen.say(f"Audit: {sentence}")
    if len(audit.warnings) > WARNINGS_SHOWN:
        rest = len(audit.warnings) - WARNINGS_SHOWN
        listen.say(f"Audit: {rest} more; see python -m data.describe")


def _stored(name: str, job: Job) -> Fit | None:
    """The stored fit of an identical request, compared with its digests; one that was shared lacks what is wanted."""
    if not Fit.exists(name, job.home):
        return None
    fit = Fit.read(name, job.home)
    if fit.manifest.shared or job.request.differences(fit.manifest.request):
        return None
    fit.verify()
    return fit


def _say_what_it_replaces(name: str, job: Job) -> None:
    if not Fit.exists(name, job.home):
        return
    there = Fit.read(name, job.home).manifest
    differs = [*(["shared without its private part"] if there.shared else []), *job.request.differences(there.request)]
    job.listen.say(f"Replacing {name}: {'; '.join(differs)}")
