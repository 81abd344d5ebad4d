"""What a report stands on: fits with their studies, and other stored fits that belong beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from fits.fit_with_study import Evidence
from fits.verdicts.judgement import Judgement
from fits.verdicts.rule import Rule
from fits.verdicts.source import Source


@dataclass(frozen=True)
class ReportInputs:
    """Everything that sections read.

    Attributes
    ----------
    fits : tuple of Evidence
        In the order asked for.
    beside : tuple of Evidence
        Stored fits of the same models on the same data that were not asked for: maximum likelihood,
        single equations, rival likelihoods, other prior sets.
    command : str
        That builds the report.
    sources : tuple of Source
        Whose claims are judged; empty for a report without claims.
    judgements : tuple of Judgement
        Of every reading of their claims.
    rule : Rule, optional
        They were judged by.
    """

    fits: tuple[Evidence, ...]
    beside: tuple[Evidence, ...] = ()
    command: str = ""
    sources: tuple[Source, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    rule: Rule | None = None

    @property
    def stamps(self) -> tuple[str, ...]:
        """What must stand across the report, each text once."""
        return tuple(dict.fromkeys(stamp for one in self.fits for stamp in one.stamps))

    def same_question(self, evidence: Evidence) -> tuple[Evidence, ...]:
        """Return the other fits, asked for or not, of the same model and wave on the same data."""
        ours = _question(evidence)
        return tuple(one for one in (*self.fits, *self.beside) if _question(one) == ours and one.name != evidence.name)


def _question(evidence: Evidence) -> tuple[Any, ...]:
    request = evidence.manifest.request
    return (request.model, request.study, request.wave, request.data_sha256, request.columns_sha256)


def svg_of(draw: Callable[..., None], *args: Any, **words: Any) -> str:
    """Return what a figure's function draws, as SVG text.

    Parameters
    ----------
    draw : callable
        Called with `target`, a buffer, among its keyword arguments.
    *args, **words
        The rest of its arguments.
    """
    buffer = BytesIO()
    draw(*args, target=buffer, **words)
    return buffer.getvalue().decode("utf-8")
