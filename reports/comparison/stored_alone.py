"""Fits that can be compared by what is stored of them alone, and what therefore cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fits.fit_with_study import Evidence, ReadOfFit
from fits.listing import differences
from fits.reload import ChangedError, reload
from fits.storage.find import find
from fits.storage.fit import Fit
from models.family import Family

NEED_STUDY = ("effects on the outcome's scale", "leave-one-out scores", "verdicts on claims")
"""What needs the study of a fit, read as it was when the fit was made."""

AGAIN = "To compare them, fit again; a stored fit of that name is replaced"


@dataclass(frozen=True)
class StoredAlone(ReadOfFit):
    """A stored fit whose study, model or data are not what they were, so that its manifest and draws are all there is.

    Attributes
    ----------
    why : str
        Such as "the codebook `ndatss` changed since this fit was made".
    remedy : str
        What must be done before it can be fitted again; '' for nothing.
    differs : tuple of str
        What has changed since it was made.
    """

    fit: Fit
    why: str
    remedy: str = ""
    differs: tuple[str, ...] = ()

    @property
    def family(self) -> Family:
        """The likelihood's family."""
        return Family.find(str(self.manifest.design["family"]))

    @property
    def stale(self) -> bool:
        """Whether it would be made otherwise today: always, for it cannot be read as it was."""
        return True


type Party = Evidence | StoredAlone
"""A fit in a comparison."""


def read_party(name: str, *, home: Path, data: Path | None = None) -> Party:
    """Return the stored fit of a name or folder with its study, or alone where the study is not what it was.

    Parameters
    ----------
    data : Path, optional
        Where the fit's data file is now, if it has moved.

    Raises
    ------
    InputError
        For an unknown name, a damaged fit, or data that are not the fit's.
    """
    fit = find(name, home)
    # A fit of the study that comes with the project has no file that could have moved.
    moved = data if fit.manifest.paths.get("data") else None
    differs = tuple(differences(fit.manifest))
    try:
        return Evidence(reload(fit, moved), differs)
    except ChangedError as changed:
        return StoredAlone(fit, changed.why, changed.remedy, differs)


@dataclass(frozen=True)
class Uncompared:
    """What of one fit could not be compared.

    Attributes
    ----------
    why : str
        A sentence.
    what : tuple of str
        Not compared.
    remedy : str
        What makes it comparable, up to the command.
    command : str
        '' where there is none.
    """

    label: str
    fit: str
    why: str
    what: tuple[str, ...]
    remedy: str
    command: str

    @property
    def text(self) -> str:
        """Everything but the command."""
        end = ":" if self.command else "."
        return f"{self.label}, {self.why}. Not compared: {', '.join(self.what)}. {self.remedy}{end}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {**asdict(self), "what": list(self.what)}


def uncompared(fits: Mapping[str, Party], untold: tuple[str, ...] = ()) -> tuple[Uncompared, ...]:
    """Return what cannot be compared of fits that would be made otherwise today.

    Parameters
    ----------
    untold : tuple of str
        Labels of fits whose priors are not known any more.
    """
    found = []
    for label, one in fits.items():
        beliefs = ("the beliefs of its prior set",) if label in untold else ()
        remedy, command = AGAIN, f"{one.command} --force"
        if isinstance(one, StoredAlone):
            why, what = f"not recomputed: {one.why}", (*NEED_STUDY, *beliefs)
            if one.remedy:
                remedy, command = one.remedy, ""
        elif one.differs and one.manifest.kind == "posterior":
            why = f"stale, so that no verdict may rest on it: {'; '.join(one.differs)}"
            what = ("verdicts on claims", *beliefs)
        else:
            continue
        found.append(Uncompared(label, one.name, why, what, remedy, command))
    return tuple(found)
