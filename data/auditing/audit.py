"""The audit before a fit: what the data can and cannot say, in tables and plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import xarray as xr

from data.auditing import warnings
from data.auditing.answers import BinaryOutcome, NumberOutcome, Rate, binary_outcomes, number_outcomes, rates
from data.auditing.collinearity import Collinearity, collinearity
from data.auditing.contrasts import FarContrast, far_contrasts
from data.auditing.coverage import Crossing, GroupSizes, Missing, Rows, crossings, group_sizes, missing, row_use
from data.auditing.levels_used import CategoryLevels, category_levels, rounded_counts
from data.auditing.scope import Choice, NotOffered, make_scope, wave_of
from data.auditing.separation import Separation, separations
from data.codebook import Codebook
from data.disclosure import Count, plain


@dataclass(frozen=True)
class Audit:
    """The findings about a study before any fit.

    Counts are `Count`, `Share` and `Average`: as text and in `to_dict` they withhold what is about
    fewer than 11 units.

    Attributes
    ----------
    study, stamp : str
        `stamp` is not empty for simulated data and belongs on everything shown.
    wave : int
        0 for a study without waves.
    warnings : tuple of str
        Sentences, worst first, that say what was found, what it means for a fit and what to do.
    numbers : tuple of NumberOutcome
        Shares at the limits, units answered and means.
    rates : tuple of Rate
        Share of yes by level of the groups with few levels.
    levels : tuple of CategoryLevels
        Levels of the exposures and controls that are categories.
    contrasts : tuple of FarContrast
        Declared contrasts that are far from how much units differ.
    rounded : dict of str to Count
        Values within rounding of a limit, which count as at it, by variable.
    notes : tuple of str
        Sentences about how the file was read.
    """

    study: str
    stamp: str
    wave: int
    warnings: tuple[str, ...]
    rows: Rows
    numbers: tuple[NumberOutcome, ...]
    binaries: tuple[BinaryOutcome, ...]
    rates: tuple[Rate, ...]
    separations: tuple[Separation, ...]
    collinearity: Collinearity
    groups: tuple[GroupSizes, ...]
    crossings: tuple[Crossing, ...]
    missing: tuple[Missing, ...]
    levels: tuple[CategoryLevels, ...] = ()
    contrasts: tuple[FarContrast, ...] = ()
    rounded: Mapping[str, Count] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        dataset: xr.Dataset,
        codebook: Codebook,
        *,
        outcomes: Sequence[str] | None = None,
        exposures: Sequence[str] | None = None,
        controls: Sequence[str] | None = None,
        groups: Sequence[str] | None = None,
        not_offered: NotOffered = "exclude",
        limits: tuple[float, float] | None = None,
        references: Mapping[str, str] | None = None,
        contrasts: tuple[FarContrast, ...] | None = None,
        priors: bool = True,
    ) -> Audit:
        """Return the audit of a loaded study, or of the part of it that one model uses.

        Outcomes, missing answers and groups are described over all units of the wave; separation
        and collinearity over the usable units, as those are what a fit sees.

        Parameters
        ----------
        dataset : xarray.Dataset
            A study as `data.study.load_study` returns it.
        codebook : Codebook
            The codebook it was loaded with.
        outcomes, exposures, controls, groups : sequence of str, optional
            Variables; by default availability and utilisation, the roles that end in `exposure`,
            the role `control` and the role `group`. An empty sequence means none.
        not_offered : {'exclude', 'zero'}
            Whether utilisation of a service that a unit does not offer is left out or counted as 0.
        limits : (lower, upper), optional
            A model's own limits in place of the codebook's.
        references : dict of str to str, optional
            A model's own references in place of the codebook's, by variable.
        contrasts : tuple of FarContrast, optional
            What is found of a model's own contrasts in place of the codebook's.
        priors : bool
            Whether the fit has priors, so that sentences mention them; maximum likelihood has none.

        Raises
        ------
        InputError
            For every name that is not a variable of the study or that the file or the wave lacks.
        """
        choice = Choice(outcomes, exposures, controls, groups, not_offered, limits, references or {})
        scope = make_scope(dataset, codebook, choice)
        audit = cls(
            study=codebook.name,
            stamp=str(dataset.attrs.get("stamp", "")),
            wave=wave_of(dataset) or 0,
            warnings=(),
            rows=row_use(scope, int(dataset.attrs.get("rows_in_file", scope.units))),
            numbers=number_outcomes(scope),
            binaries=binary_outcomes(scope),
            rates=rates(scope),
            separations=separations(scope),
            collinearity=collinearity(scope),
            groups=group_sizes(scope),
            crossings=crossings(scope),
            missing=missing(scope, dataset.attrs.get("blanks", {})),
            levels=category_levels(scope),
            contrasts=far_contrasts(scope) if contrasts is None else contrasts,
            rounded=rounded_counts(scope, dataset.attrs.get("rounded", {})),
            notes=tuple(dataset.attrs.get("notes", ())),
        )
        digest = str(dataset.attrs.get("data_sha256", ""))
        return replace(audit, warnings=_sentences(audit, digest, codebook.study.sha256, priors=priors))

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences that a fit must carry: how the file was read and how its groups are understood."""
        return (
            *warnings.about_restarts(self.crossings),
            *warnings.about_levels(self.levels),
            *warnings.about_rounding(self.rounded),
            *self.notes,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the audit as plain data for JSON, with small counts withheld."""
        table: dict[str, Any] = plain(self)
        return table


def _sentences(audit: Audit, digest: str, declared_digest: str, *, priors: bool) -> tuple[str, ...]:
    """Return the warnings: first what stops a fit, then what changes its meaning, then what makes it uncertain."""
    columns = len(audit.collinearity.columns)
    adjusted = sum(row.role in {"exposure", "control"} for row in audit.missing)
    return (
        *warnings.about_no_rows(audit.rows, audit.missing),
        *warnings.about_references(audit.levels),
        *warnings.about_restarts(audit.crossings),
        *warnings.about_file(digest, declared_digest),
        *warnings.about_scope(len(audit.binaries) + len(audit.numbers), adjusted),
        *warnings.about_flat(audit.binaries, audit.numbers, priors=priors),
        *warnings.about_contrasts(audit.contrasts, priors=priors),
        *warnings.about_collinearity(audit.collinearity, priors=priors),
        *warnings.about_separation(audit.separations, priors=priors),
        *warnings.about_lost_rows(audit.rows, audit.missing),
        *warnings.about_levels(audit.levels),
        *warnings.about_strays(audit.numbers),
        *warnings.about_rounding(audit.rounded),
        *warnings.about_silence(audit.missing),
        *warnings.about_events(audit.binaries, columns, priors=priors),
        *warnings.about_groups(audit.groups, audit.crossings, priors=priors),
        *audit.notes,
    )
