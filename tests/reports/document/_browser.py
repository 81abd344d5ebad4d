"""Pages in a browser, and what must never happen there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@contextmanager
def opened(browser: Browser, path: Path, *, size: dict[str, int] = DESKTOP, scripts: bool = True) -> Iterator[Page]:
    """Give the page open from disk; fail on any complaint, and on any request but of the page itself."""
    context = browser.new_context(viewport=size, java_script_enabled=scripts)  # type: ignore[arg-type]
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if _foreign(request.url, path) else None)
    try:
        page.goto(path.as_uri())
        yield page
        assert complaints == [], complaints
    finally:
        context.close()


def _foreign(url: str, path: Path) -> bool:
    return not url.startswith(("data:", "blob:")) and url.partition("#")[0] != path.as_uri()


def draw_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    for figure in page.locator("figure.figure:has(.plot)").all():
        figure.scroll_into_view_if_needed()
    # The page's policy forbids what `wait_for_function` does.
    expect(page.locator("figure.live")).to_have_count(page.locator(".plot").count(), timeout=20_000)
