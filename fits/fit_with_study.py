"""A stored fit with its study, why it may bear no verdict, and the commands that made it or ask more of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import xarray as xr

from data.codebook import Codebook
from fits.effects.delta import Delta
from fits.effects.effect_table import EffectTable, Judge
from fits.effects.effects_of_fit import Question, effect_tables
from fits.effects.scale import choose, scales_of
from fits.reload import Reloaded
from fits.storage.fit import HOME, Fit
from fits.storage.manifest import Manifest
from models.design import Design
from models.engines.maximum.estimates import CLASSICAL
from models.family import Family

SETTINGS = {"draws": 1000, "tune": 1000, "chains": 4, "seed": 2017, "engine": "nutpie"}
"""What `models.fit` does unless told otherwise."""


@dataclass(frozen=True)
class Evidence:
    """A stored fit with its study: the evidence on which effects, verdicts and reports rest.

    Attributes
    ----------
    reloaded : Reloaded
    differs : tuple of str
        Changes since the fit was made; empty for a fit that would be the same if made today.
    """

    reloaded: Reloaded
    differs: tuple[str, ...] = ()
    _tables: dict[Question, EffectTable] = field(default_factory=dict, repr=False, compare=False)

    @property
    def fit(self) -> Fit:
        """The stored fit."""
        return self.reloaded.fit

    @property
    def name(self) -> str:
        """The fit's name."""
        return self.fit.name

    @property
    def manifest(self) -> Manifest:
        """The fit's manifest."""
        return self.fit.manifest

    @property
    def design(self) -> Design:
        """The design it was fitted with."""
        return self.reloaded.design

    @property
    def family(self) -> Family:
        """The likelihood's family."""
        return self.reloaded.family

    @property
    def codebook(self) -> Codebook:
        """The study's codebook."""
        return self.reloaded.codebook

    @property
    def dataset(self) -> xr.Dataset:
        """The study; no row of it may be shown."""
        return self.reloaded.dataset

    @property
    def wave(self) -> int:
        """The wave, or 0 for a study without waves."""
        return self.manifest.request.wave

    @property
    def outcome_unit(self) -> str:
        """Unit of the outcome in words, from the codebook."""
        return self.codebook.variables[self.design.reading.outcomes[0]].unit

    @contextmanager
    def posterior(self) -> Iterator[xr.Dataset]:
        """Give the draws, read lazily, with the effects of every unit and level."""
        self.fit.require_private()
        with self.fit.draws() as draws:
            yield draws["posterior"].to_dataset()

    def table(self, *, scale: str = "", exposures: tuple[str, ...] = (), errors: str = "") -> EffectTable:
        """Return average effects over these units, by default of all exposures and on the family's main scale."""
        known = scales_of(self.family.name, self.design.limits)
        scales = choose((scale,) if scale else (), known, ratio=False)
        return self.tables(Question(scales=scales, exposures=exposures, errors=errors))[0]

    def tables(self, question: Question) -> tuple[EffectTable, ...]:
        """Return average effects, of a posterior or by the delta method of maximum likelihood.

        One table per target and scale; each is computed once.
        """
        single = {
            (target, scale): replace(question, targets=(target,), scales=(scale,))
            for target in question.targets
            for scale in question.scales
        }
        for target in question.targets:
            missing = tuple(scale for scale in question.scales if single[target, scale] not in self._tables)
            if missing:
                made = self._computed(replace(question, targets=(target,), scales=missing))
                self._tables.update(zip((single[target, scale] for scale in missing), made, strict=True))
        return tuple(self._tables[key] for key in single.values())

    def _computed(self, question: Question) -> tuple[EffectTable, ...]:

        def answer(posterior: xr.Dataset, judge: Judge | None = None) -> tuple[EffectTable, ...]:
            return effect_tables(
                posterior,
                self.design,
                self.family,
                dataset=self.dataset,
                codebook=self.codebook,
                question=question,
                judge=judge,
            )

        if self.manifest.kind == "mle":
            delta = Delta.of(self.fit.estimates(), errors=question.errors or CLASSICAL)
            return answer(delta.posterior, delta.judge)
        with self.posterior() as posterior:
            return answer(posterior)

    @property
    def why_no_verdict(self) -> str:
        """The reason why no verdict may rest on it; '' when one may."""
        manifest = self.manifest
        if manifest.kind == "mle":
            return "maximum likelihood has no posterior"
        if manifest.status != "passed":
            word = {"look": "is a look, with too few draws by request", "failed": "failed its diagnostics"}
            failed = ", ".join(name for name, good in manifest.checks.items() if not good)
            return f"the fit {word[manifest.status]} ({failed})"
        if self.differs:
            return f"the fit is stale: {'; '.join(self.differs)}"
        if not manifest.predictive:
            return f"its predictions were not checked: {self.command_on('models.check')}"
        wrong = manifest.unpredicted
        if wrong:
            named = ", ".join(wrong[:3]) + (", ..." if wrong[3:] else "")
            return f"{len(wrong)} of {len(manifest.predictive)} predictive checks failed ({named})"
        return ""

    @property
    def stamps(self) -> tuple[str, ...]:
        """What must stand across anything made of it, one text each."""
        return stamps_of(self.fit, stale=bool(self.differs))

    @property
    def command(self) -> str:
        """The command that makes the fit."""
        return command_of(self.fit, default_wave=self.codebook.study.default_wave or 0)

    @property
    def home_words(self) -> tuple[str, ...]:
        """The option that says where the fit is stored; none where that is the usual place."""
        return home_words(self.fit)

    def command_on(self, module: str, *words: str) -> str:
        """Return a command on the fit by its name."""
        return shlex.join(["python", "-m", module, self.name, *words, *self.home_words])


def stamps_of(fit: Fit, *, stale: bool) -> tuple[str, ...]:
    """Return what must stand across anything made of a stored fit, one text each."""
    manifest = fit.manifest
    simulated = f"SIMULATED DATA, not evidence about any clinic ({manifest.stamp})" if manifest.simulated else ""
    status = {"failed": "FAILED ITS DIAGNOSTICS", "look": "A LOOK, TOO FEW DRAWS"}.get(manifest.status, "")
    wrong = f"{len(manifest.unpredicted)} PREDICTIVE CHECKS FAILED" if manifest.unpredicted else ""
    own = (status, "STALE" if stale else "", wrong)
    return (*filter(None, [simulated]), *(f"{fit.name}: {word}" for word in own if word))


def command_of(fit: Fit, *, default_wave: int) -> str:
    """Return the command that makes a stored fit.

    Parameters
    ----------
    fit : Fit
    default_wave : int
        Of its study, which is not named; 0 where it is not known, or there are no waves.
    """
    request, paths = fit.manifest.request, fit.manifest.paths
    given = {
        "--study": paths["study"] or (request.study if request.study != "ndatss" else ""),
        "--data": paths["data"],
        "--columns": paths["columns"],
        "--wave": str(request.wave) if request.wave != default_wave else "",
        "--service": request.service,
        "--priors": paths["priors"] or (request.priors if request.priors not in ("", "weak") else ""),
        "--family": request.family,
        **{
            f"--{key}": str(value)
            for key, value in request.settings.items()
            if key in SETTINGS and value != SETTINGS[key]
        },
    }
    words = [word for option, value in given.items() if value for word in (option, value)]
    single = ["--single-level"] if request.single_level and fit.manifest.kind != "mle" else []
    return shlex.join(["python", "-m", "models.fit", request.model, *words, *single, *home_words(fit)])


def places_of(fits: Iterable[Fit]) -> Iterator[str | Path]:
    """Yield where stored fits lie, and the user's own files that they were made of."""
    yield HOME
    for fit in fits:
        yield from (fit.directory, fit.directory.parent)
        yield from fit.manifest.paths.values()


def home_words(fit: Fit) -> tuple[str, ...]:
    """Return the option that says where a fit is stored; none where that is the usual place."""
    home = fit.directory.parent
    return () if home.resolve() == HOME.resolve() else ("--fits-dir", str(home))
