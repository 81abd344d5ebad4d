"""What stands above everything that is printed of a fit."""

from __future__ import annotations

from collections.abc import Iterator

from fits.storage.fit import Fit
from reports.document.blocks import Prose


def head_of(fit: Fit) -> Iterator[Prose]:
    """Yield the fit's name and title, and its stamp if its data are simulated."""
    manifest = fit.manifest
    yield Prose(f"{fit.name}: {manifest.design['title']}", "lead")
    if manifest.simulated:
        yield Prose(f"SIMULATED DATA, not evidence about any clinic ({manifest.stamp}).", "bad")
