"""The outcome strictly between its limits: is its distribution the one that the model draws."""

from __future__ import annotations

from warnings import catch_warnings, simplefilter

import numpy as np

from data.arrays import Array
from fits.checks.check import Test, p_text, tail
from fits.checks.replicates import Interior


def interior_test(found: Interior, services: tuple[str, ...]) -> Test:
    r"""Return the test of the interior distribution of all services.

    The largest :math:`\sqrt{n}\,|F - \bar F|` of any service and bin, with :math:`F` the distribution function among
    its interior answers and :math:`\bar F` its mean over replications, against the same of replications.
    """
    observed, replicated = distribution(found.observed[None]), distribution(found.replicated)
    with catch_warnings():
        simplefilter("ignore", RuntimeWarning)  # of a service that no replication has an answer inside of
        expected = np.nanmean(replicated, axis=0)
    n_observed, n_replicated = found.observed.sum(-1), found.replicated.sum(-1)
    # Where nothing lies inside there is nothing to compare.
    apart = np.nan_to_num(np.abs(observed[0] - expected))  # (service, bin)
    far = np.sqrt(n_observed) * apart.max(axis=-1)  # (service,)
    reach = np.sqrt(n_replicated) * np.nan_to_num(np.abs(replicated - expected)).max(axis=-1)  # (draw, service)
    p = tail(float(far.max()), reach.max(axis=-1))
    worst = int(far.argmax())
    service, share = services[worst], 100 * float(apart[worst].max())
    return Test(
        "interior",
        p,
        f"Distribution between the limits: as the model predicts (p {p_text(p)}, at most {share:.0f} points apart).",
        f"Distribution between the limits: not as the model predicts (p {p_text(p)}); farthest for {service}, "
        f"{share:.0f} points apart.",
    )


def distribution(counts: Array) -> Array:
    """Return the distribution function at the bins' upper edges, (draw, service, bin); NaN where nothing is inside."""
    total = counts.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.cumsum(counts, axis=-1) / np.where(total > 0, total, np.nan))
