"""Stored fits as doors are given them: by name, by folder, and no more than once."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import InputError
from fits.plan import FitPlan
from fits.storage.find import USUAL, find, require_once
from fits.storage.fit import Fit
from tests.fits._fakes import manifest, tree


def test_a_fit_is_found_by_name_and_by_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Fit.write("one", manifest(), tree(chains=2, draws=20), tmp_path / "fits")
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.chdir(tmp_path)
    assert find("one", tmp_path / "fits").directory == stored.directory
    assert find(str(stored.directory), elsewhere).directory == stored.directory
    assert find("fits/one", elsewhere).directory.resolve() == stored.directory.resolve()
    with pytest.raises(InputError, match="got 'one'; expected a known fit"):
        find("one", elsewhere)


def test_a_models_name_means_the_fit_that_its_command_makes(tmp_path: Path) -> None:
    for name in ("peer_tobit-weak-ndatss", "peer_tobit-skeptical-ndatss"):
        Fit.write(name, manifest(), tree(chains=2, draws=20), tmp_path)
    assert find("peer_tobit", tmp_path).name == "peer_tobit-weak-ndatss"
    assert FitPlan(model="peer_tobit").priors == USUAL.partition("-")[0]
    assert FitPlan(model="peer_tobit").study == USUAL.partition("-")[2]
    for name in ("pcc_tobit", "peer", "elsewhere/peer_tobit"):
        with pytest.raises(InputError, match="expected a known fit"):
            find(name, tmp_path)
    Fit.write("peer_tobit", manifest(), tree(chains=2, draws=20), tmp_path)
    assert find("peer_tobit", tmp_path).name == "peer_tobit"


def test_what_is_given_twice_is_named() -> None:
    require_once(["a", "b"])
    with pytest.raises(InputError, match="fits: got a, b more than once; expected fits of different names"):
        require_once(["b", "a", "b", "c", "a"])
    with pytest.raises(InputError, match="--claims: got x more than once; expected sources of different names"):
        require_once(iter(["x", "x"]), where="--claims", what="sources")
