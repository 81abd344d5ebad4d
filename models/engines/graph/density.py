r"""The components of a model and a family on top of them, as one PyMC model.

.. math::

    \eta_{is} = \sum_k c_k(i, s)

Everything that may vary from fit to fit (the outcome, covariates, prior numbers, masks and weights) enters as
`pm.Data`. This graph is the reference. The default sampler uses `models.engines.compiled.driver`, the same density
compiled once; tests hold the two equal.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from data.arrays import Array
from models.design import Design
from models.engines.compiled.jit_cache import check_caches
from models.engines.graph.tools import GraphTools
from models.engines.model_data import coordinates, inputs
from models.family import Family
from models.predictors.family_parameter import family_parameters
from models.predictors.predictor import components_of
from priors.translate import Translated


def build(design: Design, family: Family, priors: Translated) -> pm.Model:
    """Return the model, with `inputs` as its data and `y` (cell,) as its observed variable."""
    check_caches()  # PyTensor also keeps compiled code through numba
    with pm.Model(coords=coordinates(design, family)) as model:
        data = {name: pm.Data(name, value) for name, value in inputs(design, family, priors).items()}
        tools = GraphTools(data, priors)
        eta: Any = 0.0
        for part in components_of(design):
            added, shift = part.graph(tools)
            eta, tools.shift = eta + added, tools.shift + shift
        every = pt.zeros((len(design.units), len(design.services)))
        cells = (eta + every)[data["unit_of"], data["service_of"]]
        values = {}
        for part in family_parameters(design, family):
            value, _ = part.graph(tools)
            if part.parameter.per_service:
                values[part.name] = value[data["service_of"]]
            else:  # one set for all services, as if every cell were of a first one
                values[part.name] = pt.shape_padleft(value)[pt.zeros_like(data["service_of"])]
        _observe(family, data, cells, values)
    return model


def _observe(family: Family, data: dict[str, Any], eta: Any, values: dict[str, Any]) -> Any:
    """Add the observed variable `y` with dims ``("cell",)`` to the open model."""
    names = list(values)
    vectors = [bool(one.dim) for one in family.others]
    given = ["(n,k)" if vector else "(n)" for vector in vectors]
    pieces = [data[f"cells_{piece}"] for piece in ("left", "interior", "right")]
    return pm.CustomDist(
        "y",
        eta,
        *values.values(),
        data["weight"],
        data["lower"],
        data["upper"],
        *pieces,
        logp=partial(_log_density, family, names),
        random=partial(_draw, family, names),
        signature=f"(n),{''.join(one + ',' for one in given)}(n),(),(),(a),(b),(c)->(n)",
        observed=data["observed"],
        dims="cell",
    )


def _log_density(family: Family, names: list[str], y: Any, eta: Any, *given: Any) -> Any:
    """Return the weighted pointwise log-density."""
    values = dict(zip(names, given, strict=False))
    weight, lower, upper, left, interior, right = given[len(names) :]
    return weight * family.graph(pt, y, eta, values, (lower, upper), left, interior, right)


def _draw(
    family: Family,
    names: list[str],
    eta: Array,
    *given: Any,
    rng: np.random.Generator | None = None,
    size: Any = None,
) -> Array:
    """Return drawn outcomes."""
    values = dict(zip(names, given, strict=False))
    lower, upper = given[len(names) + 1 : len(names) + 3]
    generator = rng if rng is not None else np.random.default_rng()
    return family.draw(eta, values, (float(lower), float(upper)), generator)
