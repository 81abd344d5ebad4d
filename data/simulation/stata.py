"""Write a Stata file in an old format: Latin-1 text, value labels and Stata's own missing values."""

from __future__ import annotations

import datetime
import struct
from io import BytesIO
from typing import Literal

import pandas as pd

VERSION: Literal[114] = 114
"""File format of Stata 10, whose text is Latin-1."""

WRITTEN = datetime.datetime(2018, 1, 1)  # Stata's time stamp has no zone
"""The file's time stamp, always the same, so that the same study has the same bytes."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"

LABELLED_MISSING = 2147483621
"""Code of Stata's ``.`` in a table of value labels; ``.a`` to ``.z`` are the next numbers."""


def stand_in(tag: str) -> float:
    """Return the number that stands for a missing value such as ``.a`` until the file is written.

    pandas cannot write tagged missing values, so the largest numbers that it can write stand for them. They begin
    at 8.9e307, which no answer reaches.
    """
    return float(struct.unpack("<d", _stand_in(tag[1]))[0])


def stata_bytes(
    table: pd.DataFrame, *, title: str, labels: dict[str, str], value_labels: dict[str, dict[int | str, str]]
) -> bytes:
    """Return the table as a .dta file that Stata 10 and later can read.

    Parameters
    ----------
    table : pandas.DataFrame
        Numbers and text; a float column may hold `stand_in` numbers.
    title : str
        The file's label, up to 80 characters.
    labels : dict
        Column -> its label, up to 80 characters.
    value_labels : dict
        Column -> {code, or missing value such as ``.a`` -> its label}.
    """
    buffer = BytesIO()
    table.to_stata(
        buffer,
        write_index=False,
        byteorder="little",
        version=VERSION,
        time_stamp=WRITTEN,
        data_label=title,
        variable_labels=dict(labels),
        value_labels={
            column: {_label_key(code): text for code, text in known.items()} for column, known in value_labels.items()
        },
    )
    content = buffer.getvalue()
    for letter in LETTERS:
        content = content.replace(_stand_in(letter), _missing(letter))
    return content


def _stand_in(letter: str) -> bytes:
    """Return the largest double that is not a missing value, with the letter in its lowest byte."""
    return letter.encode("ascii") + b"\xff\xff\xff\xff\xff\xdf\x7f"


def _missing(letter: str) -> bytes:
    """Return the double that Stata reads as this missing value."""
    return b"\0\0\0\0\0" + bytes([1 + LETTERS.index(letter)]) + b"\xe0\x7f"


def _label_key(code: int | str) -> float:
    return code if isinstance(code, int) else LABELLED_MISSING + 1 + LETTERS.index(code[1])
