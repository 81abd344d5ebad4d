"""One problem for all: the rows, contrasts and priors of a model, written down for other programs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.models._prepare import case


@dataclass(frozen=True)
class Problem:
    """Files that a peer reads.

    Attributes
    ----------
    rows : path
        CSV: `y`, `censored` (-1, 0, 1), `service`, one column per exposure (`x0`, ...), control
        (`z0`, ...) and group.
    priors : path
        JSON: locations and scales on the latent index, names of columns.
    """

    rows: Path
    priors: Path


def write(folder: Path, model: str, service: str | None) -> Problem:
    """Write a Tobit's problem; columns are centred contrasts, as in our design."""
    given = case(model, **({"service": service} if service else {}))
    design, priors = given.design, given.priors
    unit = design.unit_of
    frame = pd.DataFrame({"y": design.y})
    lower, upper = design.limits
    frame["censored"] = np.where(design.y <= lower, -1, np.where(design.y >= upper, 1, 0))
    frame["service"] = np.asarray(design.services)[design.service_of]
    frame["unit"] = unit
    xs = [f"x{k}" for k in range(design.x.shape[1])]
    zs = [f"z{k}" for k in range(design.z.shape[1])]
    frame[xs], frame[zs] = design.x[unit], design.z[unit]
    for name, group in design.groups.items():
        frame[name] = np.asarray(group.levels)[group.index[unit]]
    stem = folder / f"{model}-{service or 'joint'}"
    told: dict[str, Any] = {
        "exposures": xs,
        "controls": zs,
        "groups": list(design.groups),
        "levels": {name: list(group.levels) for name, group in design.groups.items()},
        "limits": [lower, upper],
        "intercept": list(priors.located("intercept")),
        "exposure": list(priors.located("exposure_mean")),
        "exposure_spread": priors.scale("exposure_spread"),
        "exposure_marginal": float(np.hypot(priors.located("exposure_mean")[1], priors.scale("exposure_spread"))),
        "control": list(priors.located("control")),
        "group_sd": {name: priors.scale(f"group_sd.{name}") for name in design.groups},
        **({"unit_sd": priors.scale("unit_sd")} if design.unit_intercept else {}),
        "residual_sd": priors.scale("residual_sd"),
    }
    problem = Problem(stem.with_suffix(".csv"), stem.with_suffix(".priors.json"))
    frame.to_csv(problem.rows, index=False)
    problem.priors.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return problem
