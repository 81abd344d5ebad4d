"""Predictive checks beside a stored fit: counted in its manifest, whole or not at all, of these very draws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import InputError
from fits.storage.fit import Fit
from tests.fits._fakes import manifest, request, tree


@pytest.fixture
def fit(tmp_path: Path) -> Fit:
    return Fit.write("fake", manifest(), tree(chains=2, draws=20), tmp_path)


def files(text: str, *others: str) -> dict[str, bytes]:
    return {"checks.json": text.encode(), **dict.fromkeys(others, b"")}


def text(fit: Fit) -> str:
    path = Fit.read("fake", fit.directory.parent).checks("checks.json")
    assert path is not None
    return path.read_text(encoding="utf-8")


def test_checks_are_counted_and_their_files_kept(fit: Fit) -> None:
    before = (fit.files / "fit.nc").read_bytes()
    done = fit.with_checks({"khat": True, "loo_pit": False, "interior": False}, files("one"))
    again = Fit.read("fake", fit.directory.parent)
    assert again.manifest == done.manifest == replace(fit.manifest, predictive=done.manifest.predictive)
    assert again.manifest.unpredicted == ["loo_pit", "interior"]
    assert text(fit) == "one"
    assert (again.files / "fit.nc").read_bytes() == before
    again.verify()
    # Predictive checks are no part of the sampler's gate, nor of the request.
    assert (again.manifest.status, again.manifest.request.sha256) == ("passed", fit.manifest.request.sha256)


def test_a_second_time_replaces_the_first(fit: Fit) -> None:
    first = fit.with_checks({"khat": False, "loo_pit": True}, files("one", "old.svg"))
    assert first.check_files() == ("checks.json", "old.svg")
    second = first.with_checks({"khat": True}, files("two"))
    assert second.manifest.predictive == {"khat": True}
    assert second.check_files() == ("checks.json",)
    assert [path.name for path in (second.files / "checks").iterdir()] == ["checks.json"]
    # Who reads the first goes on reading the first.
    assert (first.checks("checks.json") or Path()).read_text(encoding="utf-8") == "one"


@pytest.mark.parametrize("what", ["made again", "of another request"])
def test_another_fit_in_its_place_is_refused(what: str, fit: Fit) -> None:
    later, other = manifest(created="2027-01-01T00:00:00+00:00"), manifest(request(priors="wide"))
    new = later if what == "made again" else other
    Fit.write("fake", new, tree(2, chains=2, draws=20), fit.directory.parent)
    said = r"expected the fit that the checks was computed from\. Fit again with --force"
    with pytest.raises(InputError, match=said):
        fit.with_checks({"khat": True}, files("one"))
    again = Fit.read("fake", fit.directory.parent)
    assert (again.manifest, again.check_files()) == (new, ())


def test_a_fit_made_again_has_no_checks(fit: Fit) -> None:
    fit.with_checks({"khat": True}, files("one"))
    again = Fit.write("fake", manifest(), tree(chains=2, draws=20), fit.directory.parent)
    assert again.manifest.predictive == {}
    assert (again.check_files(), again.checks("checks.json")) == ((), None)


@pytest.mark.parametrize("name", ["../outside", "a/b", "", ".hidden"])
def test_names_of_files_stay_inside(fit: Fit, name: str) -> None:
    with pytest.raises(InputError, match="a file called"):
        fit.with_checks({}, {name: b""})
    assert Fit.read("fake", fit.directory.parent).manifest == fit.manifest
