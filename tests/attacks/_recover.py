"""What an outsider finds out about single respondents from a fit's draws: the attackers, in NumPy.

They have draws and what the manifest says: limits, names, numbers of units and answers. Some know
every row but one, which is said there. Where a file gives them nothing to start from they return None,
or the best blind guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import ndtri_exp

from models.component import SIGNED_START, FreeVariable
from models.components.exhaustive_groups import ExhaustiveEffects, stretched, stretching
from models.components.groups import GroupEffects
from models.engines.compiled.density import density_of
from models.numerics.radial import scale_given_length
from priors.prior import Prior
from tests.models._prepare import Case
from tests.models._restore import restore

Array = np.ndarray

EXACT = 1e-6
"""Greatest root mean square, in the outcome's unit or in logits, of what a right solution leaves over."""

STEPS, RANDOM_STARTS = 30, 5


@dataclass(frozen=True)
class Guesses:
    """What is guessed of the answers on one service.

    Attributes
    ----------
    covariates : array (answer, column)
        Exposures, then controls, in contrasts from their mean.
    levels : dict of str to array of str (answer,)
        By group.
    """

    covariates: Array
    levels: dict[str, Array]


@dataclass(frozen=True)
class Equation:
    """The draws of one service as columns of an equation that is linear in what is not known of a unit.

    Attributes
    ----------
    columns : array (draw, column)
        1, the intercept, the coefficients, the effects of each group's levels.
    basis : array (draw, rank)
        Orthonormal.
    solve : array (column, rank)
        From the part along the basis to the columns' weights.
    sd : array (draw,) or None
        Of residuals.
    coefficients : int
    levels : dict of str to array of str
    """

    columns: Array
    basis: Array
    solve: Array
    sd: Array | None
    coefficients: int
    levels: dict[str, Array]

    @classmethod
    def of(cls, posterior: xr.Dataset, service: str) -> Equation:
        here = posterior.sel(service=service)
        groups = [str(name).removesuffix("_effect") for name in here if str(name).endswith("_effect")]
        # what is withheld cannot be reckoned with
        effects = {name: here[f"{name}_effect"].dropna(name, how="any") for name in groups if name != "unit"}
        terms = {dim: here[f"{dim}_coef"] for dim in ("exposure", "control") if f"{dim}_coef" in here}
        covariates = np.column_stack([flat(values.fillna(0.0), dim) for dim, values in terms.items()])
        intercept = flat(here["intercept"])
        columns = np.column_stack(
            [np.ones_like(intercept), intercept, covariates, *(flat(values, dim) for dim, values in effects.items())]
        )
        left, size, right = np.linalg.svd(columns, full_matrices=False)
        rank = int((size > 1e-9 * size[0]).sum())
        sd = flat(here["residual_sd"]) if "residual_sd" in here else None
        levels = {dim: values[dim].to_numpy() for dim, values in effects.items()}
        solve = right[:rank].T / size[:rank]
        return cls(columns, left[:, :rank], solve, sd, covariates.shape[1], levels)

    def left_over(self, target: Array) -> tuple[Array, float]:
        """The target as the equation has it, and the root mean square of what that leaves over."""
        fitted = self.basis @ (self.basis.T @ target)
        return fitted, float(np.sqrt(np.mean((target - fitted) ** 2)))

    def blind(self, count: int) -> Guesses:
        """The mean of every covariate, and the level that comes first."""
        first = {name: np.repeat(levels[:1] if len(levels) else "", count) for name, levels in self.levels.items()}
        return Guesses(np.zeros((count, self.coefficients)), first)


def flat(values: xr.DataArray, *dims: str) -> Array:
    """The draws of all chains one after the other, (draw, ...)."""
    there = values.transpose("chain", "draw", *dims).to_numpy()
    return there.reshape(there.shape[0] * there.shape[1], *there.shape[2:])


def answers(tree: xr.DataTree, service: str, *, count: int, limits: tuple[float, float]) -> Guesses:
    """Covariates and levels of those who answered a service, from the log-likelihood of every draw and answer.

    The log-density of an answer between the limits gives its distance from the linear predictor in each
    draw, up to a sign; that of an answer at a limit, or of a yes or no, gives the predictor itself. The
    predictor is linear in the coefficients and effects of the same draw, whose weights are the row.
    """
    posterior = tree["posterior"].to_dataset()
    equation = Equation.of(posterior, service)
    if "log_likelihood" not in tree.children:
        return equation.blind(count)
    values = tree["log_likelihood"]["y"]
    values = values.isel(cell=np.flatnonzero(values["service"] == service))
    own: Array = np.zeros(values.sizes["chain"] * values.sizes["draw"])
    effects = posterior["unit_effect"].load() if "unit_effect" in posterior else None
    found = []
    for cell in range(count):
        if effects is not None:
            own = flat(effects.sel(unit=int(values["unit"][cell])))
        found.append(weights(flat(values.isel(cell=cell)), equation, own=own, limits=limits))
    return guessed(np.array(found), equation)


def guessed(found: Array, equation: Equation) -> Guesses:
    """What weights of the equation's columns (answer, column) say of the answers."""
    at = 2 + equation.coefficients
    covariates, levels = found[:, 2:at], {}
    for name, labels in equation.levels.items():
        levels[name] = labels[found[:, at : at + len(labels)].argmax(axis=1)]
        at += len(labels)
    return Guesses(covariates, levels)


def weights(log: Array, equation: Equation, *, own: Array, limits: tuple[float, float]) -> Array:
    """The weights (column,) with which the equation gives an answer's linear predictor, up to a constant.

    Parameters
    ----------
    log : array (draw,)
        The answer's log-likelihood.
    equation : Equation
    own : array (draw,)
        The unit's own effect, 0 without one.
    limits : (lower, upper)
    """
    tried = []
    for index in predictors(log, equation.sd, limits):
        fitted, error = equation.left_over(index - own)
        tried.append((error, equation.solve @ (equation.basis.T @ fitted)))
    exact = [found for error, found in tried if error < EXACT]
    if exact:  # a predictor has its intercept once, not minus once
        return min(exact, key=lambda found: abs(found[1] - 1.0))
    if equation.sd is None:
        return min(tried, key=lambda one: one[0])[1]
    distance = np.sqrt(np.maximum(-2.0 * (log + np.log(equation.sd * np.sqrt(2.0 * np.pi))), 0.0)) * equation.sd
    found = -(equation.solve @ (equation.basis.T @ signed(distance, equation, own)))
    return found if found[1] > 0 else -found


def predictors(log: Array, sd: Array | None, limits: tuple[float, float]) -> Iterator[Array]:
    """The linear predictors that an answer at a limit, or a yes or no, would have had, (draw,)."""
    if sd is None:
        odds = log - np.log(-np.expm1(log))
        yield from (odds, -odds)
        return
    with np.errstate(invalid="ignore", divide="ignore"):  # the log of a density may be above 0, that of a chance not
        z = ndtri_exp(np.minimum(log, -1e-300))
    for limit, sign in zip(limits, (-1.0, 1.0), strict=True):
        index = limit + sign * sd * z
        if np.isfinite(index).all():
            yield index


def signed(distance: Array, equation: Equation, own: Array) -> Array:
    """The outcome less the equation's part of the predictor, (draw,), from its distance in each draw.

    Signs and weights in turn, until neither changes, from several starts.
    """
    best, least = distance, np.inf
    for start in starts(distance, equation.basis):
        signs = start
        for _ in range(STEPS):
            target = signs * distance + own
            fitted, error = equation.left_over(target)
            turned = np.where(fitted >= own, 1.0, -1.0)
            if (turned == signs).all():
                break
            signs = turned
        if error < least:
            best, least = target, error
        if least < EXACT:
            break
    return best


def starts(distance: Array, basis: Array) -> Iterator[Array]:
    """Signs to begin with: all alike; along the directions in which distances change most; at random."""
    yield from (np.ones_like(distance), -np.ones_like(distance))
    squares = distance**2 - np.mean(distance**2)
    directions = np.linalg.eigh((basis * squares[:, None]).T @ basis)[1]
    rng = np.random.default_rng(0)
    for along in (*directions.T[[-1, -2, -3, 0]], *rng.normal(size=(RANDOM_STARTS, basis.shape[1]))):
        sign = np.where(basis @ along >= 0.0, 1.0, -1.0)
        yield from (sign, -sign)


def by_unit(tree: xr.DataTree) -> xr.DataArray | None:
    """Units in the order of their outcomes: their own effects, (unit,), under the numbers of their rows."""
    posterior = tree["posterior"].to_dataset()
    return posterior["unit_effect"].mean(("chain", "draw")) if "unit_effect" in posterior else None


def by_prediction(tree: xr.DataTree) -> xr.DataArray | None:
    """What is expected of every answer, (cell,), from predictive draws."""
    there = "posterior_predictive" in tree.children
    return tree["posterior_predictive"]["y"].mean(("chain", "draw")) if there else None


def by_level(tree: xr.DataTree, group: str) -> xr.DataArray:
    """Levels in the order of their outcomes: their effects, (level, service), NaN or absent where withheld."""
    return tree["posterior"][f"{group}_effect"].mean(("chain", "draw"))


def rest_of_zero(effects: xr.DataArray, level: str) -> xr.DataArray:
    """A level's effects by subtraction, from effects that sum to zero: minus the sum of all the others."""
    return -effects.drop_sel({effects.dims[-1]: level}).sum(effects.dims[-1])


def determined(posterior: xr.Dataset, hidden: Array) -> float:
    """The share of the variance of a withheld effect, (draw,), that all of a posterior determines together.

    Learned on one half of the draws and measured on the other.
    """
    shown = [flat(values, *values.dims[2:]) for values in posterior.transpose("chain", "draw", ...).values()]
    columns = np.column_stack([np.ones(len(hidden)), *(values.reshape(len(hidden), -1) for values in shown)])
    columns = columns[:, ~np.isnan(columns).any(axis=0)]
    learned = np.linalg.lstsq(columns[::2], hidden[::2], rcond=1e-9)[0]
    left = hidden[1::2] - columns[1::2] @ learned
    return float(1.0 - np.mean(left**2) / np.var(hidden[1::2]))


def column_means(tree: xr.DataTree, service: str) -> Array | None:
    """The means of all covariates in contrasts, (column,), from what moves the intercept to where they are 0."""
    here = tree["posterior"].to_dataset().sel(service=service)
    if "constant" not in here:
        return None
    coefficients = np.column_stack([flat(here[f"{dim}_coef"], dim) for dim in ("exposure", "control")])
    return np.linalg.lstsq(coefficients, flat(here["intercept"] - here["constant"]), rcond=None)[0]


def shared_row(estimates: xr.Dataset, services: tuple[str, str]) -> Array | None:
    """The covariates of the one unit that answered two services, (column,), from the covariance of their estimates.

    Between the two inverse informations stands the product of that unit's scores, which are its
    covariates, and 1 for the intercept, up to a factor.
    """
    first, second = services
    covariance = estimates["covariance"]
    blocks = [
        covariance.sel(errors=errors, service=one, service_other=other).to_numpy()
        for errors, one, other in (("classical", first, first), ("robust", *services), ("classical", second, second))
    ]
    if not np.isfinite(blocks).all():
        return None
    # a column that was left out has no covariance
    middle = np.linalg.pinv(blocks[0]) @ blocks[1] @ np.linalg.pinv(blocks[2])
    score = np.linalg.svd(middle)[0][:, 0]
    return score[1:-1] / score[0]


def others_log_density(given: Case, posterior: xr.Dataset, cell: int) -> Array:
    """What all answers but one, and the prior, add to the sampler's log-density, (draw,), for who knows those."""
    data = given.data
    data["weight"][cell] = 0.0
    density = density_of(given.design, given.family, given.priors, data)
    raw = restore(posterior, given.design, data)
    free = {one.name: _free(one, flat(raw[one.name], *one.dims)) for one in density.parameters}
    for part in density.parts:
        sd, effects = f"{part.name}_sd", f"{part.name}_raw"
        if isinstance(part, GroupEffects):
            share, signed = free[sd] / part.prior(given.priors).width, data[f"{part.name}_signed"] > 0.0
            free[sd] = np.where(signed, share, np.log(share) + SIGNED_START)
        elif isinstance(part, ExhaustiveEffects):
            free[sd], free[effects] = _unstretched(part.prior(given.priors), free[sd], free[effects])
    points = np.concatenate([part.reshape(len(part), -1) for part in free.values()], axis=1)
    return np.array([density.at(point)[0] for point in points])


def _unstretched(prior: Prior, sd: Array, raw: Array) -> tuple[Array, Array]:
    """Scores of sds and standard normal vectors, (draw, service) and (draw, service, level - 1), of raw effects."""
    found, size = stretching(raw.shape[-1], prior), np.linalg.norm(raw, axis=-1)
    length = size * sd / prior.width
    rho = _inverse(lambda rho: rho * stretched(rho, found), length, 1e-9, 40.0)
    lengths, shape = length.ravel(), length.shape
    score = _inverse(
        lambda score: scale_given_length(lengths, score.ravel(), raw.shape[-1], prior).reshape(shape),
        sd / prior.width,
        -6.0,
        6.0,
    )
    return score, raw * (rho / size)[..., None]


def _inverse(rising: Callable[[Array], Array], wanted: Array, low: float, high: float) -> Array:
    """Arguments at which a rising function has the wanted values, by halving."""
    least, most = np.full(wanted.shape, low), np.full(wanted.shape, high)
    for _ in range(50):
        middle = 0.5 * (least + most)
        less = rising(middle) < wanted
        least, most = np.where(less, middle, least), np.where(less, most, middle)
    return np.asarray(0.5 * (least + most))


def _free(one: FreeVariable, values: Array) -> Array:
    """`Parameter.constrain` backwards."""
    if one.kind == "positive":
        return np.log(values)
    if one.kind == "zero_sum":
        n = one.shape[-1]
        total = -np.sqrt(n) * values[..., -1:]
        return values[..., :-1] + total / (np.sqrt(n) + n)
    return values


def likeliest(log: Array, candidates: Array) -> Array:
    """Candidates from the likeliest on: by how well each one's log-likelihood (draw, candidate) goes with `log`."""
    centred = candidates - candidates.mean(axis=0)
    return np.argsort((((log - log.mean())[:, None] - centred) ** 2).sum(axis=0))


def keyed_by_row(tree: xr.DataTree, *, units: int, cells: int) -> list[str]:
    """Whatever has a value for each unit or answer, or names them."""
    return [
        f"{path}/{name}"
        for path, group in tree.to_dict().items()
        for name, values in group.variables.items()
        if {"unit", "cell"} & set(map(str, values.dims))
        or {units, cells} & set(values.shape)
        or name in ("unit", "cell")
    ]
