"""Names that can be stored as folders, netCDF variables or labels, and safe keys for all other names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from data.errors import Problem

LONGEST = 120
"""Most characters of a name; a fit's folder and its variables combine several names."""

LONGEST_FOLDER = 80
LONGEST_KEY = 60

PARAMETER_ENDS = (
    "_sd",
    "_effect",
    "_raw",
    "_coef",
    "_mean",
    "_spread",
    "_swept",
    "_power",
    "_mask",
    "_centring",
    "_sweep",
)
"""Endings of a fit's own variables; a group with such a name could be mistaken for one of them."""

RESERVED_GROUPS = frozenset(
    {"unit", "service", "exposure", "control", "cell", "chain", "draw", "residual", "intercept", "availability"}
    | {"utilisation", "level", "effect", "estimate", "quantile"}
)
"""Dims and variables that every fit has."""

_FOLDER_BAD = re.compile(r'[/\\:*?"<>|]')
_KEPT = re.compile(r"[^\w.-]+")


def text_faults(where: str, name: str) -> list[Problem]:
    """Return problems of a name that is stored as a label: blank, too long, or with invisible characters."""
    if not name.strip():
        return [Problem(where, "a name of blanks alone", "a name")]
    if len(name) > LONGEST:
        step = "Say it in the `label`, which may hold anything"
        return [Problem(where, f"a name of {len(name)} letters", f"at most {LONGEST}", step)]
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in name):
        return [Problem(where, "a name with a control character", "letters that can be seen")]
    return []


def folder_faults(where: str, name: str) -> list[Problem]:
    """Return problems of a name that becomes part of a folder's name, as models' and studies' do."""
    if problems := text_faults(where, name):
        return problems
    step = "Say it in the `title`, which may hold anything"
    if len(name) > LONGEST_FOLDER:
        return [Problem(where, f"a name of {len(name)} letters", f"at most {LONGEST_FOLDER}", step)]
    if found := _FOLDER_BAD.search(name):
        return [Problem(where, f"a name with {found[0]!r}, which no folder can hold", "a name without it", step)]
    if name[0] in ".-" or name != name.strip():
        return [Problem(where, f"{name!r}", "a name that begins with a letter or a digit and has no blanks around it")]
    return []


def group_faults(where: str, name: str) -> list[Problem]:
    """Return problems of a group's name, which names dims and variables of the stored draws."""
    if problems := text_faults(where, name):
        return problems
    step = "Give the variable another name, and the column's under `columns`"
    if "/" in name or name != name.strip():
        got = "a '/' in the name of a group" if "/" in name else "blanks around the name of a group"
        return [Problem(where, got, "a name that a file of draws can hold", step)]
    if name in RESERVED_GROUPS:
        known = ", ".join(sorted(RESERVED_GROUPS))
        return [Problem(where, f"{name!r} as a group, a reserved name", f"another name than {known}", step)]
    if name.endswith(PARAMETER_ENDS):
        end = next(end for end in PARAMETER_ENDS if name.endswith(end))
        return [Problem(where, f"a group that ends in {end!r}, as a fit's own variables do", "another name", step)]
    return []


def safe_key(label: str) -> str:
    """Return a name for folders and files made of a label; different labels have different keys.

    Letters, digits, dots and dashes stay; a label that holds anything else gets the beginning of its hash.
    """
    key = _plain_key(label)
    return key if key == label else _hashed(key, label)


def safe_keys(labels: Iterable[str]) -> dict[str, str]:
    """Return file names by label; only labels that would share a name get a hash."""
    keys = {label: _plain_key(label) for label in labels}
    folded = [key.casefold() for key in keys.values()]
    return {
        label: _hashed(key, label) if folded.count(key.casefold()) > 1 or not key else key
        for label, key in keys.items()
    }


def _plain_key(label: str) -> str:
    return _KEPT.sub("_", unicodedata.normalize("NFC", label)).strip("._-")[:LONGEST_KEY]


def _hashed(key: str, label: str) -> str:
    return f"{key}-{hashlib.sha256(label.encode()).hexdigest()[:6]}".strip("-")
