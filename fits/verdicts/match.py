"""Find the fits that can answer a reading, and the reasons why others cannot."""

from __future__ import annotations

from math import inf

from data.codebook import Codebook
from data.disclosure import FEW, SMALLEST_SHOWN
from data.errors import InputError
from fits.fit_with_study import Evidence
from fits.plan import FitPlan
from fits.verdicts.quantity import Averages
from fits.verdicts.source import Claim, Reading, Source
from models.family import Family
from models.predictors.predictor import everywhere
from models.spec import ModelSpec, read_against

ENOUGH = 2
"""A null claim of at most n large effects needs more than this times n effects: at most 3 of 3 says nothing."""


def why_not_evaluable(source: Source, claim: Claim, reading: Reading, evidence: Evidence, averages: Averages) -> str:
    """Return the reason why a fit cannot answer a reading; '' when it can."""
    manifest, design = evidence.manifest, evidence.design
    if manifest.kind == "mle":
        return "maximum likelihood has no posterior"
    if reading.outcome not in (design.reading.spec.outcome, *averages.outcomes.values()):
        return f"its outcome is not {reading.outcome}"
    if not is_analogue(source, evidence) and claim.wave and manifest.request.wave != claim.wave:
        return f"it is of wave {manifest.request.wave}, the claim of {claim.wave}"
    if reading.estimand != "level" and not _focal(reading, averages):
        lacks = reading.exposure.split("[")[0] not in evidence.codebook.variables
        study = f"study {evidence.codebook.name} has no {reading.exposure}"
        return study if lacks and not evidence.codebook.with_role(reading.exposure) else f"no focal {reading.exposure}"
    if reading.estimand == "effect" and len(averages.labels(reading.exposure)) > 1:
        return f"{reading.exposure} is several contrasts there"
    missing = [name for name in reading.services if name not in design.services]
    if missing:
        return f"it has no {', '.join(missing)}"
    if why := _no_quantity(reading, averages):
        return why
    services, units = averages.services(reading), averages.units()
    if reading.estimand == "effect" and len(services) > 1:
        return "it has several services, and the reading names none"
    few = [name for name in services or design.services if units.get(name, 0) < SMALLEST_SHOWN]
    if few:
        return f"{FEW} answer on {', '.join(few)}"
    effects = len(services) * len(averages.labels(reading.exposure))
    if reading.number and reading.estimand == "number_of_effects":
        enough = effects > ENOUGH * reading.number if claim.kind == "null" else effects >= reading.number
        if not enough:
            return f"it has {effects} effects, too few to ask for {reading.number} of them"
    return ""


def _no_quantity(reading: Reading, averages: Averages) -> str:
    """Return the reason why a fit lacks a reading's quantity, whatever its draws; '' when it has it."""
    design, scale = averages.design, averages.scale(reading.scale)
    if scale is None:
        return f"its family has no scale {reading.scale}"
    if reading.relative and scale.ratio != "of averages":
        return f"{scale.name} has no natural zero, so a part of it is no quantity"
    if reading.estimand in ("lead", "level") and scale.of is None:
        return f"{scale.name} has no level"
    if reading.target != "these" and not everywhere(design).known:
        return f"it has no groups, so no {reading.target} place"
    whole = {*averages.outcomes.values()} == {*design.reading.outcomes}
    by_name = bool(reading.services) or reading.outcome in averages.outcomes.values()
    if reading.estimand not in ("effect", "lead", "level") and not by_name and not whole:
        return f"it has {', '.join(design.services)} alone, the reading is about every service"
    return ""


def _focal(reading: Reading, averages: Averages) -> bool:
    """Whether the fit has the exposure, and every level with which a ranking compares it."""
    if not averages.labels(reading.exposure):
        return False
    if not reading.over:
        return True
    variable = averages.codebook.variables.get(reading.exposure.split("[")[0])
    reference = f"{reading.exposure.split('[')[0]}[{variable.reference}]" if variable else ""
    return all(averages.labels(name) == (name,) or name == reference for name in reading.over)


def is_analogue(source: Source, evidence: Evidence) -> bool:
    """Return whether a fit is of another study than the source is about."""
    return evidence.manifest.request.study != source.study


def command_for(source: Source, claim: Claim, reading: Reading) -> str:
    """Return the command of a fit that would answer a reading; '' where no model of the project would."""
    if not source.study:
        return ""
    try:
        codebook = Codebook.read(source.study)
    except InputError:
        return ""
    for name in ModelSpec.names():
        spec = ModelSpec.find(name)
        family = Family.find(spec.family)
        known = family.scales_within((-inf, inf) if family.binary else (0.0, 100.0))
        if spec.outcome != reading.outcome or (reading.scale and reading.scale not in known):
            continue
        try:
            found = read_against(spec, codebook, claim.wave or None)
        except InputError:
            continue
        focal = {term.variable for term in found.exposures}
        named = codebook.with_role(reading.exposure, claim.wave or None) or (reading.exposure.split("[")[0],)
        fits = reading.estimand == "level" or set(named) <= focal
        if reading.estimand == "effect" and (len(named) > 1 or len(reading.services or found.services) > 1):
            continue
        if fits and set(reading.services) <= set(found.services):
            wave = claim.wave if claim.wave != codebook.study.default_wave else 0
            return FitPlan(name, study=source.study, wave=wave or None).command()
    return ""
