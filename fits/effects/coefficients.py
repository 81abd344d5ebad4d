"""Coefficients of a fit as a table: mean, interval, probability of being positive, Monte Carlo error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from fits.effects.asymptotic import Asymptotic
from fits.effects.summary import Summary, finite, summaries


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
    def of_estimates(cls, estimates: xr.Dataset, *, errors: str) -> Coefficients:
        """Return maximum likelihood estimates with their Wald intervals.

        Parameters
        ----------
        estimates : xarray.Dataset
            Stored estimates.
        errors : str
            Kind of standard errors: ``classical``, ``robust`` or a cluster's name.
        """
        rows = []
        for service in estimates["service"].to_numpy():
            at = {"service": service, "service_other": service, "errors": errors}
            variances = np.diag(estimates["covariance"].sel(at).to_numpy())
            found = estimates["estimate"].sel(service=service).to_numpy()
            for name, value, variance in zip(estimates["parameter"].to_numpy(), found, variances, strict=True):
                parameter, label = _parameter(str(name))
                error = float(np.sqrt(variance)) if np.isfinite(value) else np.nan
                if parameter == "log_residual_sd":
                    parameter, value = "residual_sd", np.exp(value)
                    error *= float(value)
                rows.append(
                    Coefficient(parameter, {**label, "service": str(service)}, Asymptotic.of(float(value), error))
                )
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


def _parameter(name: str) -> tuple[str, dict[str, str]]:
    """Return the parameter and the labels by dim of a name such as ``exposure_coef[peer_influence]``."""
    parameter, bracket, label = name.partition("[")
    return parameter, {parameter.removesuffix("_coef"): label[:-1]} if bracket else {}
