"""Calibrations beside one another as text: shapes of pooling as columns on a terminal, as rows in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fits.calibration.beside import ALIKE, MEAN, NULL, ONE_REAL, QUESTIONS, Answered, Beside
from fits.calibration.simulated_effects import percent
from fits.calibration.true_sizes import words_of
from reports.document.blocks import Block, Prose, Table
from reports.document.terminal import screen, show

WORLDS = {ONE_REAL: "one service differs", ALIKE: "all services alike", NULL: "no effect anywhere"}

COLUMNS = (
    ("5 / 8 / 10 / 15 / 20 points", tuple(("90 % coverage", ONE_REAL, size) for size in ("5", "8", "10", "15", "20"))),
    ("rmse at 10", (("rmse", ONE_REAL, "10"),)),
    ("called in its direction at 10", (("called in its direction", ONE_REAL, "10"),)),
    ('"practically none" at 8 / 10', (("practically none", ONE_REAL, "8"), ("practically none", ONE_REAL, "10"))),
    ("rmse of the others", (("rmse", ONE_REAL, "0"),)),
    ("coverage of the others", (("90 % coverage", ONE_REAL, "0"),)),
    ("mean over services: coverage, rmse", (("90 % coverage", ONE_REAL, MEAN), ("rmse", ONE_REAL, MEAN))),
    ("all alike: rmse", (("rmse", ALIKE, ""),)),
    ("all null: any false direction of an exposure", (("any false direction of an exposure", NULL, ""),)),
)
"""Columns of the Markdown table; where there are several numbers, coverage of the true sizes first."""


def print_beside(found: Beside) -> None:
    """Print every number of every shape."""
    show(_blocks(found), screen())


def _blocks(found: Beside) -> Iterator[Block]:
    yield Prose(f"Calibrations of {found.model} by shape of pooling", "lead")
    yield Prose("SIMULATED DATA, not evidence about any clinic.", "bad")
    for scenario, world in WORLDS.items():
        asked = [question for question in QUESTIONS if question.scenario == scenario]
        rows = []
        for question in asked:
            answers = [found.answer(shape, question.what, scenario, question.of) for shape in found.shapes]
            if any(answers):
                rows.append((_words(question.what, question.of), *map(_number, answers)))
        if rows:
            yield Table.of((world, *found.shapes), rows)
    yield from map(Prose, _legend(found))


def _words(what: str, of: str) -> str:
    about = {"0": "the others", "": "", MEAN: MEAN}.get(of, words_of(of))
    return f"{what}: {about}" if about else what


def _number(answer: Answered | None) -> str:
    if answer is None or math.isnan(answer.share.value):
        return "-"
    if answer.percent:
        return percent(answer.share)
    error = f" ± {answer.share.error:.2g}" if math.isfinite(answer.share.error) else ""
    return f"{answer.share.value:.3g}{error}"


def _legend(found: Beside) -> Iterator[str]:
    unit = "points" if found.scale == "points" else "probability"
    counts = "; ".join(
        f"{shape}: {', '.join(f'{count} of {name}' for name, count in held.items())}"
        for shape, held in found.simulations.items()
    )
    yield f"Simulations: {counts}. rmse and width in {unit}."
    yield (
        "Directions are called at 95 %: where the 90 % interval leaves out 0. Practically none: the rule's verdict; of "
        "maximum likelihood, two one-sided tests at .05. ± : Monte Carlo standard error, from simulation to simulation."
    )


def markdown(found: Beside) -> str:
    """Return one row for each shape: coverage by true size and what else counts, percentages without their errors."""
    lines = ["| shape | " + " | ".join(heading for heading, _ in COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for shape in found.shapes:
        cells = [" / ".join(_brief(found.answer(shape, *one)) for one in asked) for _, asked in COLUMNS]
        lines.append(f"| {shape} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _brief(answer: Answered | None) -> str:
    if answer is None or math.isnan(answer.share.value):
        return "-"
    if not answer.percent:
        return f"{answer.share.value:.2g}"
    return f"{100 * answer.share.value:.0f} %"
