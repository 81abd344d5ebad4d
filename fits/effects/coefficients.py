"""Coefficients of a fit as a table: mean, interval, probability of being positive, Monte Carlo error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array
from fits.effects.asymptotic import Asymptotic
from fits.effects.summary import Summary, finite, summaries
from models.family import Family
from models.numerics.bounds import slopes


@dataclass(frozen=True)
class Coefficient:
    """One parameter's summary, on the model's scale, per contrast.

    Attributes
    ----------
    parameter : str
        The parameter's name, such as ``exposure_coef``.
    label : dict of str to str
        Labels by dim, such as ``{"exposure": "peer_influence", "service": "condoms"}``.
    summary : Summary or Asymptotic
        The posterior's summary, or maximum likelihood's result.
    """

    parameter: str
    label: dict[str, str]
    summary: Summary | Asymptotic


@dataclass(frozen=True)
class Coefficients:
    """The table of a fit's top-level parameters."""

    rows: tuple[Coefficient, ...]

    @classmethod
    def of(cls, posterior: xr.Dataset, parameters: tuple[str, ...]) -> Coefficients:
        """Return the summaries of the parameters that the posterior has.

        Parameters
        ----------
        posterior : xarray.Dataset
            Dims (chain, draw, ...).
        """
        return cls(
            tuple(
                Coefficient(name, label, summary)
                for name in parameters
                if name in posterior
                for label, summary in summaries(posterior[name])
            )
        )

    @classmethod
    def of_estimates(cls, estimates: xr.Dataset, family: Family, *, errors: str) -> Coefficients:
        """Return maximum likelihood estimates with their Wald intervals.

        Parameters
        ----------
        estimates : xarray.Dataset
            Stored estimates.
        family : Family
            Theirs, whose parameters are given on their own scale.
        errors : str
            Kind of standard errors: ``classical``, ``robust`` or a cluster's name.
        """
        rows = []
        names = [str(name) for name in estimates["parameter"].to_numpy()]
        slots = [names.index(name) for name in family.slot_names()]
        for service in estimates["service"].to_numpy():
            at = {"service": service, "service_other": service, "errors": errors}
            covariance = estimates["covariance"].sel(at).to_numpy()
            found = estimates["estimate"].sel(service=service).to_numpy()
            for place, name in enumerate(names):
                if place not in slots:
                    parameter, label = _parameter(name)
                    error = float(np.sqrt(covariance[place, place])) if np.isfinite(found[place]) else np.nan
                    said = Asymptotic.of(float(found[place]), error)
                    rows.append(Coefficient(parameter, {**label, "service": str(service)}, said))
            for parameter, label, value, error in _of_family(family, found[slots], covariance[np.ix_(slots, slots)]):
                said = Asymptotic.of(value, error)
                rows.append(Coefficient(parameter, {**label, "service": str(service)}, said))
        return cls(tuple(rows))

    def where(self, parameter: str, **label: str) -> tuple[Coefficient, ...]:
        """Return the rows of one parameter whose labels agree with those given."""
        return tuple(
            row
            for row in self.rows
            if row.parameter == parameter and all(row.label.get(dim) == value for dim, value in label.items())
        )

    def to_list(self) -> list[dict[str, Any]]:
        """Return the rows as plain data for JSON, at full precision; None for values that are not finite."""
        return [{"parameter": row.parameter, **row.label, **finite(row.summary.numbers())} for row in self.rows]


def _of_family(family: Family, free: Array, covariance: Array) -> Iterator[tuple[str, dict[str, str], float, float]]:
    """Yield a family's parameters besides the location on their own scale, with errors by the delta method."""
    at = 0
    for one in family.others:
        own = slice(at, at + one.slots)
        at += one.slots
        values, by = np.atleast_1d(one.from_slots(free[own])), slopes(one.support, free[own])
        errors = np.sqrt(np.diag(by @ covariance[own, own] @ by.T))
        for label, value, error in zip(one.labels or ("",), values, errors, strict=True):
            yield one.name, {one.dim: label} if one.dim else {}, float(value), float(error)


def _parameter(name: str) -> tuple[str, dict[str, str]]:
    """Return the parameter and the labels by dim of a name such as ``exposure_coef[peer_influence]``."""
    parameter, bracket, label = name.partition("[")
    return parameter, {parameter.removesuffix("_coef"): label[:-1]} if bracket else {}
