"""Decode the bytes of a text file, in the declared encoding or in the one that the bytes show."""

from __future__ import annotations

import codecs
import re
import unicodedata

from data.errors import InputError, Problem

FALLBACK = "windows-1252"
"""Encoding that is tried when a file is not UTF-8: it has all of Latin-1's letters."""

SAMPLED = 4_000_000
"""Most characters that are examined."""

MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte-order marks at the beginning of a file, with the encoding that each shows."""

_UTF8_LETTER = re.compile(rb"[\xc3-\xf4][\x80-\xbf]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_IN_WORDS = frozenset("’'-–·")


def decoded(content: bytes, path: str, declared: str) -> tuple[str, str]:
    """Return a file's text, and a sentence for users where the encoding was guessed.

    Parameters
    ----------
    path : str
        The file's name in errors.
    declared : str
        The encoding that the study or the mapping file declares; '' for none.

    Raises
    ------
    InputError
        When the bytes are not in the declared encoding, or in none that is plausible.
    """
    if declared:
        return _declared(content, path, declared), ""
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return _declared(content, path, encoding), ""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _guessed(content, path, error)
    if "\x00" in text:
        raise _bad(path, "null characters, as in a file that is not text", "a table written as text")
    return text, ""


def _declared(content: bytes, path: str, encoding: str) -> str:
    try:
        text = content.decode("utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding)
    except UnicodeError as error:
        got = f"bytes that are not {encoding} ({error})"
        raise _bad(path, got, f"text in {encoding}", "Save the file as UTF-8, or declare its `encoding`") from error
    return text.removeprefix("\ufeff")


def _guessed(content: bytes, path: str, error: UnicodeDecodeError) -> tuple[str, str]:
    try:
        text = content.decode(FALLBACK)
    except UnicodeDecodeError:
        text = ""
    if not text or not _plausible(text[:SAMPLED], content[:SAMPLED]):
        got = f"bytes that are not UTF-8 ({error})"
        step = 'Save the file as UTF-8, or declare `encoding = "..."` in the study or in the --columns file'
        raise _bad(path, got, "text in UTF-8", step) from error
    return text, "The file is not UTF-8 and was read as Windows-1252. If accents are wrong, declare `encoding`."


def _plausible(text: str, content: bytes) -> bool:
    """Whether text read as Windows-1252 looks like words: letters, no control characters, no damaged UTF-8."""
    if _CONTROL.search(text) or (_UTF8_LETTER.search(content) and _mostly_utf8(content)):
        return False
    return all(_fits(text, place) for place in (match.start() for match in re.finditer(r"[^\x00-\x7f]", text)))


def _mostly_utf8(content: bytes) -> bool:
    """Whether most bytes above 127 belong to UTF-8 letters, so that the file is UTF-8 with a fault in it."""
    inside = sum(len(match.group()) for match in _UTF8_LETTER.finditer(content))
    return inside >= sum(byte > 127 for byte in content) / 2


def _fits(text: str, place: int) -> bool:
    """Whether a character fits its place: no capital after a lower-case letter, no sign between two letters."""
    before, here, after = text[place - 1 : place], text[place], text[place + 1 : place + 2]
    if unicodedata.category(here).startswith("L"):
        return not (here.isupper() and before.islower())
    return here in _IN_WORDS or not (before.isalpha() and after.isalpha())


def _bad(path: str, got: str, expected: str, next_step: str = "") -> InputError:
    return InputError([Problem(path, got, expected, next_step)])
