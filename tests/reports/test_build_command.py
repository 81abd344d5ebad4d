"""The door `reports.build`: one page with its files, what it refuses, what it stamps, what it never shows."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from data.disclosure import SMALLEST_SHOWN
from fits.storage.fit import Fit
from fits.verdicts.rule import Rule
from reports import report
from reports.build import app
from reports.report import section_files
from reports.sections import provenance, verdicts
from tests import running
from tests.fits._tamper import tamper
from tests.reports._build_fakes import world
from tests.reports.document._browser import draw_all, opened
from tests.reports.sections._stored_fits import UGLY
from tests.running import RefusedError, called

pytestmark = pytest.mark.usefixtures("wide")

RULE = 'title = "Mine"\nsure = 0.9\nsource = "me"\n[smallest]\npoints = 2.0\n'


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return world(tmp_path_factory.mktemp("build"))


def built(given: dict[str, Any], out: Path, *fits: str, **changes: Any) -> Path:
    names = fits or (given["single"],)
    running.printed(app, *names, **{"out": out, "claims": (given["claims"],), "home": given["home"], **changes})
    return out


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of the verdicts and of where numbers are from, as the rest is not asked about."""
    monkeypatch.setattr(report, "section_files", lambda: [verdicts, provenance])


@pytest.fixture(scope="module")
def page(given: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(given, tmp_path_factory.mktemp("out") / "report.html")


def rows(page: Path, name: str) -> list[dict[str, Any]]:
    found = json.loads((page.with_name(f"{page.stem}_files") / f"{name}.json").read_text(encoding="utf-8"))
    listed: list[dict[str, Any]] = found["rows"]
    return listed


class Words(HTMLParser):
    """The words of a page, and the scripts and event handlers it has."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.handlers: list[str] = []
        self.images: list[str] = []
        self.headings: list[str] = []
        self._tag = ""
        self._heads = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self._heads = tag == "h2" or (self._heads and tag == "bdi")
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.images += [value or "" for name, value in attrs if tag == "img" and name == "src"]

    def handle_data(self, data: str) -> None:
        if self._tag not in ("script", "style"):
            self.words.append(data)
        if self._heads and data.strip():
            self.headings.append(data.strip())


def read(page: Path) -> Words:
    parser = Words()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def test_every_claim_is_there_with_a_verdict_or_the_reason_for_none(page: Path) -> None:
    found = {row["id"]: row for row in rows(page, "claims")}
    assert set(found) == {"mine/up#1", "mine/none#1", "mine/words"}
    assert found["mine/words"]["verdict"] == "not evaluable"
    assert found["mine/words"]["why"] == "needs somebody to ask"
    assert found["mine/up#1"]["fit"].endswith("-y")
    assert found["mine/up#1"]["smallest_effect"] == 5.0
    assert found["mine/up#1"]["rule"] == Rule.read().sha256
    chances = [found["mine/up#1"][f"pr_{name}"] for name in ("holds", "against", "inside")]
    assert sum(chances) == pytest.approx(1.0)


def test_the_page_holds_every_section_in_order_and_shows_hostile_words_as_words(page: Path) -> None:
    found = read(page)
    assert found.headings.index("What can be said of each claim") == 0
    assert found.headings[-1] == "Where every number is from"
    assert len([head for head in found.headings if head]) >= len(section_files()) - 2
    assert found.handlers == []
    assert all(image.startswith("data:image/svg+xml;base64,") for image in found.images)
    told = "".join(found.words)
    assert 'Yes goes with "more" y <b>bold</b>.' in told
    assert UGLY in told


def test_helpers_of_sections_are_no_sections() -> None:
    names = [file.__name__ for file in section_files()]
    assert set(names) >= {verdicts.__name__, provenance.__name__}
    assert "reports.sections.parts" not in names


def test_no_count_of_few_units_leaves_the_data(page: Path) -> None:
    files = sorted(page.with_name("report_files").glob("*.json"))
    assert files
    for path in files:
        for row in json.loads(path.read_text(encoding="utf-8"))["rows"]:
            counted = {key: value for key, value in row.items() if key in ("units", "n", "answers", "count of units")}
            few = [value for value in counted.values() if isinstance(value, int) and 0 < value < SMALLEST_SHOWN]
            assert not few, (path.name, row)


@pytest.mark.usefixtures("short")
def test_what_was_never_checked_has_no_verdict_and_says_how_to(given: dict[str, Any], tmp_path: Path) -> None:
    unchecked = tmp_path / "fits"
    shutil.copytree(given["home"], unchecked)
    change(given["single"], unchecked, predictive={})
    page = built(given, tmp_path / "s.html", home=unchecked)
    found = {row["id"]: row for row in rows(page, "claims")}
    assert found["mine/up#1"]["verdict"] == "no verdict"
    assert f"python -m models.check {given['single']}" in found["mine/up#1"]["why"]
    assert found["mine/up#1"]["pr_holds"] is not None


def change(name: str, home: Path, **changes: Any) -> None:
    """Put another manifest in the place of a fit's."""
    manifest = replace(Fit.read(name, home).manifest, **changes)
    tamper(home, name, lambda held: held.update(json.loads(manifest.encoded())))


def spoilt(given: dict[str, Any], folder: Path, **changes: Any) -> Path:
    """The stored fits with another manifest of the single one."""
    home = folder / "fits"
    shutil.copytree(given["home"], home)
    change(given["single"], home, **changes)
    return home


@pytest.mark.usefixtures("short")
def test_a_failed_fit_is_refused_by_name_or_stamped(given: dict[str, Any], tmp_path: Path) -> None:
    checks = {"rhat": False, "ess_bulk": True}
    home = spoilt(given, tmp_path, status="failed", checks=checks, diagnostics={"rhat_max": 1.05})
    with pytest.raises(RefusedError, match=rf"fit '{given['single']}': got failed diagnostics \(rhat\)"):
        built(given, tmp_path / "r.html", home=home)
    assert not (tmp_path / "r.html").exists()
    page = tmp_path / "r.html"
    said = running.printed(app, given["single"], out=page, claims=(given["claims"],), home=home, accept_failed=True)
    assert f"{given['single']}: FAILED ITS DIAGNOSTICS" in "".join(read(page).words)
    assert {row["verdict"] for row in rows(page, "claims")} == {"no verdict", "not evaluable"}
    assert "No verdict: " in said


@pytest.mark.usefixtures("short")
def test_a_stale_fit_is_refused_and_says_what_differs(given: dict[str, Any], tmp_path: Path) -> None:
    request = Fit.read(given["single"], given["home"]).manifest.request
    home = spoilt(given, tmp_path, request=replace(request, versions={**request.versions, "numpy": "1.0"}))
    with pytest.raises(RefusedError, match=r"stale: numpy 1\.0 -> "):
        built(given, tmp_path / "r.html", home=home)
    page = built(given, tmp_path / "r.html", home=home, accept_failed=True)
    assert f"{given['single']}: STALE" in "".join(read(page).words)
    assert {row["verdict"] for row in rows(page, "claims")} == {"no verdict", "not evaluable"}


@pytest.mark.usefixtures("short")
def test_a_rule_that_is_not_registered_is_said_to_be_none(given: dict[str, Any], page: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(RULE, encoding="utf-8")
    own = built(given, tmp_path / "r.html", rule=str(tmp_path / "mine.toml"))
    assert "NOT a registered rule" in "".join(read(own).words)
    assert "NOT a registered rule" not in "".join(read(page).words)
    assert {row["smallest_effect"] for row in rows(own, "claims") if row["fit"]} == {2.0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "fit"),
        (["{single}", "{single}"], "more than once"),
        (["{single}", "--claims", "sswr2021"], "Did you mean 'sswr20"),
        (["{single}", "--claims", "park2019", "--claims", "park2019"], "park2019 more than once"),
        (["{single}", "--rule", "defualt"], "default"),
        (["{single}", "--out", "{folder}"], "expected the name of a page"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    given: dict[str, Any], tmp_path: Path, words: list[str], said: str
) -> None:
    told = [word.format(single=given["single"], folder=tmp_path) for word in words]
    out = [] if "--out" in told else ["--out", tmp_path / "r.html"]
    result = called(app, *told, *out, "--fits-dir", given["home"], code=2)
    assert said in result.output
    assert list(tmp_path.iterdir()) == []


def test_the_report_is_what_a_reader_can_use(browser: Browser, page: Path) -> None:
    with opened(browser, page) as shown:
        links = shown.locator('a[href^="#"]').evaluate_all(
            "(all) => all.map((one) => one.getAttribute('href').slice(1))"
        )
        missing = [name for name in links if name and shown.locator(f'[id="{name}"]').count() != 1]
        assert missing == []
        listed = shown.locator("#claims tbody tr:not([hidden])")
        assert listed.count() == 3
        shown.locator("#claims select").first.select_option(label="not evaluable")
        assert listed.count() == 1
        draw_all(shown)
