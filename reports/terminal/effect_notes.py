"""What a reader of maximum likelihood effects must know of them."""

from __future__ import annotations

from fits.storage.fit import Fit
from models.engines.maximum.estimates import CLASSICAL, few_clusters


def notes_of(fit: Fit, *, errors: str = "") -> list[str]:
    """Return the notes that stand under a fit's effects; none for a posterior.

    Parameters
    ----------
    errors : str
        Kind of standard errors; '' for the classical ones.
    """
    if fit.manifest.kind != "mle":
        return []
    estimates, errors = fit.estimates(), errors or CLASSICAL
    words = [
        (str(service), str(estimates["words"].sel(service=service).item()))
        for service in estimates["service"].to_numpy()
    ]
    line = (
        f"Maximum likelihood, an equation per service; {errors} standard errors by the delta method. Groups are not "
        "pooled, so there is no typical or new place."
    )
    few = few_clusters(estimates, errors)
    if not estimates["converged"].all():
        line += " Where a service has no estimate there is no mean over services."
    return [line, *([few + "."] if few else []), *(f"{service}: {text}." for service, text in words if text)]
