"""The delta method for any function of a posterior's parameters, with simulation as its check.

A quantity is evaluated as if these parameter vectors were draws: the estimate, a small step in both directions of
every parameter, and draws from the estimate's asymptotic normal distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from data.arrays import Array
from data.errors import InputError, Problem, unknown
from fits.effects.asymptotic import Asymptotic
from fits.effects.summary import Summary
from models.family import Family

Said = tuple[dict[str, str], Summary | Asymptotic]
"""Labels by dim of an element, and its summary."""

STEP = 1e-4
"""Step of a central difference, in standard errors of the parameter; its error is of the order of its square."""

DRAWS = 2000
"""Draws of the check, which give the interval's ends to about a twentieth of a standard error."""

SEED = 2017


@dataclass(frozen=True)
class Delta:
    """Estimates in the form of a posterior, with the inference for quantities computed from them.

    Attributes
    ----------
    posterior : xarray.Dataset
        One chain: the estimate, the steps, and the draws of the check, if any.
    step : array (parameter,)
    covariance : array (parameter, parameter)
        Covariance of all services' parameters, one service after the other.
    """

    posterior: xr.Dataset
    step: Array
    covariance: Array

    @classmethod
    def of(cls, estimates: xr.Dataset, family: Family, *, errors: str, check: bool = True) -> Delta:
        """Return the parameter vectors of stored estimates.

        Parameters
        ----------
        estimates : xarray.Dataset
            Stored estimates.
        errors : str
            Kind of standard errors.
        check : bool
            Whether intervals are simulated too, which takes several times as long.

        Raises
        ------
        InputError
            For errors that were not stored, with the nearest name; for those of a single cluster.
        """
        known = [str(kind) for kind in estimates["errors"].to_numpy()]
        if errors not in known:
            raise unknown("kind of standard errors", errors, known)
        values = estimates["estimate"].to_numpy()
        converged = estimates["converged"].to_numpy()[:, None]
        # A parameter left out of an equation is 0; an equation without a maximum has no value.
        at = np.where(np.isnan(values) & converged, 0.0, values).ravel()
        covariance = estimates["covariance"].sel(errors=errors).to_numpy().reshape(at.size, at.size)
        if np.isnan(covariance).any():
            got = f"{errors!r}, of which some service has a single cluster"
            raise InputError([Problem("standard errors", got, f"others, of {', '.join(known)}")])
        points, step = probes(at, covariance)
        if check:
            points = np.concatenate([points, simulated(at, covariance)])
        return cls(as_posterior(points, estimates, family), step, covariance)

    def judge(self, values: xr.DataArray, null: float) -> list[Said]:
        """Return estimate, error and interval of every element, with its labels by dim.

        Parameters
        ----------
        values : xarray.DataArray
            The quantity computed from `posterior`, dims (chain, draw, ...).
        null : float
            The value of no effect: 0, or 1 for a ratio, whose interval is computed for its logarithm.
        """
        ratio = null == 1.0
        if ratio:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = xr.apply_ufunc(np.log, values)
        dims = [str(dim) for dim in values.dims if dim not in ("chain", "draw")]
        grid = values.isel(chain=0).transpose("draw", *dims).to_numpy()
        count = 1 + 2 * len(self.step)
        centre, error = delta(grid[:count], self.step, self.covariance)
        found: list[Said] = []
        for place in np.ndindex(centre.shape):
            label = {dim: str(values[dim].to_numpy()[i]) for dim, i in zip(dims, place, strict=True)}
            drawn = grid[(slice(count, None), *place)]
            said = Asymptotic.of(float(centre[place]), float(error[place]), simulated=drawn if drawn.size else None)
            found.append((label, said.exponentiated() if ratio else said))
        return found


def probes(estimate: Array, covariance: Array) -> tuple[Array, Array]:
    """Return parameter vectors at which to evaluate a quantity: the estimate, then a step in both directions of each.

    Returns
    -------
    points : array (1 + 2 parameter, parameter)
    step : array (parameter,)
    """
    error = np.sqrt(np.diag(covariance))
    step = np.where(error > 0, STEP * error, 0.0)
    moves = np.diag(step)
    return np.concatenate([estimate[None], estimate + moves, estimate - moves]), step


def delta(values: Array, step: Array, covariance: Array) -> tuple[Array, Array]:
    """Return quantities at the estimate and their standard errors, (...,).

    Parameters
    ----------
    values : array (1 + 2 parameter, ...)
        Quantities at the points that `probes` returns.
    step : array (parameter,)
    covariance : array (parameter, parameter)
    """
    count = len(step)
    up, down = values[1 : 1 + count], values[1 + count :]
    with np.errstate(divide="ignore", invalid="ignore"):
        gradient = (up - down) / (2.0 * step.reshape(-1, *[1] * (values.ndim - 1)))
    gradient = np.where(np.isnan(gradient) & ~np.isnan(values[0]), 0.0, gradient)
    # (parameter, ...) x (parameter, parameter) x (parameter, ...) -> (...)
    variance = np.einsum("p...,pq,q...->...", gradient, covariance, gradient)
    return values[0], np.sqrt(np.maximum(variance, 0.0))


def simulated(estimate: Array, covariance: Array) -> Array:
    """Return draws from the estimate's asymptotic normal distribution, (draw, parameter)."""
    values, vectors = np.linalg.eigh(covariance)
    # Blocks from different formulae may leave a tiny negative eigenvalue.
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    standard = np.random.default_rng(SEED).standard_normal((DRAWS, len(estimate)))
    drawn: Array = estimate + standard @ root.T
    return drawn


def as_posterior(points: Array, template: xr.Dataset, family: Family) -> xr.Dataset:
    """Return parameter vectors in the form of a posterior with one chain.

    Parameters
    ----------
    points : array (draw, service x parameter)
    template : xarray.Dataset
        The estimates as stored, with coords `service`, `parameter`, and those of the columns' dims.
    family : Family
        Theirs.

    Returns
    -------
    xarray.Dataset
        Besides the parameters, `exposure_left_out` and `control_left_out`: where a coefficient is 0
        because it has no estimate, so that nothing may be said of moving its column.
    """
    services, names = template["service"].to_numpy(), [str(name) for name in template["parameter"].to_numpy()]
    grid = points.reshape(1, len(points), len(services), -1)  # (d, s * p) -> (1, d, s, p)
    unknown_here = np.isnan(template["estimate"].to_numpy())
    lead = ("chain", "draw", "service")
    found: dict[str, tuple[tuple[str, ...], Array]] = {"intercept": (lead, grid[..., 0])}
    coords: dict[str, Array] = {"service": services}
    for dim in ("exposure", "control"):
        coords[dim] = template[dim].to_numpy()
        places = [names.index(f"{dim}_coef[{label}]") for label in coords[dim]]
        found[f"{dim}_coef"] = ((*lead, dim), grid[..., places])
        found[f"{dim}_left_out"] = (("service", dim), unknown_here[:, places])
    slots = [names.index(name) for name in family.slot_names()]
    by_name = family.by_slots(grid[..., slots])
    for one in family.others:
        found[one.name] = ((*lead, *([one.dim] if one.dim else [])), by_name[one.name])
        if one.dim:
            coords[one.dim] = np.array(one.labels)
    return xr.Dataset(found, coords=coords)
