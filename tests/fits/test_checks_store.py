"""Predictive checks beside a stored fit: counted in its manifest, whole or not at all, of these very draws."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from data._errors import InputError
from fits._manifest import Manifest
from fits.fit import Fit
from tests.fits._fakes import manifest, tree


@pytest.fixture
def fit(tmp_path: Path) -> Fit:
    return Fit.write("fake", manifest(), tree(chains=2, draws=20), tmp_path)


def files(fit: Fit, text: str) -> Path:
    """A folder of results, made beside the draws as the door does."""
    folder = fit.directory / ".checks-new" / "checks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "checks.json").write_text(text, encoding="utf-8")
    return folder


def test_checks_are_counted_and_their_files_kept(fit: Fit) -> None:
    before = (fit.directory / "fit.nc").read_bytes()
    done = fit.with_checks({"khat": True, "loo_pit": False, "interior": False}, files(fit, "one"))
    again = Fit.read("fake", fit.directory.parent)
    assert again.manifest == done.manifest == replace(fit.manifest, predictive=done.manifest.predictive)
    assert again.manifest.unpredicted == ["loo_pit", "interior"]
    assert (fit.directory / "checks" / "checks.json").read_text(encoding="utf-8") == "one"
    assert (fit.directory / "fit.nc").read_bytes() == before
    again.check()
    # Predictive checks are no part of the sampler's gate, nor of the request.
    assert (again.manifest.status, again.manifest.request.sha256) == ("passed", fit.manifest.request.sha256)


def test_a_second_time_replaces_the_first(fit: Fit) -> None:
    fit.with_checks({"khat": False, "loo_pit": True}, files(fit, "one"))
    (fit.directory / "checks" / "old.svg").write_text("old", encoding="utf-8")
    fit.with_checks({"khat": True}, files(fit, "two"))
    assert Manifest.read(fit.directory / "manifest.json").predictive == {"khat": True}
    assert [path.name for path in (fit.directory / "checks").iterdir()] == ["checks.json"]
    assert not [path.name for path in fit.directory.iterdir() if path.name == ".checks-old"]


@pytest.mark.parametrize("what", ["made again", "of another request"])
def test_another_fit_in_its_place_is_refused(what: str, fit: Fit) -> None:
    new = (
        manifest(created="2027-01-01T00:00:00+00:00")
        if what == "made again"
        else manifest(replace(manifest().request, priors="wide"))
    )
    Fit.write("fake", new, tree(2, chains=2, draws=20), fit.directory.parent)
    with pytest.raises(
        InputError, match=r"expected the fit that the checks was computed from\. Fit again with --force"
    ):
        fit.with_checks({"khat": True}, files(fit, "one"))
    assert Manifest.read(fit.directory / "manifest.json") == new
    assert not (fit.directory / "checks").exists()


def test_a_fit_made_again_has_no_checks(fit: Fit) -> None:
    fit.with_checks({"khat": True}, files(fit, "one"))
    again = Fit.write("fake", manifest(), tree(chains=2, draws=20), fit.directory.parent)
    assert again.manifest.predictive == {}
    assert not (fit.directory / "checks").exists()


def test_what_was_there_comes_back_if_moving_fails(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    fit.with_checks({"khat": False}, files(fit, "one"))
    folder, rename = files(fit, "two"), Path.rename

    def fails(self: Path, target: Path) -> Path:
        if self == folder:
            raise OSError("no space")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OSError, match="no space"):
        fit.with_checks({"khat": True}, folder)
    assert (fit.directory / "checks" / "checks.json").read_text(encoding="utf-8") == "one"
    assert Manifest.read(fit.directory / "manifest.json").predictive == {"khat": False}


def test_manifests_of_before_have_none(fit: Fit) -> None:
    path = fit.directory / "manifest.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    del held["predictive"]
    path.write_text(json.dumps(held), encoding="utf-8")
    assert (Manifest.read(path).predictive, Manifest.read(path).unpredicted) == ({}, [])
