"""The inputs of a report: fits with their studies, related stored fits, and judgements of claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from fits.fit_with_study import Evidence
from fits.storage.manifest import Manifest
from fits.verdicts.judgement import Judgement
from fits.verdicts.rule import Rule
from fits.verdicts.source import Source


@dataclass(frozen=True)
class ReportInputs:
    """Everything that the sections of a report read.

    Attributes
    ----------
    fits : tuple of Evidence
        The requested fits, in the order of the request.
    beside : tuple of Evidence
        Other stored fits of the same models on the same data: maximum likelihood, single equations, rival
        likelihoods, other prior sets.
    sources : tuple of Source
        Sources whose claims are judged; empty for a report without claims.
    judgements : tuple of Judgement
        The judgements of every reading of their claims.
    """

    fits: tuple[Evidence, ...]
    beside: tuple[Evidence, ...] = ()
    command: str = ""
    sources: tuple[Source, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    rule: Rule | None = None

    @property
    def stamps(self) -> tuple[str, ...]:
        """The texts that every page of the report must carry, each once."""
        return tuple(dict.fromkeys(stamp for one in self.fits for stamp in one.stamps))

    def same_question(self, evidence: Evidence) -> tuple[Evidence, ...]:
        """Return the other fits, requested or not, of the same model and wave on the same data."""
        ours, known = question_of(evidence.manifest), (*self.fits, *self.beside)
        return tuple(one for one in known if question_of(one.manifest) == ours and one.name != evidence.name)


def question_of(manifest: Manifest) -> tuple[object, ...]:
    """Return what two fits have in common that belong beside each other: model, study, wave and data."""
    request = manifest.request
    return (request.model, request.study, request.wave, request.data_sha256, request.columns_sha256)


def svg_of(draw: Callable[..., None], *args: Any, **words: Any) -> str:
    """Return the SVG text that a figure's function draws into its keyword argument `target`."""
    buffer = BytesIO()
    draw(*args, target=buffer, **words)
    return buffer.getvalue().decode("utf-8")
