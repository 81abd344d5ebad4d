"""The PyMC graph against the equation written out by hand, for every model and prior set."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
import xarray as xr
from scipy import stats

from data.codebook import Codebook
from models.engines.graph.density import build
from models.posterior import derive
from models.predict import pointwise
from models.spec import ModelSpec, read_against
from tests.models._prepare import Case, case, eta_by_hand, pooled
from tests.models._restore import restore

JOINT = ("peer_tobit", "pcc_logit")
SINGLE = ("peer_staffing", "pcc_adoption")


def point(given: Case, seed: int) -> xr.Dataset:
    """One draw of the stored posterior's variables, made up; (chain, draw) of size 1."""
    rng = np.random.default_rng(seed)
    design = given.design
    scale = design.span / 100 if given.family.unit == "points" else 0.05
    services, dims = len(design.services), {"service": list(design.services)}
    exposures = [column.label for column in design.exposures]
    controls = [column.label for column in design.controls]
    out = {
        "exposure_coef": (("exposure", "service"), rng.normal(0, 5 * scale, (len(exposures), services))),
        "intercept": (("service",), design.floor + rng.normal(40 * scale, 10 * scale, services)),
    }
    if controls:
        out["control_coef"] = (("control", "service"), rng.normal(0, 5 * scale, (len(controls), services)))
    if design.pooling:
        out["exposure_mean"] = (("exposure",), rng.normal(0, 3 * scale, len(exposures)))
        out["exposure_spread"] = (("exposure",), rng.uniform(1, 4, len(exposures)) * scale)
    if given.family.others:
        out["residual_sd"] = (("service",), rng.uniform(20, 40, services) * scale)
    for name, group in design.groups.items():
        effect = rng.normal(0, 5 * scale, (len(group.levels), services))
        out[f"{name}_effect"] = ((name, "service"), effect - effect.mean(0) if group.exhaustive else effect)
        out[f"{name}_sd"] = (("service",), rng.uniform(2, 8, services) * scale)
    if design.unit_intercept:
        out["unit_effect"] = (("unit",), rng.normal(0, 5 * scale, len(design.units)))
        out["unit_sd"] = ((), np.asarray(5.0 * scale))
    dataset = xr.Dataset(out, coords=dims | {"exposure": exposures, "control": controls})
    return dataset.expand_dims(chain=[0], draw=[0])


SHAPES = [(name, "mixture") for name in (*JOINT, *SINGLE)] + [
    ("peer_tobit", one) for one in ("normal", "student", "none")
]


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_likelihood_equals_the_equation_by_hand(name: str, shape: str) -> None:
    given = pooled(case(name), shape)
    design, data = given.design, given.data
    model = build(design, given.family, given.priors)
    stored = point(given, seed=1)
    raw = restore(stored, design, data)
    back = derive(raw, design, data)
    for variable in stored.data_vars:
        np.testing.assert_allclose(back[variable].transpose(*stored[variable].dims), stored[variable], atol=1e-9)
    tree = xr.DataTree.from_dict({"posterior": raw})
    got = pm.compute_log_likelihood(
        tree, model=model, extend_inferencedata=False, progressbar=False, compile_kwargs={"mode": "FAST_COMPILE"}
    )["y"].to_numpy()[0, 0]
    draw = stored.isel(chain=0, draw=0)
    eta = eta_by_hand(draw, design)[design.unit_of, design.service_of]
    if given.family.name == "tobit":
        dist = stats.norm(eta, draw["residual_sd"].to_numpy()[design.service_of])
        lower, upper = design.limits
        expected = np.where(
            design.y <= lower, dist.logcdf(lower), np.where(design.y >= upper, dist.logsf(upper), dist.logpdf(design.y))
        )
    else:
        expected = stats.logistic.logcdf(np.where(design.y == 1, eta, -eta))
    np.testing.assert_allclose(got, expected, rtol=1e-8)
    stored_form = pointwise(stored, design, given.family)["y"].to_numpy()[0, 0]
    np.testing.assert_allclose(stored_form, expected, rtol=1e-8)


@pytest.mark.parametrize(
    ("name", "shape"),
    [("pcc_adoption", "mixture"), *(("peer_tobit", one) for one in ("mixture", "normal", "student", "none"))],
)
def test_priors_run_are_the_priors_written(name: str, shape: str) -> None:
    """The density over free variables equals the hierarchy's, up to a constant, whatever the parametrisation."""
    given = pooled(case(name, priors="as_claimed"), shape)
    design, data = given.design, given.data
    with build(design, given.family, given.priors) as model:
        free = model.compile_fn(
            model.logp(vars=model.free_RVs, jacobian=False, sum=True), inputs=model.value_vars, mode="FAST_COMPILE"
        )
        transforms = {model.rvs_to_values[rv].name: (rv.name, model.rvs_to_transforms[rv], rv) for rv in model.free_RVs}
    differences = []
    for seed in range(3):
        stored = point(given, seed)
        raw = restore(stored, design, data).isel(chain=0, draw=0)
        values = {}
        for value_name, (rv_name, transform, rv) in transforms.items():
            dims = model.named_vars_to_dims.get(rv_name) or ()
            value = pt.as_tensor(raw[rv_name].transpose(*dims).to_numpy())
            values[value_name] = transform.forward(value, *rv.owner.inputs).eval() if transform else value.eval()
        differences.append(float(free(values)) - by_hand(stored.isel(chain=0, draw=0), given))
    # Constants differ: Jacobians of the linear maps, and sd ** centring in place of sd per effect.
    assert np.ptp(differences) < 1e-6 * max(1.0, abs(differences[0])), differences


def by_hand(draw: xr.Dataset, given: Case) -> float:
    """Log prior density of a stored draw, plus the Jacobian of stored -> sampled effects."""
    design, priors, data = given.design, given.priors, given.data
    norm, half = stats.norm.logpdf, stats.halfnorm.logpdf
    total = norm(draw["intercept"], *priors.located("intercept")).sum()
    if "control_coef" in draw:
        total += norm(draw["control_coef"], *priors.located("control")).sum()
    coefficients = draw["exposure_coef"].to_numpy() - priors.exposure_shift
    if design.pooling:
        mean, spread = draw["exposure_mean"].to_numpy(), draw["exposure_spread"].to_numpy()
        total += (
            norm(mean, *priors.located("exposure_mean")).sum()
            + half(spread, scale=priors.scale("exposure_spread")).sum()
        )
        total += pooled_by_hand(coefficients - mean[:, None], mean[:, None], spread[:, None], given).sum()
    else:
        marginal = np.hypot(priors.located("exposure_mean")[1], priors.scale("exposure_spread"))
        total += norm(coefficients, priors.located("exposure_mean")[0], marginal).sum()
    for name, group in design.groups.items():
        sd, effect = draw[f"{name}_sd"].to_numpy(), draw[f"{name}_effect"].to_numpy()
        total += half(sd, scale=priors.scale(f"group_sd.{name}")).sum()
        levels = len(group.levels)
        free = levels - 1 if group.exhaustive else levels  # a sum-to-zero vector has one dimension less
        total += (-0.5 * effect**2 / sd**2).sum() - free * np.log(sd).sum()
        weight = 1 - data[f"{name}_centring"] if not group.exhaustive else free
        total += (weight * np.log(sd)).sum()
    if design.unit_intercept:
        sd = float(draw["unit_sd"])
        total += half(sd, scale=priors.scale("unit_sd")) + norm(draw["unit_effect"], 0, sd).sum()
        total += len(design.units) * np.log(sd)
    if given.family.others:
        total += half(draw["residual_sd"], scale=priors.scale("residual_sd")).sum()
    return float(total)


def pooled_by_hand(away: np.ndarray, mean: np.ndarray, spread: np.ndarray, given: Case) -> np.ndarray:
    """Log prior density of coefficients' deviations, plus the log Jacobian of stored -> sampled coefficients."""
    data, shape = given.data, given.design.pooling
    centring = data["exposure_centring"]
    if shape != "mixture":
        dist = stats.t(3, scale=spread) if shape == "student" else stats.norm(scale=spread)
        return np.asarray(dist.logpdf(away) + (1 - centring) * np.log(spread))
    wide = 3.0 * given.priors.scale("exposure_spread")
    prior = 0.8 * stats.norm.pdf(away, scale=spread) + 0.2 * stats.norm.pdf(away, scale=wide)
    # what an estimate leaves of a normal prior, and a wider normal around it
    variance = 1.0 / (1.0 / spread**2 + 1.0 / data["exposure_error"] ** 2)
    rest = away - (data["exposure_estimate"] - mean) * variance / data["exposure_error"] ** 2
    narrow, reach = stats.norm(scale=np.sqrt(variance)), stats.norm(scale=data["exposure_reach"])
    share = data["exposure_reached"]
    u = stats.norm.ppf(share * narrow.cdf(rest) + (1 - share) * reach.cdf(rest))
    bend = np.log(share * narrow.pdf(rest) + (1 - share) * reach.pdf(rest)) - stats.norm.logpdf(u)
    # d coefficient / d u is the inverse of exp(bend)
    return np.asarray(np.log(prior) - np.where(centring > 0, 0.0, bend))


def test_peer_logit_is_declared_for_both_studies() -> None:
    spec = ModelSpec.find("peer_logit")
    for study in ("ndatss", "nssats_2017"):
        assert read_against(spec, Codebook.read(study)).exposures
