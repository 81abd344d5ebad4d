r"""Effects of the levels of a crossed group on each service, where other levels exist: states, clinics, raters.

.. math::

    u^g_{ls} \sim N(0, \tau_{gs}^2)

Compiled code samples effects non-centred where the data leave the sd unsure. If the sd may be 0, its parameter has
either sign, as that of the units' own intercepts (`models.components.unit_intercept`), so that there is no funnel; away
from 0 its parameter is a log, as few well-known levels under a signed one make chains diverge. Where the data know
the sd well, effects are partly or fully centred, each as far as the data decide it (`models.predictors.centring`), and
most of their common shift is removed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array
from models.component import SIGNED_START, Data, FreeVariable, as_dims, positive_block
from models.design import Design
from models.numerics.compiled_tools import CompiledTools
from models.predictors.centring import RoughSd, much_decided
from models.predictors.information import Information
from models.predictors.level_effects import GROUP, LOG_ROOT_2_PI, LevelEffects
from priors.translate import Translated

ROLES = (GROUP,)

MOST_SHIFT = 0.9999
"""Largest share of the common shift's variance that is removed."""


@dataclass(frozen=True)
class GroupEffects(LevelEffects):
    """The effects of a group whose levels are some of many."""

    ORDER = 30

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return the sd, signed or as its log by service, and the raw effects."""
        sd = FreeVariable(f"{self.name}_sd", ("service",), self.shape[1:], SIGNED_START, "own")
        return sd, FreeVariable(f"{self.name}_raw", self.dims, self.shape)

    def constrained(self, free: dict[str, Array], priors: Translated, data: Data) -> dict[str, Array]:
        """Return draws of compiled code: a negative parameter turns the effects of its service."""
        signed, width, q = data[f"{self.name}_signed"] > 0.0, self.prior(priors).width, free[f"{self.name}_sd"]
        # (chain, draw, level, service) * (chain, draw, 1, service)
        turned = np.where(signed & (q < 0.0), -1.0, 1.0)[..., None, :]
        sd = width * np.where(signed, np.abs(q), np.exp(np.where(signed, 0.0, q - SIGNED_START)))
        return {f"{self.name}_sd": sd, f"{self.name}_raw": free[f"{self.name}_raw"] * turned}

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return the levels, whether the group counts, the prior, and the parametrisation."""
        told = information.by_level(self.group.index, len(self.group.levels))
        prior = self.prior(priors)
        rough = RoughSd.of(*information.levels(self.name), prior)
        centring = np.where(rough.certain, rough.centring(), 0.0)
        sweep = told / told.sum(axis=0)
        decided = np.minimum((sweep * centring).sum(axis=0), MOST_SHIFT)
        return {
            f"{self.name}_index": self.group.index,
            f"{self.name}_mask": np.asarray(1.0),
            f"{self.name}_sd_prior": prior.numbers,
            f"{self.name}_decided": np.asarray(float(much_decided(told, prior.width))),
            f"{self.name}_signed": rough.near_zero * float(prior.distribution == "half_normal"),
            f"{self.name}_centring": centring,
            f"{self.name}_sweep": sweep,
            f"{self.name}_common_shift": 1.0 / np.sqrt(1.0 - decided) - 1.0,
        }

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        """Return the effects, and the intercept's shift by them."""
        power = 1.0 - as_dims(data[f"{self.name}_centring"], self.dims)
        sweep, effects = as_dims(data[f"{self.name}_sweep"], self.dims), raw[f"{self.name}_raw"]
        factor = as_dims(data[f"{self.name}_common_shift"], self.dims)
        effects = effects + factor * xr.dot(effects, sweep, dim=self.name)
        found = raw[f"{self.name}_sd"] ** power * effects * float(data[f"{self.name}_mask"])
        found = found.transpose("chain", "draw", *self.dims)
        return {f"{self.name}_effect": found}, (found * sweep).sum(self.name)

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add sd and raw effects to the open graph."""
        name, data = self.name, tools.data
        sd = tools.positive(f"{name}_sd", f"group_sd.{name}", dims="service")
        centring, sweep = data[f"{name}_centring"], data[f"{name}_sweep"]
        raw = tools.common_shift(f"{name}_raw", sd**centring, sweep, data[f"{name}_common_shift"], dims=self.dims)
        effect = data[f"{name}_mask"] * sd ** (1.0 - centring) * raw
        # (level, service)[(unit,)] -> (unit, service)
        return effect[data[f"{name}_index"]], (sweep * effect).sum(axis=0)

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code.

        Whole numbers: the sd's distribution; real numbers: the mask, the sd's two numbers and width, then centring and
        sweep, (level, service), the common shift, (service,), and whether sds are signed, (service,).
        """
        scales, table = tools.scales, tools.table
        spread, spread_prior, by_log = tools.spread, tools.spread_prior, tools.by_log

        @tools.jit
        def parameter(reals: Any, q: Any, signed: bool, s: int) -> float:
            """Return the parameter of a service's sd: as it is, or moved to the sd's log."""
            found: float = q[s] if signed else q[s] + math.log(reals[3]) - SIGNED_START
            return found

        @tools.jit
        def common(reals: Any, q: Any, s: int, sweep: Any) -> float:
            """Return what the removal of the common shift took from a service's effects before scaling."""
            n, services = sweep.shape
            total = 0.0
            for level in range(n):
                total += sweep[level, s] * q[services + level * services + s]
            found: float = total * reals[4 + 2 * n * services + s]
            return found

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            n, services = effects.shape
            centring, sweep = table(reals, 4, n, services), table(reals, 4 + n * services, n, services)
            for s in range(services):
                signed = reals[4 + (2 * n + 1) * services + s] > 0.0
                sd, log_sd, sign = spread(signed, reals[3], parameter(reals, q, signed, s))
                added = common(reals, q, s, sweep)
                for level in range(n):
                    factor, _ = scales(centring[level, s], log_sd, sd)
                    raw = q[services + level * services + s] + added
                    effects[level, s] = reals[0] * sign * factor * raw
                    shift[s] += sweep[level, s] * effects[level, s]

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            n, services = effects.shape
            centring, sweep = table(reals, 4, n, services), table(reals, 4 + n * services, n, services)
            total = 0.0
            for s in range(services):
                signed = reals[4 + (2 * n + 1) * services + s] > 0.0
                at_sd = parameter(reals, q, signed, s)
                sd, log_sd, sign = spread(signed, reals[3], at_sd)
                value, slope = spread_prior(signed, ints[0], reals[1], reals[2], at_sd)
                added, log_sd_bar, pull = common(reals, q, s, sweep), 0.0, 0.0
                total += value
                for level in range(n):
                    share, at = centring[level, s], services + level * services + s
                    factor, inverse = scales(share, log_sd, sd)
                    z = (q[at] + added) * inverse
                    bar = effects_bar[level, s] + sweep[level, s] * shift_bar[s]
                    q_bar[at] = reals[0] * sign * factor * bar - z * inverse
                    pull += q_bar[at]
                    log_sd_bar += bar * effects[level, s] * (1.0 - share) + share * (z * z - 1.0)
                    total -= 0.5 * z * z + share * log_sd + LOG_ROOT_2_PI
                q_bar[s] = log_sd_bar * by_log(signed, at_sd) + slope
                pull *= reals[4 + 2 * n * services + s]
                for level in range(n):
                    q_bar[services + level * services + s] += sweep[level, s] * pull
            return total

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads."""
        name = self.name
        code, numbers = positive_block(self.prior(priors), data[f"{name}_sd_prior"])
        reals = [data[f"{name}_mask"], numbers]
        reals += [data[f"{name}_{of}"] for of in ("centring", "sweep", "common_shift", "signed")]
        return [code], reals


def of(design: Design) -> tuple[GroupEffects, ...]:
    """Return the effects of every group that is not exhaustive."""
    return tuple(GroupEffects(design, name) for name, group in design.groups.items() if not group.exhaustive)
