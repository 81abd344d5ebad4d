"""A command line as a reader can repeat it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

USUAL = {"rule": "default", "target": "these"}
"""Values of options that need not be named, beside none and False."""

type Option = str | Path | bool | list[str] | None


def command_line(module: str, arguments: Iterable[str], **options: Option) -> str:
    """Return the command line of a module.

    Parameters
    ----------
    module : str
        Such as ``reports.build``.
    **options
        By name. What is usual or empty is left out, True is a flag, and of several values each is named.
    """
    words = ["python", "-m", module, *arguments]
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value and value != USUAL.get(name):
            words += [word for one in (value if isinstance(value, list) else [value]) for word in (option, str(one))]
    return shlex.join(words)
