"""The shape by which coefficients are pooled over services, as it stands in names and is told in words."""

from __future__ import annotations

from fits.storage.manifest import Manifest

NONE = "none"
"""The shape of a model that pools no services."""

ONLY = "normal"
"""The shape where a fit or a record names none: there was no other then."""


def pooling_name(shape: str, weight: float | None) -> str:
    """Return the part of a fit's name that says a shape other than the model's own; '' where there is none."""
    return "_".join(["pooling", shape, *([] if weight is None else [str(weight)])]) if shape else ""


def pooling_words(shape: str, weight: float | None) -> str:
    """Return a shape in words, such as ``mixture, 0.8 of the services alike``."""
    return shape if weight is None else f"{shape}, {weight:g} of the services alike"


def pooled_by(manifest: Manifest) -> tuple[str, float | None]:
    """Return the shape by which a fit pools services, and the weight of a mixture; `none` where it pools none."""
    design = manifest.design
    if manifest.kind == "mle" or len(design["services"]) == 1:
        return NONE, None
    return design.get("pooling", ONLY), design.get("pooling_weight")
