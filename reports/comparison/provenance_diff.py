"""How fits were made, aspect by aspect in words, and in which aspects they differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.disclosure import part_of
from fits.planning.pooling import pooled_by, pooling_words
from fits.storage.manifest import Request
from reports.comparison.stored_alone import Party

SAME = "the same"

MOST_NAMED = 6
"""Names listed of a longer list; the rest are counted."""


@dataclass(frozen=True)
class Aspect:
    """One thing in which fits differ.

    Attributes
    ----------
    name : str
        Such as ``data`` or ``prior set``.
    values : dict of str to str
        By fit, in words.
    """

    name: str
    values: Mapping[str, str]


def differing(fits: Mapping[str, Party]) -> tuple[tuple[Aspect, ...], tuple[str, ...]]:
    """Return in what fits differ, and the names of the aspects in which they are alike."""
    found: list[Aspect] = []
    alike: list[str] = []
    for name, words in ASPECTS.items():
        values = words(fits)
        if len(set(values.values())) > 1:
            found.append(Aspect(name, values))
        else:
            alike.append(name)
    return tuple(found), tuple(alike)


def data_differ(fits: Mapping[str, Party]) -> bool:
    """Return whether fits are of different rows, or of the same rows read otherwise."""
    requests = (one.manifest.request for one in fits.values())
    return len({(one.data_sha256, one.columns_sha256, one.codebook_sha256, one.wave) for one in requests}) > 1


def same_rows(fits: Mapping[str, Party]) -> bool:
    """Return whether fits are of the same rows of the same file, however they are read."""
    requests = (one.manifest.request for one in fits.values())
    return len({(one.data_sha256, one.columns_sha256, one.wave) for one in requests}) == 1


def _data(fits: Mapping[str, Party]) -> dict[str, str]:
    def words(one: Party) -> str:
        manifest = one.manifest
        file = Path(manifest.paths["data"]).name if manifest.paths["data"] else "the project's own"
        return f"{file} ({manifest.stamp})" if manifest.simulated else file

    return _marked(fits, words, lambda request: f"{request.data_sha256} {request.columns_sha256}")


def _rows(fits: Mapping[str, Party]) -> dict[str, str]:
    sizes = [one.manifest.design["units"] for one in fits.values()]
    others = [size for size in sizes if isinstance(size, int)] if same_rows(fits) else []

    def words(one: Party) -> str:
        design = one.manifest.design
        units, lost = part_of(design["units"], *others) if design["units"] in others else None, design["rows_lost"]
        told = f", {_number(lost)} units lost to missing values" if lost else ""
        if units and units.hidden:  # a fit beside it uses a few units more: how many answers those give would tell
            return f"{units} units{told}"
        return f"{_number(design['units'])} units, {_number(design['cells'])} answers{told}"

    return {label: words(one) for label, one in fits.items()}


def _number(size: int | str) -> str:
    """A size of a manifest, which withholds some as texts."""
    return size if isinstance(size, str) else f"{size:,}"


def _model(fits: Mapping[str, Party]) -> dict[str, str]:
    # A rival likelihood or another pooling changes a model's hash, and is an aspect of its own.
    requests = [one.manifest.request for one in fits.values()]
    rivals = {(one.family, one.pooling, one.pooling_weight) for one in requests}
    return _marked(
        fits,
        lambda one: one.manifest.request.model,
        lambda request: request.model_sha256 if len(rivals) == 1 else request.codebook_sha256,
    )


def _outcome(one: Party) -> str:
    outcome, unit = (str(one.manifest.design.get(key, "")) for key in ("outcome", "outcome_unit"))
    return " ".join(filter(None, [outcome, f"in {unit}" if unit else ""]))


def _likelihood(one: Party) -> str:
    design = one.manifest.design
    limits = [f"{limit:g}" for limit in map(float, design["limits"]) if math.isfinite(limit)]
    heeded = f", limits at {' and '.join(limits)}" if limits else ""
    return f"{design['family']}{heeded}{' (a rival, by --family)' if one.manifest.request.family else ''}"


def _services(one: Party) -> str:
    names = [str(name) for name in one.manifest.design["services"]]
    if len(names) == 1:
        return f"one alone: {names[0]}"
    how = "an equation each" if one.manifest.kind == "mle" else "jointly"
    return f"{len(names)} {how}: {_listed(names)}"


def _services_pooled(one: Party) -> str:
    chosen = " (by --pooling)" if one.manifest.request.pooling else ""
    return pooling_words(*pooled_by(one.manifest)) + chosen


def _pooling(one: Party) -> str:
    groups = ", ".join(f"{levels} of {name}" for name, levels in one.manifest.design["groups"].items())
    if not groups:
        return "none" + (" (a single level)" if one.manifest.request.single_level else "")
    with one.fit.draws() as draws:
        return groups + (", and an intercept per unit" if "unit_sd" in draws["posterior"].data_vars else "")


def _priors(fits: Mapping[str, Party]) -> dict[str, str]:
    return _marked(fits, lambda one: one.manifest.request.priors or "none", lambda request: request.priors_sha256)


def _sampler(one: Party) -> str:
    has = one.manifest.request.settings
    if one.manifest.kind == "mle":
        return "maximum likelihood"
    known = ("engine", "chains", "draws", "tune", "seed")
    engine, chains, draws, tune, seed = (has.get(key) for key in known)
    rest = "".join(f", {key} {value}" for key, value in has.items() if key not in known)
    rest += ", pooled with a second run" if one.manifest.pooled else ""
    return f"{engine}, {chains} x {draws} draws after {tune}, seed {seed}{rest}"


def _versions(fits: Mapping[str, Party]) -> dict[str, str]:
    """Only libraries that differ between fits that have them; what one engine alone needs is no difference."""
    versions = {label: _libraries(one) for label, one in fits.items()}
    names = sorted({name for held in versions.values() for name in held})
    apart = [name for name in names if len({held[name] for held in versions.values() if name in held}) > 1]
    return {
        label: ", ".join(f"{name} {held[name]}" for name in apart if name in held) or SAME
        for label, held in versions.items()
    }


def _libraries(one: Party) -> dict[str, str]:
    """Versions by name; each family has code of its own, and so has maximum likelihood."""
    held = one.manifest.request.versions
    family = one.manifest.design["family"]
    code = f"code of {family}" if one.manifest.kind == "posterior" else f"code of maximum likelihood of {family}"
    return {code if name == "code" else name: number for name, number in held.items()}


def _columns(kind: str) -> Callable[[Mapping[str, Party]], dict[str, str]]:
    """Words for exposures or controls: with their contrasts, and of long lists only what not all have."""

    def words(fits: Mapping[str, Party]) -> dict[str, str]:
        held = {
            label: [f"{name} ({contrast})" for name, contrast in one.manifest.design[kind].items()]
            for label, one in fits.items()
        }
        common = {name for name in next(iter(held.values())) if all(name in names for names in held.values())}
        said = {}
        for label, names in held.items():
            own = [name for name in names if name not in common]
            shared = f"{len(common)} that all have" if common else ""
            said[label] = ", and ".join(filter(None, [shared, _listed(own)])) or "none"
        return said

    return words


def _marked(fits: Mapping[str, Party], words: Callable[[Party], str], key: Callable[[Request], str]) -> dict[str, str]:
    """Words, with a hash where one and the same words stand for different contents."""
    said = {label: words(one) for label, one in fits.items()}
    keys = {label: key(one.manifest.request) for label, one in fits.items()}
    twofold = {text for text in said.values() if len({keys[label] for label in said if said[label] == text}) > 1}
    return {
        label: f"{text}, contents {keys[label].strip()[:8] or 'none'}" if text in twofold else text
        for label, text in said.items()
    }


def _of_each(words: Callable[[Party], str]) -> Callable[[Mapping[str, Party]], dict[str, str]]:
    """Words that one fit gives by itself, for every fit."""
    return lambda fits: {label: words(one) for label, one in fits.items()}


def _listed(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


ASPECTS: dict[str, Callable[[Mapping[str, Party]], dict[str, str]]] = {
    "study": lambda fits: _marked(fits, lambda one: one.manifest.request.study, lambda one: one.codebook_sha256),
    "data": _data,
    "wave": _of_each(lambda one: str(one.manifest.request.wave or "none")),
    "rows": _rows,
    "model": _model,
    "outcome": _of_each(_outcome),
    "services": _of_each(_services),
    "exposures": _columns("exposures"),
    "controls": _columns("controls"),
    "likelihood": _of_each(_likelihood),
    "prior set": _priors,
    "services pooled": _of_each(_services_pooled),
    "groups pooled": _of_each(_pooling),
    "sampler": _of_each(_sampler),
    "versions": _versions,
}
"""In the order in which they are told."""
