"""The simulated clinics and their covariates, before any exposure or outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import ndtri

from data.arrays import Array, Index
from data.codebook import Codebook
from data.simulation.constants import Covariate, SimulatorConstants, States
from data.simulation.equations import column


def clinic_waves(constants: SimulatorConstants, rng: Generator) -> pd.DataFrame:
    """Return one row per clinic and wave with clinic, wave, state, unit type and ownership.

    Every state and every unit type occurs in every wave whatever the seed, so that all shapes are
    constant: the first panel clinics are given one state each, and the first few one type each.

    Returns
    -------
    pandas.DataFrame
        Waves stacked, clinics in the order of their ids within a wave.
    """
    n, both = constants.units.n, constants.panel.in_both_waves
    only = {wave: count - both for wave, count in n.items()}
    total = both + sum(only.values())
    clinics = _clinics(constants, total, rng=rng)
    waves = []
    start = both
    for wave, count in only.items():
        members = clinics.iloc[[*range(both), *range(start, start + count)]]
        waves.append(members.assign(wave=wave).sort_values("clinic"))
        start += count
    return pd.concat(waves, ignore_index=True)


def _clinics(constants: SimulatorConstants, total: int, *, rng: Generator) -> pd.DataFrame:
    states = [f"S{k:02d}" for k in range(1, constants.states.count + 1)]
    weight = state_sizes(constants.states)
    state = [*states, *rng.choice(states, total - len(states), p=weight / weight.sum())]
    share = constants.unit_types.share
    weight = np.array(list(share.values()))
    unit_type = [*share, *rng.choice(list(share), total - len(share), p=weight / weight.sum())]
    number = rng.permutation(total) + 1
    return pd.DataFrame(
        {
            "clinic": [f"C{k:04d}" for k in number],
            "state": state,
            "unit_type": unit_type,
            "ownership": _ownership(constants, unit_type, rng=rng),
        }
    )


def state_sizes(states: States) -> Array:
    """Return the relative size of each state, largest first.

    Sizes are evenly spaced quantiles of a lognormal on each side of the median, so that the largest, the
    median and the smallest are those declared.
    """
    z = -ndtri((np.arange(states.count) + 0.5) / states.count)
    t = z / z.max()
    upper, lower = np.log(states.largest / states.median), np.log(states.median / states.smallest)
    sizes: Array = states.median * np.exp(np.where(t > 0, t * upper, t * lower))
    return sizes


def _ownership(constants: SimulatorConstants, unit_type: list[str], *, rng: Generator) -> NDArray[np.str_]:
    for_profit = np.array([constants.ownership.for_profit[kind] for kind in unit_type])
    public = (1 - for_profit) * constants.ownership.public_among_rest
    u = rng.random(len(unit_type))
    return np.where(u < for_profit, "for_profit", np.where(u < for_profit + public, "public", "nonprofit"))


def with_covariates(
    frame: pd.DataFrame, constants: SimulatorConstants, *, codebook: Codebook, rng: Generator
) -> pd.DataFrame:
    """Return the frame with Medicaid expansion, the declared covariates and the 12-step model.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table that `clinic_waves` returns.
    codebook : Codebook
        Gives each covariate's range.
    """
    frame = frame.assign(medicaid_expansion=_expansion(frame, constants, rng=rng))
    rho = constants.persistence.correlation
    for name, covariate in constants.covariates.items():
        z = _persistent(frame, rho * covariate.reliability, rng=rng)
        low, high = codebook.variable(name).range or (-np.inf, np.inf)
        frame = frame.assign(**{name: _number(frame, covariate, z=z, limits=(low, high))})
    rate = frame["unit_type"].map(constants.twelve_step.rate).to_numpy(dtype=float)
    return frame.assign(twelve_step=(_persistent(frame, rho, rng=rng) < ndtri(rate)).astype(int))


def _expansion(frame: pd.DataFrame, constants: SimulatorConstants, *, rng: Generator) -> Index:
    """Return 1 where the clinic's state had expanded Medicaid by that wave; states expand in a fixed order."""
    states = sorted(frame["state"].unique())
    place = pd.Series(rng.permutation(len(states)), index=states)
    expanded = {
        wave: round(share * len(states)) for wave, share in constants.medicaid_expansion.share_of_states.items()
    }
    return np.asarray(frame["state"].map(place) < frame["wave"].map(expanded), dtype=np.int64)


def _persistent(frame: pd.DataFrame, correlation: float, *, rng: Generator) -> Array:
    """Return a standard normal per row, correlated between the waves of a clinic."""
    clinics = sorted(frame["clinic"].unique())
    shared = pd.Series(rng.standard_normal(len(clinics)), index=clinics)
    own = rng.standard_normal(len(frame))
    lasting = frame["clinic"].map(shared).to_numpy(dtype=float)
    z: Array = np.sqrt(correlation) * lasting + np.sqrt(1 - correlation) * own
    return z


def _number(frame: pd.DataFrame, covariate: Covariate, *, z: Array, limits: tuple[float, float]) -> Array:
    shift = np.zeros(len(frame))
    for label, size in covariate.shift.items():
        x = column(frame, label)
        shift = shift + size * (x - x.mean())
    latent = covariate.centre + shift + covariate.spread * z
    if covariate.part_of:
        value = np.clip(latent, 0, 1) * frame[covariate.part_of].to_numpy(dtype=float)
    else:
        value = np.clip(latent, *limits)
    return np.asarray(np.round(value, covariate.decimals), dtype=float)
