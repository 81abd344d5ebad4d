r"""The scales of a Gaussian model: without limits :math:`E[y]` is the linear predictor itself."""

from __future__ import annotations

from fits.effects.scale import Scale
from fits.effects.scales.tobit import expected, latent

SCALES = (
    Scale("expected", "E[y], limits ignored", "outcome", expected, ratio="of averages"),
    Scale("latent", "linear predictor", "index", latent),
)
