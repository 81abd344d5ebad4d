"""The page in a browser: nothing is loaded, nothing fails, and what a reader does works."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reports.document.write import write_page
from tests.reports.document import _documents
from tests.reports.document._browser import DESKTOP, PHONE, draw_all, opened


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(_documents.rich(), tmp_path_factory.mktemp("rich") / "my report.html")[0]


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without Plotly, which takes a second to read."""
    return write_page(_documents.rich(plotly=False), tmp_path_factory.mktemp("light") / "my report.html")[0]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(_documents.hostile(), tmp_path_factory.mktemp("hostile") / "report.html")[0]


def column(page: Page, table: str, at: int) -> list[str]:
    cells = page.locator(f"#{table} tbody tr:not([hidden]):has([data-row])")
    return cells.evaluate_all("(rows, at) => rows.map((row) => row.cells[at].textContent)", at)


def test_sorting_goes_by_the_number_and_back(browser: Browser, light: Path) -> None:
    with opened(browser, light) as page:
        at_first = column(page, "claims", 3)
        button = page.locator("#claims th", has_text="Posterior mean").get_by_role("button")
        header = page.locator("#claims th", has_text="Posterior mean")
        orders = {}
        for _ in range(3):
            button.click()
            orders[header.get_attribute("aria-sort")] = column(page, "claims", 3)
        assert orders["ascending"] == sorted(at_first, key=float)
        assert orders["descending"] == sorted(at_first, key=float, reverse=True)
        assert orders["none"] == at_first
        page.locator("#claims th", has_text="Verdict").get_by_role("button").click()
        assert page.locator("#claims th[aria-sort=ascending]").count() == 1
        assert column(page, "claims", 4) == sorted(column(page, "claims", 4))


def test_sorting_keeps_groups_and_puts_what_is_no_number_last(browser: Browser, light: Path) -> None:
    with opened(browser, light) as page:
        page.locator("#effects th", has_text="Mean").get_by_role("button").click()
        found = column(page, "effects", 1)
        groups = [found[k : k + 8] for k in range(0, 40, 8)]
        assert groups[0][-1] == "no estimate"
        assert groups[0][:-1] == sorted(groups[0][:-1], key=float)
        assert all(group == sorted(group, key=float) for group in groups[1:])
        headings = page.locator("#effects .group").all_text_contents()
        assert headings == list(_documents.EXPOSURES)


def test_rows_are_chosen_by_search_and_by_lists(browser: Browser, light: Path) -> None:
    with opened(browser, light) as page:
        count = page.locator("#effects output")
        page.get_by_role("combobox", name="Exposure").select_option(label="peer influence")
        assert count.text_content() == "8 of 40 rows"
        assert page.locator("#effects .group:visible").all_text_contents() == ["peer influence"]
        page.locator("#effects").get_by_label("Search").fill("HIV")
        assert column(page, "effects", 0) == ["HIV testing"]
        page.get_by_role("combobox", name="Exposure").select_option("")
        assert count.text_content() == "5 of 40 rows"
        page.locator("#effects").get_by_label("Search").fill("no such service")
        assert count.text_content() == "0 of 40 rows"
        page.locator("#effects").get_by_label("Search").fill("")
        verdict = page.get_by_role("combobox", name="Verdict under the rule fixed before looking")
        verdict.select_option(label="undecided")
        wanted = [row for row in _documents.effects().rows if row["verdict"] == "undecided"]
        assert column(page, "effects", 0) == [row["service"] for row in wanted]


def test_every_link_within_the_page_brings_its_target_into_view(browser: Browser, light: Path) -> None:
    with opened(browser, light) as page:
        page.emulate_media(reduced_motion="reduce")
        links = page.locator("a[href^='#']")
        targets = dict.fromkeys(links.evaluate_all("(links) => links.map((link) => link.getAttribute('href'))"))
        assert len(targets) == 7
        for target in targets:
            page.locator(f"a[href='{target}']").first.evaluate("(link) => link.click()")
            expect(page).to_have_url(f"{light.as_uri()}{target}")
            found = page.locator(f"[id='{target[1:]}']")
            box = found.bounding_box()
            assert box is not None
            assert box["y"] < DESKTOP["height"]
            assert box["y"] + box["height"] > 0
        page.evaluate("location.hash = '#by-state'")
        page.locator("#by-state").wait_for(state="visible")  # a fold opens on the way


def test_a_reader_without_a_mouse_skips_sorts_and_scrolls(browser: Browser, light: Path) -> None:
    with opened(browser, light) as page:
        page.keyboard.press("Tab")
        skip = page.locator(":focus")
        assert skip.text_content() == "Skip to the content"
        box = skip.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        page.keyboard.press("Enter")
        classes = []
        for _ in range(2):
            page.keyboard.press("Tab")
            classes.append(page.locator(":focus").get_attribute("class"))
        assert classes == ["see", "sort"]  # a table that fits is no stop on the way
        page.keyboard.press("Enter")
        assert page.locator("#claims th[aria-sort=ascending]").count() == 1
        page.evaluate("location.hash = '#by-state'")
        wide = page.locator("#by-state .scroll")
        expect(wide).to_have_attribute("tabindex", "0")
        wide.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(400)
        assert wide.evaluate("(box) => box.scrollLeft") > 0


def test_plotly_takes_the_place_of_the_image_on_the_screen_alone(browser: Browser, rich: Path) -> None:
    with opened(browser, rich) as page:
        draw_all(page)
        assert page.locator("#forest .js-plotly-plot").is_visible()
        assert not page.locator("#forest img").is_visible()
        assert page.locator("#ladder img").is_visible()
        width = page.locator("#forest .main-svg").first.bounding_box()
        assert width is not None
        assert width["width"] < DESKTOP["width"]  # not the 2000 pixels that its layout asks for
        titles = page.locator("#forest [data-title]").evaluate_all("(all) => all.map((one) => one.dataset.title)")
        assert not [title for title in titles if "cloud" in title.lower() or "chart studio" in title.lower()]
        page.emulate_media(media="print")
        assert page.locator("#forest img").is_visible()
        assert not page.locator("#forest .plot").is_visible()
        assert not page.locator("nav").is_visible()
        assert not page.locator("button.copy").first.is_visible()
        assert page.locator(".stamps").is_visible()
        # With a button's box in it, Chromium would not repeat a table's header on the next sheet.
        assert page.locator(".sort").first.evaluate("(button) => getComputedStyle(button).display") == "contents"


def test_without_scripts_everything_can_be_read(browser: Browser, light: Path) -> None:
    with opened(browser, light, scripts=False) as page:
        assert page.locator("#forest img").is_visible()
        assert not page.locator(".controls").first.is_visible()
        assert not page.locator("button:visible").count()
        assert page.locator("#effects tbody tr:visible").count() == 45


def test_commands_are_copied(browser: Browser, light: Path) -> None:
    with opened(browser, light) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        button = page.locator("footer button.copy")
        button.click()
        expect(button).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == _documents.COMMAND


@pytest.mark.parametrize("name", ["rich", "hostile"])
def test_a_phone_scrolls_down_only(name: str, browser: Browser, request: pytest.FixtureRequest) -> None:
    with opened(browser, request.getfixturevalue(name), size=PHONE) as page:
        draw_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        boxes = page.locator(".scroll").evaluate_all("(all) => all.map((box) => box.scrollWidth - box.clientWidth)")
        assert max(boxes) > 0


def test_hostile_strings_do_not_run_and_lead_nowhere(browser: Browser, hostile: Path) -> None:
    with opened(browser, hostile) as page:
        draw_all(page)
        assert page.evaluate("window.pwned") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= DESKTOP["width"]
        assert not page.locator("svg a[href], svg a[*|href]").count()
        ticks = page.locator("#fig .xtick").all_text_contents()
        assert _documents.HOSTILE[0] in ticks


def test_a_script_that_slipped_in_would_not_run(browser: Browser, light: Path, tmp_path: Path) -> None:
    text = light.read_text(encoding="utf-8")
    path = tmp_path / "changed.html"
    path.write_text(text.replace("</h1>", "</h1><script>window.pwned = 1</script>", 1), encoding="utf-8")
    with pytest.raises(AssertionError, match="Content Security Policy"), opened(browser, path) as page:
        assert page.evaluate("window.pwned") is None
