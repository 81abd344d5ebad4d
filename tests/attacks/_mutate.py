"""Ways to damage a file of data or a declaration, each from a random generator."""

from __future__ import annotations

import re
from collections.abc import Callable

from numpy.random import Generator

Mutation = Callable[[bytes, Generator], bytes]

HUGE = 200_000
"""Characters of a cell, a name or a number that is far too long."""


def truncated(content: bytes, rng: Generator) -> bytes:
    return content[: int(rng.integers(0, len(content)))]


def flipped(content: bytes, rng: Generator) -> bytes:
    out = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        place = int(rng.integers(len(out)))
        out[place] ^= 1 << int(rng.integers(8))
    return bytes(out)


def overwritten(content: bytes, rng: Generator) -> bytes:
    place = int(rng.integers(len(content)))
    noise = rng.integers(0, 256, size=int(rng.integers(1, 40)), dtype="uint8").tobytes()
    return content[:place] + noise + content[place + len(noise) :]


def removed(content: bytes, rng: Generator) -> bytes:
    first, last = sorted(rng.integers(0, len(content), size=2).tolist())
    return content[:first] + content[last:]


def doubled(content: bytes, rng: Generator) -> bytes:
    first, last = sorted(rng.integers(0, len(content), size=2).tolist())
    return content[:last] + content[first:]


def emptied(content: bytes, rng: Generator) -> bytes:
    return [b"", b"\n", b"\x00" * 64, content[:1], b"PK\x03\x04" + content][int(rng.integers(5))]


ANY_FILE: tuple[Mutation, ...] = (truncated, flipped, overwritten, removed, doubled, emptied)

CELLS = (
    *("", " ", "NA", "nan", "inf", "-inf", "1e308", "1e200", "1e999", "-9", "1_0", "0x1F", "1,5", "1.234,5", "1 000"),
    *('"', '"unclosed', "''", "a,b", "a;b", "=cmd()", "\x00", "\x1b[31m", "\ufeff", "\u202e", "é", "日本", "x" * HUGE),
    *("100.00000000000001", "99.99999999999999", "-0.0", "1e-320", "9" * 400, "TRUE", "yes", "None", "2017-02-30"),
)
"""Cells that text files hold by mistake."""


def cell(content: bytes, rng: Generator) -> bytes:
    """One or more cells of a text table replaced."""
    lines = content.decode().split("\n")
    for _ in range(int(rng.integers(1, 4))):
        row = int(rng.integers(len(lines)))
        cells = lines[row].split(",")
        cells[int(rng.integers(len(cells)))] = CELLS[int(rng.integers(len(CELLS)))]
        lines[row] = ",".join(cells)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def separated(content: bytes, rng: Generator) -> bytes:
    """Another separator, decimal mark, line end or encoding."""
    text = content.decode()
    changes: tuple[Callable[[], bytes], ...] = (
        lambda: text.replace(",", ";").encode(),
        lambda: text.replace(",", "\t").encode("utf-16"),
        lambda: re.sub(r"\d\.\d", lambda m: m[0].replace(".", ","), text.replace(",", ";")).encode(),
        lambda: text.replace("\n", "\r\n").encode("utf-8-sig"),
        lambda: text.replace("\n", "\r").encode(),
        lambda: text.replace("clinic", "clínica").encode("latin-1"),
        lambda: ("sep=,\n" + text).encode(),
        lambda: "\n".join(f'"{k}",{line}' if k else line for k, line in enumerate(text.split("\n"))).encode(),
        lambda: text.replace(",", " ").encode(),
        lambda: text.upper().encode(),
    )
    return changes[int(rng.integers(len(changes)))]()


VALUES = (
    *("inf", "-inf", "nan", "0", "-1", "1e308", "1e-320", '""', '" "', "[]", "[1, 2, 3]", "{}", "true", '"x"', "[[]]"),
    *("[100, 0]", "[0, inf]", '["a", "a"]', '{ 1 = "a", "1.0" = "b" }', "2017-01-01", f'"{"y" * HUGE}"', '"/../x"'),
    *('"a/b"', '"é\\u0007"', "9223372036854775807", "{ a = { b = 1 } }", '"iqr"', "[nan, 1]", '"1e308"'),
)
"""Values that a key of a declaration may get by mistake."""


def mistyped(content: bytes, rng: Generator) -> bytes:
    """One or two values of a declaration replaced."""
    lines = content.decode().split("\n")
    places = [k for k, line in enumerate(lines) if " = " in line]
    for place in rng.choice(places, size=int(rng.integers(1, 3))):
        lines[place] = f"{lines[place].split(' = ')[0]} = {VALUES[int(rng.integers(len(VALUES)))]}"
    return "\n".join(lines).encode()


NAMES = (
    *("HIV/AIDS", "state/province", "exposure_mean", "x_sd", "unit", "service", "chain", ".hidden", "/../x", "a b", ""),
    *("n" * 300, "é", "label", "draw", "intercept", "log x", "x^2", "control", "é\u0301", "A", "residual_sd"),
)
"""Names that people give, and some that nothing can hold."""


def renamed(content: bytes, rng: Generator) -> bytes:
    """A table, a variable or a model under another name; sometimes everywhere, sometimes in one place."""
    text = content.decode()
    words = sorted(set(re.findall(r"\[(?:variables|models|codes)\.([\w.]+)\]", text)))
    word, name = words[int(rng.integers(len(words)))], NAMES[int(rng.integers(len(NAMES)))]
    quoted = '"' + name.replace("\\", "\\\\") + '"'
    count = 0 if rng.random() < 0.5 else 1
    text = re.sub(rf"\.{re.escape(word)}\]", lambda _: f".{quoted}]", text, count=count)
    if rng.random() < 0.5:
        text = re.sub(rf'"{re.escape(word)}"', lambda _: quoted, text)
    return text.encode()


def line_lost(content: bytes, rng: Generator) -> bytes:
    lines = content.decode().split("\n")
    for _ in range(int(rng.integers(1, 4))):
        if len(lines) > 1:
            del lines[int(rng.integers(len(lines)))]
    return "\n".join(lines).encode()


def line_twice(content: bytes, rng: Generator) -> bytes:
    lines = content.decode().split("\n")
    place = int(rng.integers(len(lines)))
    return "\n".join([*lines[: place + 1], *lines[place:]]).encode()


TEXT_TABLE: tuple[Mutation, ...] = (cell, cell, separated, line_lost, line_twice)
DECLARATION: tuple[Mutation, ...] = (
    mistyped,
    mistyped,
    mistyped,
    renamed,
    renamed,
    line_lost,
    line_twice,
    truncated,
    flipped,
)
