"""Predictive scores of several fits, compared where they may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from data.errors import InputError
from fits.checks.comparison import Comparison, compare, require_comparable
from fits.checks.loo import Loo
from fits.fit_with_study import Evidence
from models.outcome_limits import outcome_limits
from reports.comparison.stored_alone import Party, StoredAlone

LITTLE = 4.0
"""Of a difference in elpd: below it, its standard error is not to be relied on either."""

SEED = 2017
"""Of predictive draws, on which a score does not depend."""


@dataclass(frozen=True)
class Scores:
    """What may be said of how well fits predict.

    Attributes
    ----------
    comparable : tuple of str
        Labels of fits that predict the same answers on the same scale.
    why_not : dict of str to str
        By label of the rest, one sentence each.
    rows : tuple of Comparison or None
        From the best to the worst; None where they were not computed.
    """

    comparable: tuple[str, ...]
    why_not: Mapping[str, str]
    rows: tuple[Comparison, ...] | None = None

    @classmethod
    def of(cls, fits: Mapping[str, Party], *, computed: bool, say: Callable[[str], object]) -> Scores:
        """Return which fits may be compared and, where that is asked for, their comparison.

        Parameters
        ----------
        computed : bool
            Whether to predict each answer without itself, some seconds a fit.
        say : callable
            Told what takes these seconds.
        """
        whole = {label: one for label, one in fits.items() if isinstance(one, Evidence)}
        labels, why_not = comparable(whole)
        why_not |= {
            label: f"{label} is not recomputed: {one.why}."
            for label, one in fits.items()
            if isinstance(one, StoredAlone)
        }
        if not computed or len(labels) < 2:
            return cls(labels, why_not)
        held = {}
        for label in labels:
            one = whole[label]
            say(f"{one.name}: predicting each answer without it ...")
            limits = outcome_limits(one.design.reading, one.codebook)
            with one.posterior() as posterior:
                loo = Loo.of(posterior.load(), one.design, one.family, limits=limits, seed=SEED)
            held[label] = (loo, one.design, limits)
        return cls(labels, why_not, tuple(compare(held)))


def how_clear(rows: Sequence[Comparison]) -> str:
    """Return whether the best of some fits predicts clearly better than all others, in a sentence."""
    best, *rest = rows
    if all(abs(row.difference) > max(LITTLE, 2.0 * row.difference_error) for row in rest):
        return f"{best.fit} predicts better than the rest by more than two standard errors."
    return f"A difference below {LITTLE:g}, or within two of its standard errors, says little."


def comparable(fits: Mapping[str, Evidence]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the fits whose predictive scores may be compared with each other, and why the rest may not.

    Parameters
    ----------
    fits : dict of str to Evidence
        By label; the first posterior is what others are held against.

    Returns
    -------
    labels : tuple of str
    why_not : dict of str to str
        By label, one sentence each.
    """
    why_not = {
        label: f"{label} is maximum likelihood, which has no posterior to predict from."
        for label, one in fits.items()
        if one.manifest.kind == "mle"
    }
    held = {
        label: (one.design, outcome_limits(one.design.reading, one.codebook))
        for label, one in fits.items()
        if label not in why_not
    }
    kept: list[str] = []
    for label, one in held.items():
        try:
            require_comparable({name: held[name] for name in kept[:1]} | {label: one})
        except InputError as error:
            problem = error.problems[0]
            why_not[label] = f"{label} has {problem.got}: a score adds up over answers, so it needs {problem.expected}."
            continue
        kept.append(label)
    return tuple(kept), why_not
