"""A document as the text of one HTML file that loads nothing."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files as package_files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.document import blocks
from reports.document.anchors import anchors
from reports.document.document import Document
from reports.document.html_tables import Filter, View, breakable
from reports.document.plain import encoded, plotly_json

TEMPLATES = Path(__file__).parent / "templates"


def page_html(document: Document, folder: str) -> str:
    """Return the page.

    Parameters
    ----------
    folder : str
        Name of the folder beside the page that holds its files.

    Raises
    ------
    ValueError
        When a name or a link of the document is wrong.
    """
    places = anchors(document)
    interactive = any(figure.plotly is not None for figure in document.figures())
    scripts = [_source("page.js"), *([_plotly()] if interactive else [])]
    return _environment().get_template("page.html.j2").render(
        document=document,
        places=places,
        folder=folder,
        policy=_policy(scripts),
        style=_source("style.css"),
        stamp_style=_stamp_style(document.stamps),
        scripts=scripts,
        view_of=View.of,
        filter_of=Filter.of,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for block in (blocks.Prose, blocks.Command, blocks.Table, blocks.Figure, blocks.Fold):
        made.tests[block.__name__.lower()] = _is(block)
    made.filters["breakable"] = breakable
    made.filters["image"] = _image
    made.filters["plotly"] = plotly_json
    return made


def _is(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kind)


PLACES = re.compile(r' (?:d|points|transform|x|y|width|height)="[^"]*"')
LONG = re.compile(r"-?\d+\.\d{3,}")
FONTS = re.compile(r"(?<=font-family: )[^;\"]{20,}")
"""Where a drawing says where things are, a number there that is finer than a screen or a printer, and the list of
fonts that Matplotlib writes beside every word."""


def _image(svg: str) -> str:
    """Return a drawing as an address: an image runs no scripts, loads nothing, and its ids are its own.

    Its places are rounded to a hundredth of a point and its lists of fonts are left to the browser, which halves
    it; the file beside the page has all of it.
    """
    short = PLACES.sub(lambda place: LONG.sub(lambda number: f"{float(number[0]):.2f}", place[0]), svg)
    short = FONTS.sub("sans-serif", short)
    return f"data:image/svg+xml;base64,{b64encode(encoded(short)).decode()}"


@cache
def _source(name: str) -> Markup:
    return _unclosed((TEMPLATES / name).read_text(encoding="utf-8"))


@cache
def _plotly() -> Markup:
    """Return Plotly's own script, from the installed package."""
    script = package_files("plotly").joinpath("package_data", "plotly.min.js").read_text(encoding="utf-8")
    # In JavaScript the two spellings are one, but only the first would end the element.
    return _unclosed(re.sub(r"</(?=script)", r"<\\/", script, flags=re.IGNORECASE))


def _unclosed(text: str) -> Markup:
    """Return our own or Plotly's code as it stands; none of it may end the element it is in."""
    if re.search(r"</(script|style)|<!--", text, re.IGNORECASE):
        raise ValueError("a script or style that ends its own element")
    return Markup(text)  # noqa: S704 (files of ours and of Plotly, none of a document)


def _policy(scripts: list[Markup]) -> str:
    """Return a policy under which these very scripts run and no other, and nothing is sent or loaded."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _stamp_style(stamps: tuple[str, ...]) -> Markup:
    """Return the rule that prints the stamps above every sheet of paper."""
    if not stamps:
        return Markup("")
    words = "".join(
        letter if letter.isascii() and letter.isalnum() else f"\\{ord(letter):x} " for letter in "; ".join(stamps)
    )
    rule = f'@page {{ @top-center {{ content: "{words}"; }} }}'
    return Markup(rule)  # noqa: S704 (letters, digits, and escapes of CSS for everything else)
