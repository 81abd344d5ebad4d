r"""The Gaussian family: a linear model that treats the outcome's limits as ordinary values.

.. math::

    y_{is} \sim N(\eta_{is}, \sigma_s^2)

It is the Tobit with infinite limits and shares the Tobit's code. Where many units are at a limit its effects are
too small; as a rival of the Tobit it shows how much the limits matter.
"""

from __future__ import annotations

from dataclasses import replace

from models.families import tobit
from models.scale import Quantity, Scale, linear_predictor

FAMILY = replace(
    tobit.FAMILY,
    name="gaussian",
    support="real",
    equation="{y} ~ Normal(eta, residual_sd[service]),  the outcome's limits ignored",
    scales=(
        Scale("expected", "E[y], limits ignored", "outcome", Quantity(tobit.expected), ratio="of averages"),
        Scale("latent", "linear predictor", "index", Quantity(linear_predictor)),
    ),
)
