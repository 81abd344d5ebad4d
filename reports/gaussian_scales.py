r"""The scales of a Gaussian model: without limits :math:`E[y]` is the linear predictor itself."""

from __future__ import annotations

from reports._scale import Scale
from reports.tobit_scales import expected, latent

__all__ = ["SCALES"]

SCALES = (
    Scale("expected", "E[y], limits ignored", "outcome", expected, ratio="of averages"),
    Scale("latent", "linear predictor", "index", latent),
)
