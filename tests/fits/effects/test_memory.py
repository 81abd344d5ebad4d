"""A census at full size: averages over units never hold what they are averaged from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fits.effects.averages import average_contrasts, place_of
from fits.effects.contrasts import contrasts_of
from models.design import Design
from models.family import Family
from tests.models._prepare import Case, case
from tests.running import python

STATUS = Path("/proc/self/status")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not STATUS.is_file(), reason="the peak is read from Linux's /proc")]

UNITS, CHAINS, DRAWS = 13_585, 4, 1000


def census() -> tuple[Case, xr.Dataset]:
    """The simulated clinics over and over until there are 13,585, all answering every service."""
    given = case("peer_logit")
    design = given.design
    which = np.arange(UNITS) % len(design.units)
    services = len(design.services)
    large: Design = replace(
        design,
        x=design.x[which],
        z=design.z[which],
        groups={name: replace(group, index=group.index[which]) for name, group in design.groups.items()},
        units=design.units[which],
        unit_of=np.repeat(np.arange(UNITS), services),
        service_of=np.tile(np.arange(services), UNITS),
        y=np.zeros(UNITS * services),
        exposures=tuple(replace(column, values=column.values[which]) for column in design.exposures),
        controls=tuple(replace(column, values=column.values[which]) for column in design.controls),
    )
    return replace(given, design=large), given.loaded.dataset


def write_posterior(design: Design, path: Path) -> None:
    rng, lead = np.random.default_rng(1), (CHAINS, DRAWS)
    sizes = {"service": len(design.services), "exposure": len(design.exposures), "control": len(design.controls)}
    sizes |= {name: len(group.levels) for name, group in design.groups.items()} | {"unit": UNITS}
    arrays = {
        "intercept": ("service",),
        "exposure_coef": ("exposure", "service"),
        "control_coef": ("control", "service"),
        **{f"{name}_effect": (name, "service") for name in design.groups},
        "unit_effect": ("unit",),
    }
    xr.Dataset(
        {
            name: (("chain", "draw", *dims), 0.3 * rng.standard_normal((*lead, *(sizes[dim] for dim in dims))))
            for name, dims in arrays.items()
        },
        coords={
            "service": list(design.services),
            "exposure": [column.label for column in design.exposures],
            "control": [column.label for column in design.controls],
        },
    ).to_netcdf(path, engine="h5netcdf")


def measure(path: str) -> None:
    """In a process of its own: print the peak and one average."""
    given, dataset = census()
    design = given.design
    contrasts = contrasts_of(design, dataset, given.loaded.codebook, exposures=("peer_influence",))
    with xr.open_dataset(path, engine="h5netcdf") as posterior:
        found = average_contrasts(
            posterior,
            design,
            given.family,
            contrasts=contrasts,
            scales=(Family.find("bernoulli").scales_within()["probability"],),
            place=place_of("these", design),
        )["probability"]
    # Not from getrusage, which counts the process that this one was started from until it became itself.
    peak = next(line.split()[1] for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    print(
        json.dumps({"peak_gib": int(peak) / 2**20, "mean": float(found["change"].mean()), "sizes": dict(found.sizes)})
    )


def test_thirteen_thousand_units_by_four_thousand_draws_stay_far_below_four_gib(tmp_path: Path) -> None:
    given, _ = census()
    path = tmp_path / "posterior.nc"
    write_posterior(given.design, path)
    code = f"from tests.fits.effects.test_memory import measure; measure({str(path)!r})"
    told = json.loads(python("-c", code).stdout.splitlines()[-1])
    assert told["sizes"] == {"chain": CHAINS, "draw": DRAWS, "exposure": 1, "service": 8, "level": 1}
    assert np.isfinite(told["mean"])
    # The linear predictors of all units, services and draws would take 3.2 GiB by themselves, the draws alone .4 GiB.
    assert told["peak_gib"] < 1.0
