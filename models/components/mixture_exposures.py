r"""Slopes of exposures whose services are mostly alike, while one may differ from them altogether.

.. math::

    \beta_{es} - \mu_e - m_{es} \sim w\, N(0, \omega_e^2) + (1 - w)\, N(0, s^2), \qquad s = 3 \sigma_\omega

with claimed shifts :math:`m_{es}` of single coefficients, a fixed share :math:`w` of services that are exchangeable,
and three times the prior's width of the spread for the others. Both are centred at the mean: around 0 the wide one
would draw the mean there. With eight services nothing is gained by estimating :math:`w`. After Neuenschwander et al.
(2016), https://doi.org/10.1002/pst.1730.

A deviation is sampled as a function of a number u that is about standard normal (`models.numerics.mixture`), or, where
the data decide a coefficient almost alone, as itself. The function's mixture is the prior's as far as the data leave
it, since chains cannot follow a function that is much steeper in one place than in another: its narrow part has the
mean and sd that a rough estimate leaves of a normal prior's, and its wide sd reaches no farther than a coefficient may
lie. The density of u has the ratio of both mixtures as a factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array
from models.component import Data, Stored, as_dims, density, positive_block, total
from models.design import Design
from models.numerics.compiled_tools import CompiledTools
from models.numerics.mixture import narrow_share, score_of, slopes, stretched, stretched_number, tempered
from models.predictors.exposure_slopes import ACROSS, DIMS, MEAN, PooledSlopes
from models.predictors.information import Information
from priors.translate import Translated

ROLES = (MEAN, ACROSS)
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)

WIDE = 3.0
"""Sd of the services that differ, over the width of the spread's prior."""

CAUTION = 2.0
"""Factor of rough errors in that function. With 1 steps had to be two thirds as long, as rough estimates are not right;
without any (a factor of 1e6) the spread of an exposure that one service differs in had 350 effective draws, not 860."""

FAR = 3.0
"""Rough errors between a coefficient and the mean, beyond which it is sampled as itself."""

SURELY = 0.95
"""How sure that must be: where two services differ, the mean may be theirs or that of all others, and one of the others
that is far from the first alone has hardly any room as itself around the second."""

LARGE = 2.0
"""Least spread, over the largest rough error, from which on all coefficients are."""


@dataclass(frozen=True)
class MixtureSlopes(PooledSlopes):
    """Slopes whose deviations from their mean are narrow for most services and wide for some."""

    @property
    def share(self) -> float:
        """The share of services that are exchangeable."""
        return self.design.reading.spec.pooling_weight

    def stored(self) -> tuple[Stored, ...]:
        """Return also each coefficient's probability of not being exchangeable."""
        return (*super().stored(), Stored("exposure_outlying"))

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return also the wide sd and the share, those of the function, and which coefficients are sampled as such."""
        wide = WIDE * priors.scale("exposure_spread")
        rough = self.rough(priors, information, wide=wide, share=self.share)
        # (service, exposure)' -> (exposure, service)
        reach = np.minimum(wide, (np.abs(rough.centred) + 2.0 * rough.errors).T)
        far, known = (rough.beyond(FAR) > SURELY).T, rough.least > LARGE * rough.errors.max(axis=0)
        return {
            **super().data(priors, information),
            "exposure_wide": np.asarray(wide),
            "exposure_share": np.asarray(self.share),
            "exposure_estimate": rough.estimates.T,
            "exposure_error": CAUTION * rough.errors.T,
            "exposure_reach": reach,
            "exposure_reached": self.share * wide / (self.share * wide + (1.0 - self.share) * reach),
            "exposure_centring": (far | known[:, None]).astype(float),
        }

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        """Return the coefficients from their raw form, and whether they are exchangeable."""
        mean, spread = (raw[name].expand_dims(service=raw["service"], axis=-1) for name in _POOLED)
        own = raw["exposure_raw"].transpose("chain", "draw", *DIMS)
        centred = np.broadcast_to(data["exposure_centring"] > 0.0, own.shape)
        drawn, near = tempered(mean, spread.to_numpy(), data["exposure_estimate"], data["exposure_error"])
        at = np.where(centred, 0.0, own), near, data["exposure_reach"], data["exposure_reached"]
        away = np.where(centred, own - mean, drawn + stretched(*at))
        _, alike = narrow_share(away, spread.to_numpy(), data["exposure_wide"], data["exposure_share"])
        moves = as_dims(data["exposure_shift"], DIMS)
        found = (mean + away + moves).transpose("chain", "draw", *DIMS)
        return {"exposure_coef": found, "exposure_outlying": found.copy(data=1.0 - alike)}, 0.0

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        """Return the log prior density, (chain, draw)."""
        mean, spread = stored["exposure_mean"], stored["exposure_spread"]
        away = stored["exposure_coef"] - as_dims(np.asarray(priors.exposure_shift), DIMS) - mean
        away, wide_spread = xr.broadcast(away, spread)
        each, _ = narrow_share(
            away.to_numpy(), wide_spread.to_numpy(), WIDE * priors.scale("exposure_spread"), self.share
        )
        own = density(priors["exposure_mean"], mean) + density(priors["exposure_spread"], spread)
        return own + total(away.copy(data=each))

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add the coefficients to the open graph."""
        data, pm, pt = tools.data, tools.pm, tools.pt
        location, scale = data["exposure_prior"][0], data["exposure_prior"][1]
        mean = pm.Normal("exposure_mean", location, scale, dims="exposure")[:, None]
        spread = tools.positive("exposure_spread", "exposure_spread", dims="exposure")[:, None]
        names = ("wide", "share", "estimate", "error", "reach", "reached", "centring")
        every = [pt.zeros_like(data["exposure_shift"]) + one for one in (mean, spread)]
        given = [*every, *(every[0] * 0.0 + data[f"exposure_{name}"] for name in names)]

        def log_density(value: Any, *given: Any) -> Any:
            mean, spread, wide, share, estimate, error, reach, reached, centring = given
            drawn, near = tempered(mean, spread, estimate, error)
            rest = tools.elementwise(stretched_number, slopes, value, near, reach, reached)
            ratio = _log_mixture(pt, drawn + rest, spread, wide, share) - _log_mixture(pt, rest, near, reach, reached)
            own = _log_mixture(pt, value - mean, spread, wide, share)
            return pt.switch(centring > 0.0, own, ratio - 0.5 * value**2 - LOG_ROOT_2_PI)

        signature = f"{','.join(['(e,s)'] * len(given))}->(e,s)"
        raw = pm.CustomDist("exposure_raw", *given, logp=log_density, random=_draw, signature=signature, dims=DIMS)
        drawn, near = tempered(mean, spread, data["exposure_estimate"], data["exposure_error"])
        rest = tools.elementwise(stretched_number, slopes, raw, near, data["exposure_reach"], data["exposure_reached"])
        away = pt.switch(data["exposure_centring"] > 0.0, raw - mean, drawn + rest)
        return data["x"] @ (mean + data["exposure_shift"] + away), 0.0

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code.

        Whole numbers: the spread's distribution; real numbers: location and scale of the mean, the spread's two and
        its width, the wide sd and the share, then (exposure, service) each: shifts, centring, rough estimates
        and errors, and the wide sd and the share of the function.
        """
        positive, table, stretch = tools.positive_prior, tools.table, tools.jit(stretched_number)

        @tools.jit
        def shape(y: float, narrow: float, wide: float, share: float) -> Any:
            """Return the log-density of a deviation, and the probability that it is of the narrow normal."""
            one = math.log(share) - 0.5 * (y / narrow) ** 2 - math.log(narrow)
            other = math.log(1.0 - share) - 0.5 * (y / wide) ** 2 - math.log(wide)
            top = max(one, other)
            both = top + math.log(math.exp(one - top) + math.exp(other - top))
            return both - LOG_ROOT_2_PI, math.exp(one - both)

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            (n, services), size = effects.shape, effects.size
            shifts, centring = table(reals, 7, n, services), table(reals, 7 + size, n, services)
            estimate, error = table(reals, 7 + 2 * size, n, services), table(reals, 7 + 3 * size, n, services)
            reach, reached = table(reals, 7 + 4 * size, n, services), table(reals, 7 + 5 * size, n, services)
            for e in range(n):
                spread = math.exp(q[n + e])
                for s in range(services):
                    own = q[2 * n + e * services + s]
                    if centring[e, s] > 0.0:
                        effects[e, s] = own + shifts[e, s]
                    else:
                        near = spread * error[e, s] / math.hypot(spread, error[e, s])
                        drawn = (near / error[e, s]) ** 2 * (estimate[e, s] - q[e])
                        rest = stretch(own, near, reach[e, s], reached[e, s])
                        effects[e, s] = q[e] + shifts[e, s] + drawn + rest

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            (n, services), size = effects.shape, effects.size
            shifts, centring = table(reals, 7, n, services), table(reals, 7 + size, n, services)
            estimate, error = table(reals, 7 + 2 * size, n, services), table(reals, 7 + 3 * size, n, services)
            reach, reached = table(reals, 7 + 4 * size, n, services), table(reals, 7 + 5 * size, n, services)
            wide, total = reals[5], 0.0
            for e in range(n):
                value, spread_bar = positive(ints[0], reals[2], reals[3], q[n + e])
                mean, spread = q[e], math.exp(q[n + e])
                z = (mean - reals[0]) / reals[1]
                total += value - 0.5 * z * z - math.log(reals[1]) - LOG_ROOT_2_PI
                mean_bar = -z / reals[1]
                for s in range(services):
                    at, bar = 2 * n + e * services + s, effects_bar[e, s]
                    away = effects[e, s] - mean - shifts[e, s]
                    value, alike = shape(away, spread, wide, reals[6])
                    pull = away * (alike / spread**2 + (1.0 - alike) / wide**2)
                    if centring[e, s] > 0.0:
                        total += value
                        q_bar[at] = bar - pull
                        mean_bar += pull
                        spread_bar += alike * ((away / spread) ** 2 - 1.0)
                        continue
                    u, far = q[at], reach[e, s]
                    near = spread * error[e, s] / math.hypot(spread, error[e, s])
                    # how far it is drawn to its estimate, which is the square of that over the error
                    part, to = (near / error[e, s]) ** 2, estimate[e, s] - mean
                    rest = away - part * to
                    own, inside = shape(rest, near, far, reached[e, s])
                    push = rest * (inside / near**2 + (1.0 - inside) / far**2)
                    total += value - own - 0.5 * u * u - LOG_ROOT_2_PI
                    q_bar[at] = (bar - pull + push) * math.exp(-0.5 * u * u - LOG_ROOT_2_PI - own) - u
                    mean_bar += bar * (1.0 - part) + pull * part
                    stretch_bar = inside * ((bar - pull + push) * rest - (rest / near) ** 2 + 1.0)
                    spread_bar += (1.0 - part) * (stretch_bar + (bar - pull) * 2.0 * part * to)
                    spread_bar += alike * ((away / spread) ** 2 - 1.0)
                q_bar[e], q_bar[n + e] = mean_bar, spread_bar
            return total

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads."""
        code, numbers = positive_block(priors["exposure_spread"], data["exposure_spread_prior"])
        kinds = np.array([float(data["exposure_wide"]), float(data["exposure_share"])])
        every = [data[f"exposure_{name}"] for name in ("shift", "centring", "estimate", "error", "reach", "reached")]
        return [code], [np.asarray(data["exposure_prior"]), numbers, kinds, *every]

    def shape_words(self, priors: Translated) -> str:
        """Return the distribution of coefficients as it stands in the equation."""
        wide, mean = WIDE * priors.scale("exposure_spread"), "exposure_mean[e] + shift[e, service]"
        rest = 1.0 - self.share
        return f"{self.share:g} Normal({mean}, exposure_spread[e]) + {rest:.4g} Normal({mean}, {wide:.4g})"


_POOLED = ("exposure_mean", "exposure_spread")


def _log_mixture(pt: Any, z: Any, narrow: Any, wide: Any, share: Any) -> Any:
    """Return the log-density of deviations in PyTensor."""
    one = pt.log(share) - 0.5 * (z / narrow) ** 2 - pt.log(narrow)
    other = pt.log1p(-share) - 0.5 * (z / wide) ** 2 - pt.log(wide)
    return pt.logaddexp(one, other) - LOG_ROOT_2_PI


def _draw(*given: Array, rng: np.random.Generator | None = None, size: Any = None) -> Array:
    """Return raw coefficients drawn from their prior."""
    mean, spread, wide, share, estimate, error, reach, reached, centring = (np.asarray(one) for one in given)
    u = (rng if rng is not None else np.random.default_rng()).normal(size=mean.shape)
    away = stretched(u, spread, wide, share)
    drawn, near = tempered(mean, spread, estimate, error)
    return np.where(centring > 0.0, mean + away, score_of(away - drawn, near, reach, reached))


def of(design: Design) -> tuple[MixtureSlopes, ...]:
    """Return the slopes of a design's exposures, where one service may differ."""
    return (MixtureSlopes(design),) if design.pooling == "mixture" else ()
