"""What `models.ladder` prints: a table of the steps and what to read from it, or JSON."""

from __future__ import annotations

from typing import Any

from fits.ladder import NOT_RANKED, Ladder
from fits.ladder_steps import Climbed
from fits.number_format import INTERVAL
from reports.document.blocks import Prose, Table, toned
from reports.document.terminal import screen, show


def print_climbed(found: Climbed) -> None:
    """Print the ladder and what its steps can tell."""
    ladder, manifest = found.ladder, found.fits[0].manifest
    head = [Prose(f"{ladder.exposure}: {ladder.contrast}, on {ladder.service}", "lead")]
    if manifest.simulated:
        head.append(Prose(f"SIMULATED DATA, not evidence about any clinic ({manifest.stamp}).", "bad"))
    head.append(Prose(f"Average change of {ladder.quantity}, {ladder.unit}; the same units at every step"))
    show([*head, _table(ladder), *map(Prose, _closing(found))], screen())


def _table(ladder: Ladder) -> Table:
    found = ladder.largest()
    rows = [
        toned(texts, "lead" if found and rung is found[0] else "plain")
        for rung, texts in zip(ladder.rungs, ladder.texts(), strict=True)
    ]
    return Table.of(("step", "effect", "interval", "width", "moved by"), rows)


def _closing(found: Climbed) -> list[str]:
    rungs = found.ladder.rungs
    lines = [
        found.ladder.sentence,
        f"Each step is compared with the one above it, a rival with the full model. {INTERVAL:.0%} intervals: Wald's "
        "for maximum likelihood, equal-tailed after it.",
    ]
    if not any(rung.rival for rung in rungs):
        lines.append(f"No rival likelihood of {found.family} has this scale.")
    if any(rung.status == "failed" for rung in rungs):
        lines.append(NOT_RANKED)
    lines += [f"{rung.step}: {rung.words}." for rung in rungs if rung.words]
    return [*lines, f"Fits: {', '.join(rung.fit for rung in rungs)}"]


def told(found: Climbed) -> dict[str, Any]:
    """Return everything as one JSON object."""
    manifest, ladder = found.fits[0].manifest, found.ladder
    head = {"simulated": manifest.simulated, "stamp": manifest.stamp, "largest": ladder.sentence}
    return {**head, "steps": ladder.to_list()}
