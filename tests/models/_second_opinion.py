"""Two posteriors side by side in units of Monte Carlo error, and the joint Bernoulli model written for Bambi."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import arviz_stats
import bambi as bmb
import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

from models.design import Design
from models.engines.settings import Settings
from tests.models._prepare import Case

FALSE_ALARM = 1e-3
"""Of one whole comparison, however many numbers it compares."""

ROUGHEST = 0.35
"""Posterior sds: a comparison whose bound is wider for any of its numbers could not see a wrong prior, so it fails."""

SAMPLE_DIMS = ("chain", "draw")

Named = dict[str, xr.DataArray]


@dataclass(frozen=True)
class Gap:
    """A mean or an sd in two posteriors, and the Monte Carlo error of the difference."""

    of: str
    one: float
    other: float
    error: float
    posterior_sd: float

    @property
    def errors(self) -> float:
        return abs(self.one - self.other) / self.error


def bound_for(count: int) -> float:
    """Monte Carlo errors that none of `count` differences exceeds, but for one comparison in a thousand.

    A difference of two independent estimates is normal with its Monte Carlo error as sd. Single differences
    beyond 4 errors have probability 6e-5, which among hundreds of numbers is too often; Bonferroni's share of
    the false alarm for each, two-sided, holds however they depend on each other. 16 numbers give 4.0, 250 give 4.6.
    """
    return float(norm.isf(FALSE_ALARM / 2.0 / count))


def gaps(ours: Named, theirs: Named) -> list[Gap]:
    """Every number of every parameter, its mean and its sd."""
    assert list(ours) == list(theirs)
    found = []
    for name, mine in ours.items():
        a, b = _flat(mine), _flat(theirs[name])
        assert a.sizes == b.sizes, name
        labels = a["number"].to_numpy()
        for method in ("mean", "sd"):
            one, other = (_estimate(draws, method) for draws in (a, b))
            errors = np.hypot(*(_mcse(draws, method) for draws in (a, b)))
            spread = _estimate(a, "sd")
            found += [
                Gap(f"{method} of {name}{label}", *(float(value) for value in values))
                for label, *values in zip(labels, one, other, errors, spread, strict=True)
            ]
    return found


def agree(ours: Named, theirs: Named) -> None:
    """Assert that means and sds differ by no more than Monte Carlo error, and that this error is small."""
    found = gaps(ours, theirs)
    bound = bound_for(len(found))
    beyond = [gap for gap in found if not gap.errors <= bound]
    assert not beyond, f"of {len(found)} numbers, beyond {bound:.2f} Monte Carlo errors: {beyond}"
    rough = [gap for gap in found if not bound * gap.error <= ROUGHEST * gap.posterior_sd]
    assert not rough, f"too few effective draws to compare: {rough}"


def _flat(draws: xr.DataArray) -> xr.DataArray:
    """(chain, draw, ...) -> (chain, draw, number), labelled by place."""
    array = draws.transpose(*SAMPLE_DIMS, ...).to_numpy()
    labels = [str(list(place)) if place else "" for place in np.ndindex(array.shape[2:])]
    flat = array.reshape(*array.shape[:2], -1)
    return xr.DataArray(flat, dims=(*SAMPLE_DIMS, "number"), coords={"number": labels})


def _estimate(draws: xr.DataArray, method: str) -> np.ndarray:
    return (draws.mean(SAMPLE_DIMS) if method == "mean" else draws.std(SAMPLE_DIMS, ddof=1)).to_numpy()


def _mcse(draws: xr.DataArray, method: str) -> np.ndarray:
    error: np.ndarray = arviz_stats.mcse(draws.to_dataset(name="of"), method=method)["of"].to_numpy()
    return error


def states_only(given: Case) -> Case:
    """Without the groups that sum to zero, a prior that Bambi cannot express."""
    return replace(given, design=replace(given.design, groups={"state": given.design.groups["state"]}))


def smaller(
    given: Case, *, services: Sequence[str], exposures: Sequence[str], controls: Sequence[str], every: int
) -> Case:
    """The model of some services, exposures and controls on one unit in `every`: fewer data let priors speak."""
    design = given.design
    places = [design.services.index(service) for service in services]
    x, z = (
        [[column.label for column in columns].index(label) for label in labels]
        for columns, labels in ((design.exposures, exposures), (design.controls, controls))
    )
    cells = np.isin(design.service_of, places) & (design.unit_of % every == 0)
    kept = slice(None, None, every)
    return replace(
        given,
        design=replace(
            design,
            services=tuple(services),
            exposures=tuple(replace(column, values=column.values[kept]) for column in (design.exposures[k] for k in x)),
            controls=tuple(replace(column, values=column.values[kept]) for column in (design.controls[k] for k in z)),
            x=design.x[kept, x],
            z=design.z[kept, z],
            groups={name: replace(group, index=group.index[kept]) for name, group in design.groups.items()},
            y=design.y[cells],
            unit_of=design.unit_of[cells] // every,
            service_of=np.array([places.index(service) for service in design.service_of[cells]]),
            units=design.units[kept],
        ),
        priors=replace(given.priors, exposure_shift=given.priors.exposure_shift[np.ix_(x, places)]),
    )


def bambi_draws(model: bmb.Model, settings: Settings) -> xr.Dataset:
    """The posterior of a model by Bambi, sampled by nutpie."""
    tree = model.fit(
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        random_seed=settings.seed,
        target_accept=settings.target_accept,
        inference_method="nutpie",
        progressbar=False,
    )
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    posterior: xr.Dataset = tree["posterior"].to_dataset()
    return posterior


def several_services(given: Case) -> bmb.Model:
    """The joint model in long form, a row for each cell: all that differs by service does so by its own prior."""
    design, priors = given.design, given.priors
    assert not priors.exposure_shift.any()
    frame = _covariates(design)
    beliefs = {"service": _normal(*priors.located("intercept"))}
    beliefs |= {f"service:z{k}": _normal(*priors.located("control")) for k in range(len(design.controls))}
    pooled = [f"x{k}" for k in range(len(design.exposures))]
    terms = [*beliefs, *pooled, *(f"(0 + {x}|service)" for x in pooled), "(0 + service|state)", "(1|unit)"]
    for x in pooled:
        beliefs |= {
            x: _normal(*priors.located("exposure_mean")),
            f"{x}|service": _effects(priors.scale("exposure_spread")),
        }
    beliefs |= {"service|state": _effects(priors.scale("group_sd.state")), "1|unit": _effects(priors.scale("unit_sd"))}
    return bmb.Model(f"y ~ 0 + {' + '.join(terms)}", frame, family="bernoulli", priors=beliefs)


def _covariates(design: Design) -> pd.DataFrame:
    """A row for each cell; labels as Python's own text, as Bambi warns of any other."""
    columns = {f"x{k}": column for k, column in enumerate(design.x.T)} | {
        f"z{k}": column for k, column in enumerate(design.z.T)
    }
    frame = pd.DataFrame({name: column[design.unit_of] for name, column in columns.items()})
    frame["y"] = design.y.astype(int)
    labels = {
        "service": np.array(design.services)[design.service_of],
        "unit": np.char.mod("%05d", design.unit_of),  # sorted as text as by number
        **{name: np.array(group.levels)[group.index][design.unit_of] for name, group in design.groups.items()},
    }
    return frame.assign(**{name: pd.Series(list(column), dtype=object) for name, column in labels.items()})


def _normal(location: float, scale: float) -> bmb.Prior:
    return bmb.Prior("Normal", mu=location, sigma=scale)


def _effects(scale: float) -> bmb.Prior:
    return bmb.Prior("Normal", mu=0, sigma=bmb.Prior("HalfNormal", sigma=scale))
