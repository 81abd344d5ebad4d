"""On paper: what a reader opened, in whole rows under repeated headers, with the stamp on every sheet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from reports.document.write import write_page
from tests.reports.document import _texts
from tests.reports.document._browser import opened

PAPER = {"width": 673, "height": 960}
"""CSS pixels between the margins of A4."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(_texts.document(), tmp_path_factory.mktemp("print") / "report.html")[0]


def test_folds_are_printed_as_the_reader_left_them(browser: Browser, written: Path) -> None:
    with opened(browser, written) as page:
        page.locator("#where summary", has_text="Every state").click()
        page.emulate_media(media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#by-state tbody").is_visible()
        assert not page.get_by_text("Only the curious read this.").is_visible()
        notes = page.locator("#where details.fold > summary").evaluate_all(
            "(all) => all.map((one) => getComputedStyle(one, '::after').content)"
        )
        assert notes[0] == "none"
        assert "not printed" in notes[1]
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.locator("details.fold[open]").count() == 1


def test_one_button_opens_and_closes_all_folded_parts(browser: Browser, written: Path) -> None:
    with opened(browser, written) as page:
        page.get_by_role("button", name="Open all folded parts").click()
        assert page.locator("details.fold[open]").count() == 2
        page.get_by_role("button", name="Close all folded parts").click()
        assert page.locator("details.fold[open]").count() == 0
        page.locator("#where summary", has_text="Every state").click()
        expect(page.get_by_role("button", name="Open all folded parts")).to_be_visible()


def test_where_numbers_are_from_is_printed_with_them(browser: Browser, written: Path) -> None:
    with opened(browser, written) as page:
        assert not page.locator("#texts .source dl").is_visible()
        page.emulate_media(media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#texts .source dl").is_visible()


def test_rows_stay_whole_headers_are_repeated_and_nothing_is_cut_off(browser: Browser, written: Path) -> None:
    with opened(browser, written, size=PAPER) as page:
        page.emulate_media(media="print")
        style = "(one) => { const s = getComputedStyle(one); return [s.display, s.breakInside, s.position]; }"
        assert page.locator("#texts thead").evaluate(style)[0] == "table-header-group"
        assert page.locator("#texts thead th").first.evaluate(style)[2] == "static"
        assert page.locator("#texts tbody tr").first.evaluate(style)[:2] == ["table-row", "avoid"]
        assert page.locator("#texts [data-mark]").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
        mark = page.locator(".watermark")
        assert mark.evaluate("(one) => Number(getComputedStyle(one).zIndex)") < 0  # below the numbers


def test_every_sheet_bears_the_stamp_and_folded_parts_cost_none(browser: Browser, written: Path) -> None:
    with opened(browser, written) as page:
        short = page.pdf(prefer_css_page_size=True)
        page.get_by_role("button", name="Open all folded parts").click()
        long = page.pdf(prefer_css_page_size=True)
    assert 1 < sheets(short) <= sheets(long)
    assert "@top-center" in written.read_text(encoding="utf-8")


def sheets(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))
