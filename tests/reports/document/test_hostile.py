"""Strings that mean harm are text wherever they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.document.blocks import Column, Figure, Section, Table
from reports.document.document import Document
from reports.document.write import write_page
from tests.reports.document._documents import HOSTILE, hostile
from tests.reports.document._reading import Page

ALL = " ".join(HOSTILE)

TAGS = {
    "html", "head", "meta", "title", "style", "body", "a", "div", "strong", "bdi", "span", "header", "h1", "h2", "h3",
    "p", "nav", "details", "summary", "ol", "li", "main", "section", "code", "button", "figure", "figcaption", "img",
    "script", "dl", "dt", "dd", "label", "input", "select", "option", "output", "table", "thead", "tbody", "tr", "th",
    "td", "footer", "time", "wbr",
}  # fmt: skip
"""All that the templates write: no `b`, no `svg`, no `i`, `u`, `sup` of a document's."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    target = tmp_path_factory.mktemp("hostile") / "r.html"
    return Page(write_page(hostile(), target)[0].read_text(encoding="utf-8"))


def test_there_is_no_element_and_no_attribute_of_theirs(page: Page) -> None:
    assert {element.tag for element in page.elements} <= TAGS
    assert len(page.all("script")) == 3  # ours, Plotly's, the figure's numbers
    assert len(page.all("img")) == 1
    for element in page.elements:
        assert not [name for name in element.attrs if name.startswith("on")]
        assert element.attrs.get("href", "#")[0] == "#" or element.attrs["href"].startswith("r_files/")
    assert not page.open


def test_second_lines_marks_and_labels_of_cells_show_them_too(page: Page) -> None:
    assert set(HOSTILE) == {span.text for span in page.all("span", class_="below")}
    assert set(HOSTILE) == {span.attrs["data-mark"] for span in page.all("span") if "data-mark" in span.attrs}
    labels = {cell.attrs["data-label"] for cell in page.elements if "data-label" in cell.attrs}
    assert labels == set(HOSTILE) - {HOSTILE[1]}  # whose column heads groups


@pytest.mark.parametrize("tag", ["title", "h1", "h2", "h3", "summary", "code"])
def test_they_are_shown_letter_by_letter(tag: str, page: Page) -> None:
    assert any(ALL in element.text for element in page.all(tag))


def test_cells_headings_groups_choices_and_notes_show_them(page: Page) -> None:
    shown = {
        "td": {td.text for td in page.all("td")} | {th.text for th in page.all("th", scope="row")},
        "th": {th.text for th in page.all("th", scope="col")} | {HOSTILE[1]},
        "group": {th.text for th in page.all("th", scope="colgroup")},
        "p": {p.text for p in page.all("p")},
    }
    for where, texts in shown.items():
        assert set(HOSTILE) <= texts, where
    assert ALL in {p.text for p in page.all("p", class_="note")}
    assert set(HOSTILE) <= {option.text for option in page.all("option")}


def test_plotly_gets_no_markup(page: Page) -> None:
    drawn = json.loads(page.one("script", type="application/json").text)
    texts = json.dumps(drawn, ensure_ascii=False)
    assert "<a" not in texts
    assert "<script" not in texts
    assert "<b>bold</b>" in texts  # that only sets type, and titles of ours use it
    assert drawn["data"][0]["x"][0] == "&lt;script>window.pwned = 1&lt;/script>"


def test_half_a_letter_does_not_stop_a_page(tmp_path: Path) -> None:
    table = Table("模型", "half \ud83d a letter", (Column("a", "A"),), ({"a": "\ud83d"},))
    figure = Figure("f", "F", "\ud83d", "<svg>\ud83d</svg>")
    document = Document("t \ud83d", "", ("\ud83d",), (Section("s", "S", (table, figure)),), "now", "c")
    paths = write_page(document, tmp_path / "r.html")
    assert paths[1].name == "模型.csv"
    assert all(path.read_text(encoding="utf-8") for path in paths)
