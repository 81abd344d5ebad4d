"""A stored fit with its study, why it may bear no verdict, and the commands that made it or ask more of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import xarray as xr

from data.codebook import Codebook
from fits.effects.effect_table import EffectTable
from fits.effects.effects_of_fit import Question, tables_of_fit
from fits.plan import FitPlan
from fits.reload import Reloaded
from fits.storage.fit import HOME, Fit
from fits.storage.manifest import Manifest
from fits.storage.stamps import stamps_of
from models.design import Design
from models.family import Family
from models.scale import choose


class _HasFit(Protocol):
    """What `ReadOfFit` asks of the classes that it is part of."""

    @property
    def fit(self) -> Fit: ...

    @property
    def differs(self) -> tuple[str, ...]: ...

    @property
    def stale(self) -> bool: ...


class ReadOfFit:
    """What a stored fit says by itself, whether or not the study behind it can still be read."""

    @property
    def name(self: _HasFit) -> str:
        """The fit's name."""
        return self.fit.name

    @property
    def manifest(self: _HasFit) -> Manifest:
        """The fit's manifest."""
        return self.fit.manifest

    @property
    def stale(self: _HasFit) -> bool:
        """Whether it would be made otherwise today."""
        return bool(self.differs)

    @property
    def stamps(self: _HasFit) -> tuple[str, ...]:
        """What must stand across anything made of it, one text each."""
        return stamps_of(self.fit, stale=self.stale)

    @property
    def plan(self: _HasFit) -> FitPlan:
        """The analysis that it is of."""
        return FitPlan.of(self.fit)

    @property
    def command(self: _HasFit) -> str:
        """The command that makes the fit."""
        return FitPlan.of(self.fit).command(self.fit.home)


@dataclass(frozen=True)
class Evidence(ReadOfFit):
    """A stored fit with its study: the evidence on which effects, verdicts and reports rest.

    Attributes
    ----------
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
        known = self.family.scales_within(self.design.limits)
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
                made = tables_of_fit(self.reloaded, replace(question, targets=(target,), scales=missing))
                self._tables.update(zip((single[target, scale] for scale in missing), made, strict=True))
        return tuple(self._tables[key] for key in single.values())

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

    def command_on(self, module: str, *words: str) -> str:
        """Return a command on the fit by its name."""
        return self.fit.command(module, *words)


def places_of(fits: Iterable[Fit]) -> Iterator[str | Path]:
    """Yield where stored fits lie, and the user's own files that they were made of."""
    yield HOME
    for fit in fits:
        yield from (fit.directory, fit.directory.parent)
        yield from fit.manifest.paths.values()
