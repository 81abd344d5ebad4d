"""The page and its files: what stands in them, where links go, and that nothing is half written."""

from __future__ import annotations

import csv
import json
import math
import os
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from itertools import count
from pathlib import Path
from urllib.parse import unquote

import pytest

from data.errors import InputError
from reports.document.blocks import Cell, Column, Figure, Prose, Section, Table
from reports.document.document import Document
from reports.document.html_tables import View
from reports.document.write import write_page
from tests.reports.document import _documents
from tests.reports.document._reading import Page
from tests.running import files_in, raising

LIGHT = 150_000
"""Bytes of an example's page without Plotly's script: some 100,000, with room for a longer style."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(_documents.rich(), tmp_path_factory.mktemp("page") / "new folder" / "my report.html")[0]


@pytest.fixture(scope="module")
def page(written: Path) -> Page:
    return Page(written.read_text(encoding="utf-8"))


def small(*blocks: object, stamps: tuple[str, ...] = ()) -> Document:
    return Document("t", "", stamps, (Section("s", "S", blocks),), "2025-01-01T00:00:00Z", "c")  # type: ignore[arg-type]


def test_the_files_are_beside_the_page_and_nothing_else_is(tmp_path: Path) -> None:
    paths = write_page(_documents.rich(), tmp_path / "report.html")
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "report.html", "report_files/claims.csv", "report_files/claims.json", "report_files/effects.csv",
        "report_files/effects.json", "report_files/by-state.csv", "report_files/by-state.json",
        "report_files/forest.svg", "report_files/ladder.svg",
    ]  # fmt: skip
    assert set(files_in(tmp_path)) == {path.relative_to(tmp_path).as_posix() for path in paths}


def test_every_element_is_closed_and_every_id_is_one_of_a_kind(page: Page) -> None:
    assert not page.open
    ids = [element.attrs["id"] for element in page.elements if "id" in element.attrs]
    assert len(set(ids)) == len(ids)


def test_references_between_elements_lead_somewhere(page: Page) -> None:
    ids = {element.attrs.get("id") for element in page.elements}
    named = {part for element in page.elements for part in element.attrs.get("aria-labelledby", "").split()}
    assert named
    assert named <= ids


def test_every_link_leads_to_a_place_of_the_page_or_a_file_beside_it(page: Page, written: Path) -> None:
    ids = {element.attrs.get("id") for element in page.elements}
    links = [link.attrs["href"] for link in page.all("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    beside = [written.parent / unquote(link) for link in links if not link.startswith("#")]
    assert len(beside) == 8
    assert all(path.is_file() for path in beside)


def test_outline(page: Page) -> None:
    assert page.one("html").attrs["lang"] == "en"
    assert page.one("h1").text == _documents.rich().title
    assert [h2.text for h2 in page.all("h2")] == [section.title for section in _documents.rich().sections]
    for landmark in ("main", "nav", "header", "footer"):
        page.one(landmark)
    assert page.all("a")[0].attrs["href"] == f"#{page.one('main').attrs['id']}"
    assert [link.text for link in page.all("a") if "nav" in link.inside] == [h2.text for h2 in page.all("h2")]


def test_tables_say_what_they_are_and_what_heads_what(page: Page) -> None:
    captions = {element.attrs.get("id"): element.text.strip() for element in page.all("figcaption")}
    tables = page.all("table")
    assert [captions[table.attrs["aria-labelledby"]] for table in tables] == [
        f"Table {k} {table.title}" for k, table in enumerate(_documents.rich().tables(), 1)
    ]
    scopes = {th.attrs["scope"] for th in page.all("th")}
    assert scopes == {"col", "row", "colgroup"}  # what a cell belongs to, in place of lists of ids
    boxes = page.all("div", class_="scroll")
    assert len(boxes) == len(tables)
    assert all({"tabindex", "role", "aria-label"} <= box.attrs.keys() for box in boxes)


def test_cells_hold_the_number_behind_their_text(page: Page) -> None:
    table = _documents.effects()
    assert table.groups == "exposure"  # the rows come in their groups already
    numbers = [span.attrs["data-value"] for span in page.all("span") if "data-value" in span.attrs]
    for row in table.rows:
        value = row["mean"].value
        assert (repr(value) if math.isfinite(value) else "") in numbers
    for heading in ("low", "high", "ess"):
        assert not [th for th in page.all("th") if th.text == heading]


def test_points_of_a_column_of_numbers_stand_under_each_other() -> None:
    rows = [("a", "0.00021", "7"), ("b", "-13", "12"), ("c", "5.2", ""), ("d", "0.5", "< 0.001")]
    view = View.of(Table.of(("", "change", "p"), rows), {})
    ((_, cells),) = view.parts
    point, digit = "\u2008", "\u2007"  # blanks as wide as these
    assert [row[1].text for row in cells] == ["0.00021", f"-13{point}{5 * digit}", f"5.2{4 * digit}", f"0.5{4 * digit}"]
    assert [row[2].text for row in cells] == ["7", "12", "", "< 0.001"]


def test_filters_have_labels_and_every_choice(page: Page) -> None:
    labels = [label.text.split()[0] for label in page.all("label")]
    assert labels == ["Search", "Exposure", "Verdict", "Search", "State"]
    choices = [option.text for option in page.all("option")]
    assert choices[:6] == ["all", *_documents.EXPOSURES]
    assert [output.text for output in page.all("output", aria_live="polite")] == ["40 of 40 rows", "5 of 5 rows"]


def test_figures_are_images_with_words_for_those_who_do_not_see(page: Page) -> None:
    figures = _documents.rich().figures()
    images = page.all("img")
    assert [image.attrs["alt"] for image in images] == [figure.alt for figure in figures]
    for image, figure in zip(images, figures, strict=True):
        assert b64decode(image.attrs["src"].partition("base64,")[2]).decode() == figure.svg
    drawn = json.loads(page.one("script", type="application/json").text)
    assert drawn["data"][0]["x"] == _documents.forest()["data"][0]["x"]
    assert drawn["data"][0]["customdata"] == [None] * 8


def test_tones_commands_and_folds(page: Page) -> None:
    assert page.one("p", class_="warning", role="note").text.startswith("The data are simulated")
    assert page.one("p", class_="lead")
    assert [code.text for code in page.all("code") if "footer" in code.inside] == [_documents.COMMAND]
    assert page.one("details", class_="fold").text.startswith("Shrinkage of each state")


def test_nothing_outside_is_named_and_only_our_scripts_may_run(page: Page) -> None:
    policy = page.one("meta", http_equiv="Content-Security-Policy").attrs["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
    scripts = [script for script in page.all("script") if "type" not in script.attrs]
    assert len(scripts) == 2
    for script in scripts:
        assert f"'sha256-{b64encode(sha256(script.text.encode()).digest()).decode()}'" in policy
    for element in page.elements:
        assert not [name for name in element.attrs if name.startswith("on")]
        assert not element.attrs.get("src", "data:").partition("data:")[0]
        assert element.tag not in ("link", "iframe", "object", "base", "form")


def test_plotly_is_embedded_only_where_a_figure_needs_it(written: Path, tmp_path: Path) -> None:
    light = write_page(_documents.rich(plotly=False), tmp_path / "light.html")[0]
    assert light.stat().st_size < LIGHT
    text = written.read_text(encoding="utf-8")
    assert text.count("* plotly.js v") == 1
    plotly = max((script.text for script in Page(text).all("script")), key=len)
    assert len(text) - len(plotly) < LIGHT


def test_stamps_stand_in_a_banner_across_the_page_and_above_every_sheet(page: Page, tmp_path: Path) -> None:
    banner, mark = page.one("div", class_="stamps"), page.one("div", class_="watermark")
    assert banner.text.strip() == _documents.STAMP
    assert mark.attrs["aria-hidden"] == "true"
    assert _documents.STAMP in mark.text
    assert "SIMULATED\\20 DATA" in page.all("style")[1].text
    bare = Page(write_page(_documents.rich(stamps=()), tmp_path / "r.html")[0].read_text(encoding="utf-8"))
    assert not bare.all("div", class_="stamps") + bare.all("div", class_="watermark")
    assert len(bare.all("style")) == 1


def test_json_holds_the_rows_at_full_precision(written: Path) -> None:
    table = _documents.effects()
    found = json.loads((written.with_name("my report_files") / "effects.json").read_text(encoding="utf-8"))
    assert (found["title"], found["stamps"]) == (table.title, [_documents.STAMP])
    assert found["origin"]["fits"] == ["peer_tobit-weak-ndatss"]
    assert found["rows"][0] == table.to_list()[0]
    assert (found["rows"][3]["mean"], found["rows"][3]["low"]) == (None, None)
    assert len(found["rows"]) == len(table.rows)


def test_csv_holds_the_rows_under_their_stamp(written: Path) -> None:
    table = _documents.effects()
    raw = (written.with_name("my report_files") / "effects.csv").read_bytes()
    assert b"\r" not in raw
    rows = list(csv.DictReader(raw.decode("utf-8").splitlines()))
    assert list(rows[0]) == ["stamp", *(column.key for column in table.columns)]
    assert {row["stamp"] for row in rows} == {_documents.STAMP}
    assert [float(row["mean"]) if row["mean"] else None for row in rows] == [
        row["mean"].value if math.isfinite(row["mean"].value) else None for row in table.rows
    ]


@pytest.mark.parametrize(
    ("value", "written_as"),
    [
        ("=1+1", "'=1+1"), ("+cmd", "'+cmd"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), (" =1", "' =1"),
        ("\t=1", "'\t'=1"), ("-1.5", "-1.5"), ("+3e4", "+3e4"), ("-2 to 3", "'-2 to 3"), (-1.5, "-1.5"),
        ("plain", "plain"), (None, ""), (math.inf, ""), (True, "True"), ([1, math.nan], "[1, null]"),
    ],
)  # fmt: skip
def test_no_cell_of_a_csv_is_a_formula(value: object, written_as: str, tmp_path: Path) -> None:
    table = Table("t", "T", (Column("=a", "A"),), ({"=a": value},))
    path = write_page(small(table), tmp_path / "r.html")[1]
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) in ([["'=a"], [written_as]], [["'=a"], []])


def test_tables_without_rows_or_columns_are_pages_too(tmp_path: Path) -> None:
    columns = (Column("a", "A"), Column("b", "B", numeric=True), Column("g", "G"))
    nothing = Table("t", "T", columns, (), groups="g", filters=("a",))
    files_only = Table("u", "U", (Column("a"),), ({"a": 1},))
    one = Table("v", "V", (Column("a", "A", numeric=True),), ({"a": 0.1}, {"a": Cell(None, to="t")}))
    page = Page(write_page(small(nothing, files_only, one), tmp_path / "r.html")[0].read_text(encoding="utf-8"))
    assert [table.attrs["aria-labelledby"] for table in page.all("table")] == ["caption:t", "caption:v"]
    assert [td.text for td in page.all("td")] == ["0.1", "Table 1"]


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ((Prose("p", to="nowhere"),), "a paragraph links to 'nowhere'"),
        ((Table("t", "T", (Column("a"),), ({"a": Cell(1, to="nowhere")},)),), "t links to 'nowhere'"),
        ((Table("t", "T", (Column("a"),), ()), Figure("T", "F", "", "<svg/>")), "are named 'T'"),
        ((Table("s", "T", (Column("a"),), ()),), "are named 's'"),
        ((Table("../t", "T", (Column("a"),), ()),), "'../t' cannot be the name"),
        ((Figure("", "F", "", "<svg/>"),), "'' cannot be the name"),
        ((Table("t" * 151, "T", (Column("a"),), ()),), "cannot be the name"),
        ((Table("t", "T", (Column("a"), Column("a")), ()),), "two columns of one key"),
        ((Table("t", "T", (Column("a"),), (), filters=("b",)),), "no column 'b'"),
        ((Table("t", "T", (Column("a"),), (), groups="g"),), "no column 'g'"),
        ((Table("t", "T", (Column("a"),), ({"z": 1},)),), "no column 'z'"),
    ],
)  # fmt: skip
def test_a_wrong_document_is_refused_before_anything_is_written(
    blocks: tuple[object, ...], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        write_page(small(*blocks), tmp_path / "r.html")
    assert not list(tmp_path.iterdir())


def test_a_second_page_replaces_the_first_and_its_files(tmp_path: Path) -> None:
    write_page(_documents.rich(), tmp_path / "r.html")
    paths = write_page(small(Figure("only", "F", "", "<svg/>")), tmp_path / "r.html")
    assert set(files_in(tmp_path)) == {path.relative_to(tmp_path).as_posix() for path in paths}
    assert "only" in paths[0].read_text(encoding="utf-8")


def test_places_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    document = small()
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileExistsError):
        write_page(document, tmp_path / "file" / "r.html")
    with pytest.raises(InputError, match="the name of a file"):
        write_page(document, tmp_path)
    folder = tmp_path / "r_files"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"got 'notes\.txt'"):
        write_page(document, tmp_path / "r.html")
    assert (folder / "notes.txt").read_text() == "mine"
    (tmp_path / "q_files").write_text("mine")
    with pytest.raises(InputError, match="something else"):
        write_page(document, tmp_path / "q.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "q_files", "r_files"]


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (write_page(_documents.rich(), tmp_path / name / "r.html") for name in "ab")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    other = replace(_documents.rich(), title="Other")
    assert write_page(other, tmp_path / "a" / "r.html")[0].read_bytes() != two[0].read_bytes()


def test_a_page_of_one_report_never_stands_beside_the_files_of_another(tmp_path: Path) -> None:
    """Two writers at once: whoever is last, page and files are of the same document."""
    target = tmp_path / "report.html"
    several = [replace(_documents.rich(plotly=False), title=f"Report {k}", command=f"command {k}") for k in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: write_page(replace(one, stamps=(one.title,)), target), several * 3))
    page = target.read_text(encoding="utf-8")
    (title,) = {f"Report {k}" for k in range(4) if f"<title>Report {k}</title>" in page}
    for path in target.with_name("report_files").glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["stamps"] == [title]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report_files"]


@pytest.mark.parametrize("call", [1, 2])
def test_an_interrupt_leaves_page_and_files_of_one_report(
    call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once all of it is written, it takes its place."""
    target = tmp_path / "report.html"
    write_page(replace(_documents.rich(plotly=False), stamps=("old",)), target)
    before = target.read_bytes()
    real, numbers, stop = os.replace, count(1), raising(KeyboardInterrupt())
    monkeypatch.setattr(os, "replace", lambda *paths: (stop if next(numbers) == call else real)(*paths))
    with pytest.raises(KeyboardInterrupt):
        write_page(replace(_documents.rich(plotly=False), stamps=("new",)), target)
    found = [json.loads(path.read_text(encoding="utf-8"))["stamps"] for path in tmp_path.glob("report_files/*.json")]
    assert found
    assert all(stamps == ["new"] for stamps in found)
    assert target.read_bytes() != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report_files"]
