"""Several stored fits, compared: everything that the terminal, the page and JSON show of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from string import ascii_uppercase
from typing import Any

from data.errors import InputError, Problem
from fits.effects.averages import Target
from fits.fit_with_study import Evidence
from reports.comparison.beliefs import Beliefs
from reports.comparison.fit_status import Standing
from reports.comparison.parameters import Parameters
from reports.comparison.provenance_diff import Aspect, data_differ, differing
from reports.comparison.run_difference import RunDifference, Verdicts
from reports.comparison.scores import Scores
from reports.comparison.side_by_side import SideBySide
from reports.comparison.stored_alone import Party, StoredAlone, Uncompared, uncompared

NO_PROBABILITY = (
    "Fits of the same data are not independent: a probability that one effect exceeds the other's, from draws paired "
    "at random, would mean nothing and is not given."
)


IN_COMMON = ("study", "data", "model")
"""Aspects one of which fits must have in common if they share no parameter."""


@dataclass(frozen=True)
class Compared:
    """The comparison.

    Attributes
    ----------
    fits : dict of str to Evidence or Stored
        By label, a letter each.
    side : SideBySide or None
        Of the fits whose effects could be computed; None for fewer than two.
    parameters : Parameters or None
        Of all fits, as stored, where the effects of some could not be computed.
    aspects : tuple of Aspect
        In what the fits were made differently.
    alike : tuple of str
        Names of the other aspects.
    beliefs : dict of str to Beliefs
        By label of each fit whose prior set is not the first one's.
    new_data : bool
        Whether not all are of the same data.
    run : RunDifference or None
        Of two runs of one model, both of which could be computed.
    """

    fits: Mapping[str, Party]
    side: SideBySide | None
    parameters: Parameters | None
    uncompared: tuple[Uncompared, ...]
    aspects: tuple[Aspect, ...]
    alike: tuple[str, ...]
    beliefs: Mapping[str, Beliefs]
    new_data: bool
    standing: Mapping[str, Standing]
    scores: Scores
    run: RunDifference | None

    @classmethod
    def of(
        cls,
        fits: Mapping[str, Party],
        *,
        scale: str,
        target: Target,
        loo: bool,
        diff: bool,
        verdicts: Verdicts | None,
        say: Callable[[str], object],
    ) -> Compared:
        """Return the comparison of fits by label.

        Parameters
        ----------
        scale : str
            '' for the first that all have.
        diff : bool
            Whether to look for what moved though the fits are not of one model.
        verdicts : callable, optional
            ``verdicts(evidence)`` -> verdict by reading.
        say : callable
            Told what takes long.

        Raises
        ------
        InputError
            For fits that have nothing in common.
        """
        if diff and len(fits) != 2:
            raise InputError([Problem("--diff", f"{len(fits)} fits", "two: what changed from one to the other")])
        whole = {label: one for label, one in fits.items() if isinstance(one, Evidence)}
        side = SideBySide.of(whole, scale=scale, target=target) if len(whole) > 1 else None
        aspects, alike = differing(fits)
        parameters = Parameters.of(fits) if len(whole) < len(fits) else None
        if parameters and not parameters.rows and not {*IN_COMMON} & {*alike}:
            _refuse(fits, parameters)
        beliefs = _beliefs(fits)
        models = {one.manifest.request.model for one in fits.values()}
        wanted = len(whole) == len(fits) and (diff or (len(fits) == 2 and len(models) == 1))
        return cls(
            fits,
            side,
            parameters,
            uncompared(fits, _untold(fits, beliefs)),
            aspects,
            alike,
            beliefs,
            data_differ(fits),
            {label: Standing.of(one) for label, one in fits.items()},
            Scores.of(fits, computed=loo, say=say),
            RunDifference.of(whole, side, verdicts=verdicts) if wanted and side else None,
        )

    @property
    def stamps(self) -> tuple[str, ...]:
        """What must stand across anything made of it, each text once."""
        return tuple(dict.fromkeys(stamp for one in self.fits.values() for stamp in one.stamps))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data; numbers that are not finite are None."""
        parameters = self.parameters
        return {
            "fits": [
                {
                    "label": label,
                    "fit": one.name,
                    "folder": str(one.fit.directory),
                    "simulated": one.manifest.simulated,
                    "stamp": one.manifest.stamp,
                    "status": one.manifest.status,
                    "stale": list(one.differs),
                    "recomputed": not isinstance(one, StoredAlone),
                    "kind": one.manifest.kind,
                    "request_sha256": one.manifest.request.sha256,
                    "command": one.command,
                    "scale": self.side.words.get(label, "") if self.side else "",
                    "checks": self.standing[label].words(),
                }
                for label, one in self.fits.items()
            ],
            "not_compared": [one.to_dict() for one in self.uncompared],
            "effects": self.side.to_list() if self.side else [],
            "not_shared": [*(self.side.unshared if self.side else ()), *(parameters.unshared if parameters else ())],
            "parameters": parameters.to_list() if parameters else None,
            "same_data": not self.new_data,
            "differs": [{"aspect": one.name, **one.values} for one in self.aspects],
            "alike": list(self.alike),
            "beliefs": {label: asdict(one) for label, one in self.beliefs.items()},
            "loo": {
                "comparable": list(self.scores.comparable),
                "why_not": dict(self.scores.why_not),
                "comparison": None if self.scores.rows is None else [row.plain() for row in self.scores.rows],
            },
            "diff": self.run.to_dict() if self.run else None,
        }


def labelled(fits: tuple[Party, ...]) -> dict[str, Party]:
    """Return fits by letters, in order.

    Raises
    ------
    InputError
        For fewer than two, for more than there are letters, or for one that stands twice.
    """
    if not 2 <= len(fits) <= len(ascii_uppercase):
        count = f"{len(fits)} fit{'s' if len(fits) != 1 else ''}"
        raise InputError([Problem("fits", count, f"from 2 to {len(ascii_uppercase)} to compare")])
    folders = [one.fit.directory.resolve() for one in fits]
    twice = {str(folder) for folder in folders if folders.count(folder) > 1}
    if twice:
        raise InputError([Problem("fits", f"{', '.join(sorted(twice))} more than once", "different fits")])
    return dict(zip(ascii_uppercase, fits, strict=False))


def _beliefs(fits: Mapping[str, Party]) -> dict[str, Beliefs]:
    first, *others = fits
    hashes = {label: one.manifest.request.priors_sha256 for label, one in fits.items()}
    # Maximum likelihood has none, which is said where prior sets are named.
    apart = [label for label in others if hashes[first] and hashes[label] and hashes[label] != hashes[first]]
    return {label: Beliefs.of(fits[first], fits[label]) for label in apart}


def _untold(fits: Mapping[str, Party], beliefs: Mapping[str, Beliefs]) -> tuple[str, ...]:
    """Labels of fits whose prior set is not what it was, where that keeps beliefs from being told."""
    first = next(iter(fits))
    gone = {first} if any(one.gone[0] for one in beliefs.values()) else set()
    gone |= {label for label, one in beliefs.items() if one.gone[1]}
    return tuple(label for label in fits if label in gone)


def _refuse(fits: Mapping[str, Party], parameters: Parameters) -> None:
    names = " and ".join(repr(one.name) for one in fits.values())
    stale = "; ".join(
        f"{one.name!r} is not recomputed: {one.why}" for one in fits.values() if isinstance(one, StoredAlone)
    )
    got = f"{names}, which share no parameter, study, data or model ({' '.join(parameters.unshared)} {stale})"
    raise InputError([Problem("fits", got, "fits that have something in common", "Fit again with --force")])
