"""The door `fits.share`: what may leave of a fit in one file that others can read, and nothing else."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from data.errors import InputError
from fits.listing import line_of
from fits.reload import ChangedError, reload
from fits.share import app
from fits.storage.fit import Fit
from fits.storage.sharing import require_archive, write
from tests.fits._fakes import manifest
from tests.fits._tamper import files_of
from tests.fits.storage.test_may_leave import FEW, tree
from tests.running import called, python

NAME = "peer_tobit-weak-ndatss"
SECRETS = ("county-data", "extract.csv", "own.toml")
PATHS = {"data": "/home/me/county-data/extract.csv", "columns": "", "study": "/home/me/own.toml", "priors": ""}


@pytest.fixture
def fit(home: Path) -> Fit:
    design = {**manifest().design, "groups": {"state": 4}, "remarks": ["extract.csv: 3 ids stand twice"]}
    made = replace(manifest(paths=PATHS), design=design)
    stored = Fit.write(NAME, made, tree(), home, FEW)
    return stored.with_checks({"khat": True}, {"checks.json": b"{}", "pit.svg": b"<svg/>"})


def share(fit: Fit, out: Path, *, force: bool = False) -> None:
    """Write the archive as the command does."""
    require_archive(out, force=force)
    write(Fit.read(NAME, fit.directory.parent), out)


def unzipped(archive: Path, home: Path) -> Fit:
    with zipfile.ZipFile(archive) as held:
        held.extractall(home)
    return Fit.read(NAME, home)


def test_what_leaves_can_be_read_elsewhere_and_is_all_there(fit: Fit, tmp_path: Path) -> None:
    share(fit, tmp_path / "out.zip")
    theirs = unzipped(tmp_path / "out.zip", tmp_path / "theirs")
    theirs.verify()
    assert theirs.manifest.shared
    assert theirs.manifest.request == fit.manifest.request
    assert theirs.manifest.predictive == {"khat": True}
    with theirs.draws() as shared, fit.draws(public=True) as public:
        assert shared.load().identical(public.load())
    with xr.open_datatree(files_of(tmp_path / "theirs", NAME) / "fit.nc", engine="h5netcdf") as plain:
        assert "state_effect" in plain["posterior"]
    line = line_of(NAME, tmp_path / "theirs", verify=True)
    assert (line.status, line.stale, line.note) == ("passed", (), "shared without its private part")


def test_nothing_else_leaves(fit: Fit, tmp_path: Path) -> None:
    share(fit, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as held:
        names = {name.removeprefix(f"{NAME}/") for name in held.namelist()}
        content = {name: held.read(name) for name in held.namelist()}
    assert names == {"README.txt", "current", "v1/manifest.json", "v1/fit.nc"}
    assert not [(name, secret) for name in content for secret in SECRETS if secret.encode() in content[name]]
    # Draws of single units, pointwise values and the like are numbers: none of theirs is among the bytes.
    with fit.draws() as whole:
        posterior, stats = whole["posterior"].to_dataset().load(), whole["sample_stats"].to_dataset().load()
        hidden = [
            whole["log_likelihood"]["y"].to_numpy(),
            posterior["unit_effect"].to_numpy(),
            posterior["constant"].to_numpy(),
            posterior["state_effect"].sel(state="AK").to_numpy(),
            posterior["state_effect"].sel(state="AZ", service="aftercare").to_numpy(),
            stats["logp"].to_numpy(),
            stats["energy"].to_numpy(),
        ]
        shown = posterior["state_effect"].sel(state="AL").to_numpy()
    file = content[f"{NAME}/v1/fit.nc"]
    assert all(value.tobytes() in file for value in shown.ravel())
    assert not [value for values in hidden for value in values.ravel() if np.float64(value).tobytes() in file]
    assert b"AK" not in file


def test_the_statement_says_what_is_in_it_and_what_is_not(fit: Fit, tmp_path: Path) -> None:
    said = called(app, NAME, "--out", tmp_path / "out.zip", "--fits-dir", fit.directory.parent).stdout
    with zipfile.ZipFile(tmp_path / "out.zip") as held:
        assert held.read(f"{NAME}/README.txt").decode() in said
    assert "SIMULATED DATA" in said
    assert "2 chains of 5 draws of" in said
    assert "state_effect (3 state, 2 service)" in said
    assert "state: 1 of 4 levels, and 1 of the rest for some outcomes" in said
    assert "fewer than 11 answers" in said
    assert "Its owner was warned 1 time" in said
    assert f"Wrote {tmp_path / 'out.zip'}" in said


def test_the_private_part_is_not_opened(fit: Fit, tmp_path: Path) -> None:
    (fit.files / "private.nc").chmod(0)
    whole = (fit.files / "private.nc").stat().st_size
    (fit.files / "private.nc").write_bytes(bytes(whole))
    share(fit, tmp_path / "out.zip")
    with pytest.raises(InputError, match="SHA-256"):
        fit.draws()


def test_what_is_damaged_is_not_shared(fit: Fit, tmp_path: Path) -> None:
    path = fit.files / "fit.nc"
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(InputError, match="SHA-256"):
        share(fit, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_shared_twice_it_is_the_same_file(fit: Fit, tmp_path: Path) -> None:
    share(fit, tmp_path / "a.zip")
    share(fit, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_commands_say_what_they_need_of_the_private_part(fit: Fit, tmp_path: Path) -> None:
    share(fit, tmp_path / "out.zip")
    theirs = unzipped(tmp_path / "out.zip", tmp_path / "theirs")
    with pytest.raises(ChangedError, match="a shared fit, without the study, the rows and the private part"):
        reload(theirs)
    with pytest.raises(InputError, match="without the effects of single units"):
        theirs.require_private()
    fit.require_private()


@pytest.mark.parametrize(("out", "match"), [("x.nc", "suffix"), ("no/x.zip", "no directory"), ("there.zip", "--force")])
def test_a_place_that_does_not_do_is_named_before_any_work(fit: Fit, tmp_path: Path, out: str, match: str) -> None:
    (tmp_path / "there.zip").write_bytes(b"mine")
    with pytest.raises(InputError, match=match):
        share(fit, tmp_path / out)
    assert (tmp_path / "there.zip").read_bytes() == b"mine"
    share(fit, tmp_path / "there.zip", force=True)
    assert zipfile.is_zipfile(tmp_path / "there.zip")


def test_the_command_shares_a_fit(fit: Fit, home: Path, tmp_path: Path) -> None:
    command = ("-m", "fits.share", NAME, "--out", tmp_path / "o.zip", "--fits-dir", home)
    assert python(*command).stderr == ""
    held = json.loads(zipfile.ZipFile(tmp_path / "o.zip").read(f"{NAME}/v1/manifest.json"))
    assert held["paths"] == dict.fromkeys(PATHS, "")
    assert list(held["files"]) == ["fit.nc"]
    assert "Give --force" in python(*command, code=2).stderr
