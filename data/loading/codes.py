"""Match cells to declared codes: by their exact text, else by the number they write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal

from data.loading.source import cell_text
from data.numbers import as_decimal
from data.variable import Variable

_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]{1,2}")
"""A number with a decimal comma; three digits after a comma may be thousands."""

WORDS = {"true": Decimal(1), "false": Decimal(0)}
"""Yes-or-no texts of some packages, with their numbers."""


class Codes[V]:
    """Declared codes with their meanings.

    A cell is matched by its exact text, then by its text without surrounding blanks, then as a number, so that 1,
    1.0 and "1" are one code however a package wrote it. A number that several codes write matches none of them.

    Parameters
    ----------
    declared : dict of str
        Code -> meaning.
    """

    def __init__(self, declared: Mapping[str, V]) -> None:
        self._exact = dict(declared)
        self._composed = {unicodedata.normalize("NFC", code): code for code in declared}
        self._loose: dict[Decimal, list[str]] = {}
        for code in declared:
            if (number := _number(code)) is not None:
                self._loose.setdefault(number, []).append(code)

    def __bool__(self) -> bool:
        return bool(self._exact)

    def key(self, text: str) -> str | None:
        """Return the declared code that a cell's text is, or None."""
        for exact in (text, text.rstrip(" "), text.strip()):
            if exact in self._exact:
                return exact
        if not text.isascii() and (composed := self._composed.get(unicodedata.normalize("NFC", text.strip()))):
            return composed
        number = _number(text)
        alike = self._loose.get(number, []) if number is not None else []
        return alike[0] if len(alike) == 1 else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._exact)

    def __getitem__(self, code: str) -> V:
        return self._exact[code]


def _number(text: str) -> Decimal | None:
    return WORDS.get(text.strip().lower(), as_decimal(pointed(text)))


def pointed(text: str) -> str:
    """Return a number with a decimal comma, such as 1,0 or -9,00, with a point instead; other text unchanged."""
    return text.replace(",", ".") if _COMMA.fullmatch(text.strip()) else text


NO_ANSWER = ""
"""The meaning of a declared missing code."""


def meanings(variable: Variable) -> dict[str, str]:
    """Return a variable's declared codes with their meanings as text; levels without codes are their own codes.

    This holds for levels of a `first_match` rule too, where a mapping names one column in place of several.
    """
    codes = {code: cell_text(meaning) for code, meaning in variable.codes.items()}
    if variable.first_match:
        made = [*(line.level for line in variable.first_match), *([variable.otherwise] if variable.otherwise else [])]
        return {level: level for level in made}
    return {**{level: level for level in variable.levels if level not in codes.values()}, **codes}


def meant(text: str, variable: Variable) -> str | None:
    """Return a mapping text's meaning: a code of the codebook, one of its levels or no answer; else None."""
    declared = meanings(variable)
    key = Codes(declared).key(text)
    if key is not None:
        return declared[key]
    if text in declared.values():
        return text
    missing = Codes({cell_text(code): NO_ANSWER for code in variable.missing_codes})
    return NO_ANSWER if missing.key(text) is not None else None
