"""The study behind a stored fit: read again, and refused in plain words when it is not the same any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from data.codebook import Codebook
from data.errors import InputError, Problem
from data.study import load_study
from data.toml_files import sha256_of
from fits.storage.fit import Fit
from models.design import Design, make_design
from models.family import Family
from models.sizes import Sizes
from models.spec import ModelSpec, read_against

AGAIN = "Fit again with python -m models.fit"


class ChangedError(InputError):
    """What a fit was made of is not there any more as it was; nothing is wrong with the request itself.

    Parameters
    ----------
    why : str
        In words that go on "not recomputed: ", such as "the model `m` changed since this fit was made".
    remedy : str
        What must be done first; '' where fitting again is enough.
    """

    def __init__(self, problems: tuple[Problem, ...], *, why: str, remedy: str = "") -> None:
        super().__init__(problems)
        self.why = why
        self.remedy = remedy


@dataclass(frozen=True)
class Reloaded:
    """A fit with the study, the design and the family it was made with."""

    fit: Fit
    codebook: Codebook
    dataset: xr.Dataset
    design: Design
    family: Family


def reload(fit: Fit, data: Path | None = None) -> Reloaded:
    """Return the fit with its study, which a stored fit does not hold.

    Parameters
    ----------
    data : Path, optional
        Where the data file is now, if not where it was.

    Raises
    ------
    ChangedError
        When the data file, a codebook, a mapping or a model is gone or is not what it was.
    InputError
        When `data` is no file, or not the fit's.
    """
    request, paths = fit.manifest.request, fit.manifest.paths
    where = f"fit {fit.name!r}"
    if fit.manifest.shared:
        got = "a shared fit, without the study, the rows and the private part that this needs"
        remedy = "Fit it where its data are"
        raise ChangedError((Problem(where, got, "a fit of one's own", remedy),), why="a shared fit", remedy=remedy)
    study, model = f"the codebook `{request.study}`", f"the model `{request.model}`"
    with _as_gone(f"{study} cannot be read any more"):
        codebook = Codebook.read(_there(paths["study"], where, "codebook") or request.study)
    _same(where, f"the codebook of study {request.study!r}", codebook.sha256, request.codebook_sha256, said=study)
    with _as_gone(f"{model} cannot be read any more"):
        spec = ModelSpec.find(request.model, codebook).with_family(request.family)
        spec = spec.with_pooling(request.pooling, request.pooling_weight)
    _same(where, f"the model {request.model!r}", spec.sha256, request.model_sha256, said=model)
    columns = _there(paths["columns"], where, "mapping of columns")
    _same(where, "the mapping of columns", sha256_of(columns) if columns else "", request.columns_sha256)
    path = data or _there(paths["data"], where, "data file", "Give --data FILE if it has moved")
    if data is not None and not paths["data"]:
        got = "--data, but the fit was made of the simulated study that comes with the project"
        raise InputError([Problem(where, got, "no --data")])
    if path is not None:
        if not path.is_file():
            raise InputError([Problem(str(path), "no such file", f"the data of {where}")])
        _same_data(where, path, request.data_sha256, given=data is not None)
    dataset = load_study(codebook, path, wave=request.wave or None, columns=columns)
    _same(where, "the simulated study", dataset.attrs["data_sha256"], request.data_sha256)
    family = Family.find(spec.family)
    design = make_design(
        read_against(spec, codebook, request.wave or None),
        dataset,
        codebook,
        family=family,
        service=request.service or None,
        single_level=request.single_level,
        contrasts=request.contrasts,
    )
    _same_design(fit, design)
    return Reloaded(fit, codebook, dataset, design, family)


def _same_design(fit: Fit, design: Design) -> None:
    """Raise where this version of the code reads the same study otherwise than the one that fitted it."""
    then = fit.manifest.design
    sizes = Sizes.of(design).plain()
    now = {
        "services": list(design.services),
        "exposures": {column.label: column.contrast for column in design.exposures},
        "controls": {column.label: column.contrast for column in design.controls},
        # As they may be told: the exact ones stand nowhere, and the data are the very same file.
        "units": sizes["units"],
        "cells": sizes["cells"],
    }
    changed = [key for key, value in now.items() if then.get(key) != value]
    if changed:
        got = f"other {' and '.join(changed)} than it was made with, by another version of this software"
        why = f"this version of the software reads other {' and '.join(changed)} than the fit was made with"
        raise ChangedError((Problem(f"fit {fit.name!r}", got, "the same design", AGAIN),), why=why)


def _there(path: str, where: str, what: str, advice: str = AGAIN) -> Path | None:
    """The user's own file, which must still exist; None for what comes with the project."""
    if not path:
        return None
    if not Path(path).is_file():
        expected = f"the {what} it was made with: a fit holds no rows, and averages over units need them"
        problem = Problem(where, f"its {what} {path}, which is gone", expected, advice)
        remedy = advice if advice != AGAIN else "Bring it back"
        raise ChangedError((problem,), why=f"the {what} `{Path(path).name}` is gone", remedy=remedy)
    return Path(path)


def _same(where: str, what: str, now: str, then: str, *, said: str = "") -> None:
    if now != then:
        got = f"{what}, which has changed since (hash {now[:8] or 'none'}, then {then[:8] or 'none'})"
        why = f"{said or what} changed since this fit was made"
        raise ChangedError((Problem(where, got, "what the fit was made with", AGAIN),), why=why)


def _same_data(where: str, path: Path, then: str, *, given: bool) -> None:
    """Refuse another file: where it was given by hand, the request is wrong, and nothing need have changed."""
    try:
        _same(where, f"the data in {path}", sha256_of(path), then, said=f"the data file `{path.name}`")
    except ChangedError as changed:
        if given:
            raise InputError(changed.problems) from changed
        raise


@contextmanager
def _as_gone(why: str) -> Iterator[None]:
    """Say of a declaration that cannot be read that it once could."""
    try:
        yield
    except ChangedError:
        raise
    except InputError as error:
        raise ChangedError(error.problems, why=why, remedy="Bring it back as it was") from error
