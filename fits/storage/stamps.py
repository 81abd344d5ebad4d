"""What must stand across anything made of a stored fit: simulated data, few draws, failed checks."""

from __future__ import annotations

from fits.storage.fit import Fit

STATUS = {"failed": "FAILED ITS DIAGNOSTICS", "look": "A LOOK, TOO FEW DRAWS"}


def stamp_of(fit: Fit) -> str:
    """Return what must stand across a figure of one fit; '' for nothing."""
    manifest = fit.manifest
    simulated = f"SIMULATED DATA ({manifest.stamp})" if manifest.simulated else ""
    return "; ".join(filter(None, [simulated, STATUS.get(manifest.status, ""), _wrong(fit)]))


def stamps_of(fit: Fit, *, stale: bool) -> tuple[str, ...]:
    """Return what must stand across a document about several fits, one text each.

    Parameters
    ----------
    stale : bool
        Whether it would be made otherwise today.
    """
    manifest = fit.manifest
    simulated = f"SIMULATED DATA, not evidence about any clinic ({manifest.stamp})" if manifest.simulated else ""
    own = (STATUS.get(manifest.status, ""), "STALE" if stale else "", _wrong(fit))
    return (*filter(None, [simulated]), *(f"{fit.name}: {word}" for word in own if word))


def _wrong(fit: Fit) -> str:
    wrong = fit.manifest.unpredicted
    return f"{len(wrong)} PREDICTIVE CHECKS FAILED" if wrong else ""
