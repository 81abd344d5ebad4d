"""A table of texts fits a screen, becomes cards on a phone, and breaks names where they are joined."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from reports.document.html_tables import breakable
from reports.document.write import write_page
from tests.reports.document import _reading, _texts
from tests.reports.document._browser import opened

SCREENS = [{"width": width, "height": 900} for width in (1024, 1280, 1920)]
HAND = {"width": 390, "height": 844}
HEADINGS = ["Claim, and how it is read", "Verdict", "What the data say", *_texts.CHANCES.values()]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(_texts.document(), tmp_path_factory.mktemp("texts") / "report.html")[0]


def claims(page: Page) -> list[str]:
    rows = page.locator("#texts tbody tr:not([hidden]) > :first-child .above")
    return [text.split(",")[0].removeprefix("park2019: ") for text in rows.all_text_contents()]


def box_of(found: Locator) -> FloatRect:
    box = found.bounding_box()
    assert box is not None
    return box


@pytest.mark.parametrize("size", SCREENS, ids=lambda size: str(size["width"]))
def test_it_fits_without_scrolling_sideways(size: dict[str, int], browser: Browser, written: Path) -> None:
    with opened(browser, written, size=size) as page:
        room = page.locator("#texts .scroll").evaluate("(box) => [box.scrollWidth, box.clientWidth]")
        assert room[0] <= room[1]
        ends = [box_of(cell) for cell in page.locator("#texts tbody tr:first-child > *").all()]
        assert len(ends) == len(HEADINGS)
        assert all(one["x"] + one["width"] <= other["x"] + 1 for one, other in pairwise(ends))
        assert ends[-1]["x"] + ends[-1]["width"] <= size["width"]


def test_its_header_stays_in_sight_below_the_banner(browser: Browser, written: Path) -> None:
    with opened(browser, written) as page:
        expect(page.locator("#texts .scroll")).to_have_class("scroll fits")
        page.locator("#texts tbody tr").nth(15).evaluate("(row) => row.scrollIntoView({ behavior: 'instant' })")
        banner, header = box_of(page.locator(".stamps")), box_of(page.locator("#texts thead th").first)
        assert header["y"] == pytest.approx(banner["y"] + banner["height"], abs=1)


def test_on_a_phone_every_cell_is_in_sight_under_its_heading(browser: Browser, written: Path) -> None:
    with opened(browser, written, size=HAND) as page:
        cells = page.locator("#texts tbody tr:nth-child(2) > *")
        told = cells.evaluate_all("(all) => all.map((cell) => getComputedStyle(cell, '::before').content)")
        assert [text.split('"')[1] for text in told] == HEADINGS
        assert cells.evaluate_all("(all) => all.every((cell) => getComputedStyle(cell, '::before').display == 'block')")
        edges = page.locator("#texts tbody tr > *").evaluate_all(
            "(all) => all.map((cell) => [cell.getBoundingClientRect().left, cell.getBoundingClientRect().right])"
        )
        assert len(edges) == 21 * len(HEADINGS)
        assert min(left for left, _ in edges) >= 0
        assert max(right for _, right in edges) <= HAND["width"]
        inner = page.locator("#texts .scroll").evaluate("(box) => box.scrollWidth - box.clientWidth")
        assert inner <= 0


def test_cards_are_a_table_to_a_screen_reader(browser: Browser, written: Path) -> None:
    with opened(browser, written, size=HAND) as page:
        table = page.get_by_role("table", name="Every claim and its verdict")
        assert table.get_by_role("rowgroup").count() == 2
        assert table.get_by_role("row").count() == 22
        assert table.get_by_role("columnheader").count() == len(HEADINGS)
        assert table.get_by_role("rowheader").count() == 21
        assert table.get_by_role("cell").count() == 21 * (len(HEADINGS) - 1)
        assert page.locator("#names table").get_attribute("role") is None  # one column of long text alone


def test_roles_are_written_out_where_display_takes_them_away(written: Path) -> None:
    page = _reading.Page(written.read_text(encoding="utf-8"))
    (cards,) = [place for place, one in enumerate(page.elements) if "data-cards" in one.attrs]
    after = [place for place, one in enumerate(page.elements) if one.tag == "table" and place > cards]
    parts = [one for one in page.elements[cards : after[0]] if one.tag in ("table", "thead", "tbody", "tr", "th", "td")]
    roles = {(one.tag, one.attrs.get("scope", ""), one.attrs.get("role", "")) for one in parts}
    assert roles == {
        ("table", "", "table"), ("thead", "", "rowgroup"), ("tbody", "", "rowgroup"), ("tr", "", "row"),
        ("th", "col", "columnheader"), ("th", "row", "rowheader"), ("td", "", "cell"),
    }  # fmt: skip


def test_cards_are_sorted_searched_and_chosen(browser: Browser, written: Path) -> None:
    with opened(browser, written, size=HAND) as page:
        at_first = claims(page)
        button = page.locator("#texts thead th", has_text="Pr sign").get_by_role("button")
        box = box_of(button)
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= HAND["width"]
        button.click()
        chances = page.locator("#texts tbody [data-label='Pr sign']").all_text_contents()
        assert chances == sorted(chances, key=float)
        assert claims(page) != at_first
        page.locator("#texts thead th", has_text="Verdict").get_by_role("button").click()
        verdicts = page.locator("#texts tbody [data-mark]").all_text_contents()
        assert verdicts == sorted(verdicts)
        # Rows of one verdict stay as they were: the lines below would turn them round.
        assert claims(page) == sorted(at_first, key=lambda claim: _texts.VERDICTS[int(claim.split()[1]) % 7])
        page.locator("#texts").get_by_label("Search").fill("peer_logit-weak")
        expect(page.locator("#texts output")).to_have_text("7 of 21 rows")
        page.locator("#texts").get_by_label("Search").fill("pcc_tobit-weak")
        expect(page.locator("#texts output")).to_have_text("7 of 21 rows")
        page.get_by_role("combobox", name="Verdict").select_option(label="undecided")
        expect(page.locator("#texts output")).to_have_text("1 of 21 rows")
        assert page.locator("#texts tbody tr:visible").count() == 1


def test_without_scripts_cards_have_no_header_in_sight(browser: Browser, written: Path) -> None:
    with opened(browser, written, size=HAND, scripts=False) as page:
        assert box_of(page.locator("#texts thead"))["height"] <= 1
        assert page.get_by_role("columnheader", name="Pr none").count() == 1


def test_marks_differ_in_shape_and_can_be_read(browser: Browser, written: Path) -> None:
    """Contrast as in https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio, against white."""
    with opened(browser, written) as page:
        found = page.locator("#texts [data-mark]").evaluate_all(
            "(all) => all.map((one) => [one.dataset.mark, getComputedStyle(one, '::before').content.split(' ')[0],"
            " getComputedStyle(one).color.match(/[0-9]+/g).map(Number)])"
        )
        shapes = {mark: shape for mark, shape, _ in found}
        assert set(shapes) == set(_texts.VERDICTS)
        assert len(set(shapes.values())) == len(shapes)
        assert all(1.05 / (_luminance(colour) + 0.05) >= 4.5 for _, _, colour in found)


def _luminance(colour: list[int]) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("overdose_education", "overdose_<wbr>education"),
        ("reports.page/write", "reports.<wbr>page/<wbr>write"),
        ("0.95 of 1/2, 3.5_x", "0.95 of 1/2, 3.5_<wbr>x"),
        ("a_<b>_c</b>", "a_&lt;b&gt;_<wbr>c&lt;/b&gt;"),
        ("it's R&D_&amp;", "it&#39;s R&amp;D_&amp;amp;"),
        ("end. _start_", "end. _<wbr>start_"),
    ],
)
def test_names_break_at_their_joints_and_numbers_do_not(text: str, html: str) -> None:
    assert breakable(text) == html


def test_what_is_read_and_copied_is_the_text_itself(browser: Browser, written: Path) -> None:
    names = _texts.names().rows
    with opened(browser, written, size=HAND) as page:
        assert page.locator("#names tbody th").all_text_contents() == [row["name"] for row in names]
        assert page.locator("#names tbody td:nth-child(2)").all_text_contents() == [row["value"] for row in names]
        assert page.locator("#names thead th").first.text_content() == "outcome_of_a_model"
        copied = "(cell) => { getSelection().selectAllChildren(cell); return getSelection().toString(); }"
        assert page.locator("#names tbody th").first.evaluate(copied) == names[0]["name"]
        assert page.locator("#names wbr").count() >= 8


def test_a_name_is_cut_at_its_joints_alone(browser: Browser, written: Path) -> None:
    """Every piece of a name between two joints stands on one line, however narrow the column."""
    lines = """(cell) => [...cell.querySelector('span, a')?.childNodes ?? cell.childNodes]
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => {
            const range = document.createRange();
            range.selectNodeContents(node);
            return range.getClientRects().length;
        })"""
    with opened(browser, written, size=HAND) as page:
        pieces = page.locator("#names tbody th").first.evaluate(lines)
        assert pieces == [1] * 5
        assert box_of(page.locator("#names tbody th").first)["height"] > 40  # it did not fit on one line


def test_files_hold_what_the_page_shows_below(written: Path) -> None:
    folder = written.with_name("report_files")
    rows = json.loads((folder / "texts.json").read_text(encoding="utf-8"))["rows"]
    assert {row["fit"] for row in rows} == set(_texts.FITS)
    assert {row["rule"] for row in rows} == {"4f2a91c0" * 8}
    assert "below" not in rows[0]
    with (folder / "texts.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert [row["fit"] for row in listed] == [row["fit"] for row in rows]
    assert [row["verdict"] for row in listed] == [row["verdict"] for row in rows]


def test_every_table_says_how_many_rows_it_has(written: Path) -> None:
    page = _reading.Page(written.read_text(encoding="utf-8"))
    assert [count.text for count in page.all("span", class_="count")] == ["2 rows"]
    assert [output.text for output in page.all("output", aria_live="polite")] == ["21 of 21 rows", "5 of 5 rows"]
