r"""The Gaussian family: a linear model that treats the outcome's limits as ordinary values.

.. math::

    y_{is} \sim N(\eta_{is}, \sigma_s^2)

It is the Tobit with infinite limits and shares the Tobit's code. Where many units are at a limit its effects are
too small; as a rival of the Tobit it shows how much the limits matter.
"""

from __future__ import annotations

from models.families import tobit
from models.family import Family

FAMILY = Family(
    name="gaussian",
    scale="points",
    equation="{y} ~ Normal(eta, residual_sd[service]),  the outcome's limits ignored",
    has_residual=True,
    counts=False,
    log_density=tobit.log_density,
    draw=tobit.draw,
    pieces=tobit.pieces,
    expected=tobit.expected,
    information=tobit.information,
    likelihood="tobit",
    censored=False,
)
