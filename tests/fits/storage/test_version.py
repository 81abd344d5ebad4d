"""What was stored is what is read, or is refused: digests, sizes, links, shapes, and what a manifest says of itself."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr

from data.errors import InputError
from fits.storage import version
from fits.storage.fit import Fit, lock_of
from fits.storage.manifest import Manifest, StoredFile
from tests.fits._fakes import manifest, tree
from tests.fits._tamper import put, tamper

NAME = "fake"


@pytest.fixture
def fit(home: Path) -> Fit:
    first = Fit.write(NAME, manifest(), tree(chains=2, draws=20), home)
    first = first.add("log_likelihood", xr.Dataset({"y": (("chain", "draw", "cell"), np.zeros((2, 20, 3)))}))
    return first.with_checks({"khat": True}, {"checks.json": b"{}"})


def problem(work: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        work()
    (only,) = caught.value.problems
    return str(only)


def read_all(home: Path) -> None:
    """Everything that any command reads of a fit."""
    Fit.read(NAME, home).verify()


FILES = ("current", "{v}/manifest.json", "{v}/fit.nc", "{v}/private.nc", "{v}/checks/checks.json")


def path_of(fit: Fit, file: str) -> Path:
    return fit.directory / file.format(v=fit.files.name)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("how", ["missing", "empty", "cut off", "garbage", "a folder", "a link", "longer"])
def test_a_damaged_file_says_which_it_is(fit: Fit, home: Path, tmp_path: Path, file: str, how: str) -> None:
    path = path_of(fit, file)
    whole = path.read_bytes()
    path.unlink()
    if how == "a folder":
        path.mkdir()
    elif how == "a link":
        (tmp_path / "elsewhere").write_bytes(whole)
        path.symlink_to(tmp_path / "elsewhere")
    elif how != "missing":
        garbage = np.random.default_rng(1).bytes(len(whole))
        contents = {"empty": b"", "cut off": whole[:-1], "garbage": garbage, "longer": whole + b"\n"}
        path.write_bytes(contents[how])
    said = problem(lambda: read_all(home))
    assert said.startswith(f"{path}: got ")
    assert said.endswith("Fit again with --force")


def test_content_is_compared_when_it_is_read_and_not_before(fit: Fit, home: Path) -> None:
    path = path_of(fit, "{v}/private.nc")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    found = Fit.read(NAME, home)
    found.draws(public=True).close()
    assert "SHA-256" in problem(found.draws)
    assert "SHA-256" in problem(found.added)


def forged(fit: Fit, change: Callable[[dict[str, Any]], None]) -> None:
    tamper(fit.directory.parent, fit.name, change)


LIES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "passed although checks failed": (lambda held: held["checks"].update(rhat=False), "rhat, status other than"),
    "checks that their values deny": (lambda held: held["diagnostics"].update(rhat_max=1.4), "rhat other than"),
    "failed although all is well": (lambda held: held.update(status="failed"), "status other than"),
    "diagnostics that are words": (lambda held: held["diagnostics"].update(rhat_max="good"), "cannot be read"),
    "lacks a key": (lambda held: held.pop("checks"), "checks: "),
    "a key too many": (lambda held: held.update(surprise=1), "surprise: "),
    "an unknown status": (lambda held: held.update(status="fine"), "status: "),
    "another format": (lambda held: held.update(format=1), "format: "),
    "half a request": (lambda held: held.update(request={"model": "peer_tobit"}), "request.priors: "),
    "a file elsewhere": (
        lambda held: held["files"].update({"../../x.nc": asdict(StoredFile("a" * 64, 3))}),
        "a file called '../../x.nc'",
    ),
    "a file of another kind": (
        lambda held: held["files"].update({"checks/../../x": asdict(StoredFile("a" * 64, 3))}),
        "a file called",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_manifest_that_does_not_agree_with_itself_is_refused(fit: Fit, home: Path, lie: str) -> None:
    forged(fit, lambda held: None)
    read_all(home)
    change, got = LIES[lie]
    forged(fit, change)
    said = problem(lambda: Fit.read(NAME, home))
    assert got in said
    assert said.endswith("Fit again with --force")


@pytest.mark.parametrize(
    "content",
    [b"", b'{"request": {"model": ', b"\xff\xfe", b"[1, 2]", b"[" * 100_000, b'{"format": ' + b"9" * 9999 + b"}"],
)
def test_a_manifest_that_is_none_says_so(content: bytes) -> None:
    said = problem(lambda: Manifest.decoded(content, Path("manifest.json")))
    assert said.startswith("manifest.json: got ")
    assert said.endswith("Fit again with --force")


def test_manifests_without_checks_of_predictions_have_none() -> None:
    held = json.loads(manifest().encoded())
    del held["predictive"]
    found = Manifest.decoded(json.dumps(held).encode(), Path("manifest.json"))
    assert (found, found.predictive, found.unpredicted) == (manifest(), {}, [])


def replaced(fit: Fit, make: Callable[[h5py.File], None]) -> None:
    """The draws replaced by a file of one's own making, with digests that fit."""
    path = fit.files / "private.nc"
    with h5py.File(path, "a") as file:
        make(file)
    put(fit.directory.parent, fit.name, "private.nc", path.read_bytes())


def other(tmp_path: Path) -> str:
    """A file of one's own beside the fit, which a stranger's fit should not read."""
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["coefficient"] = np.zeros((2, 20))
        file.create_group("stats")
    return str(tmp_path / "other.h5")


def external_storage(file: h5py.File, tmp_path: Path) -> None:
    file["posterior"].create_dataset("coefficient", (2, 20), "f8", external=((other(tmp_path), 0, 320),))


def external_link(file: h5py.File, tmp_path: Path) -> None:
    file["posterior"]["coefficient"] = h5py.ExternalLink(other(tmp_path), "coefficient")


def external_group(file: h5py.File, tmp_path: Path) -> None:
    del file["sample_stats"]
    file["sample_stats"] = h5py.ExternalLink(other(tmp_path), "stats")


def soft_link(file: h5py.File, tmp_path: Path) -> None:
    file["posterior"]["coefficient"] = h5py.SoftLink("/posterior/intercept")


def virtual(file: h5py.File, tmp_path: Path) -> None:
    layout = h5py.VirtualLayout((2, 20), "f8")
    layout[:] = h5py.VirtualSource(other(tmp_path), "coefficient", (2, 20))
    file["posterior"].create_virtual_dataset("coefficient", layout)


def many_groups(file: h5py.File, tmp_path: Path) -> None:
    for place in range(3000):
        file.create_group(f"g{place}")


def many_arrays(file: h5py.File, tmp_path: Path) -> None:
    for place in range(1200):
        file["posterior"].create_dataset(f"a{place}", data=0.0)


def group_in_group(file: h5py.File, tmp_path: Path) -> None:
    file["posterior"].create_group("inner")


def references(file: h5py.File, tmp_path: Path) -> None:
    file["posterior"].create_dataset("coefficient", data=[file["posterior"].ref], dtype=h5py.ref_dtype)


def array(**how: Any) -> Callable[[h5py.File, Path], None]:
    return lambda file, tmp_path: file["posterior"].create_dataset("coefficient", **how)


HUGE = {"shape": (2, 20, 10**10), "dtype": "f8"}

HOSTILE: dict[str, Callable[[h5py.File, Path], None]] = {
    **{make.__name__: make for make in (external_storage, external_link, external_group, soft_link, virtual)},
    **{make.__name__: make for make in (many_groups, many_arrays, group_in_group, references)},
    "huge": array(**HUGE, chunks=(2, 20, 1000)),
    "huge and contiguous": array(**HUGE),
    "four million zeros in a few bytes": array(data=np.zeros((2, 20, 10**5)), compression="gzip"),
    "compound": array(data=np.zeros(3, dtype=[("a", "f8"), ("b", "i4")])),
}


@pytest.mark.parametrize("make", HOSTILE)
def test_a_strangers_file_reads_nothing_else_and_holds_what_it_declares(
    fit: Fit, home: Path, tmp_path: Path, make: str
) -> None:
    replaced(fit, lambda file: HOSTILE[make](file, tmp_path))
    assert "expected arrays that lie in the file whole" in problem(lambda: Fit.read(NAME, home).draws())


def test_other_groups_than_those_of_a_fit_are_refused(fit: Fit, home: Path) -> None:
    replaced(fit, lambda file: file.move("posterior", "surprise"))
    assert "a group 'surprise'" in problem(lambda: Fit.read(NAME, home).draws())


def test_draws_without_a_posterior_say_so(fit: Fit, home: Path) -> None:
    def remove(file: h5py.File) -> None:
        del file["posterior"]

    replaced(fit, remove)
    assert "got groups sample_stats, log_likelihood; expected a group `posterior`" in problem(
        lambda: Fit.read(NAME, home).draws()
    )


def test_a_fit_that_is_a_link_is_refused(fit: Fit, home: Path, tmp_path: Path) -> None:
    fit.directory.rename(tmp_path / "elsewhere")
    fit.directory.symlink_to(tmp_path / "elsewhere")
    assert "got a link" in problem(lambda: Fit.read(NAME, home))
    assert "got a link" in problem(lambda: Fit.write(NAME, manifest(), tree(draws=20), home))


def test_a_version_that_is_a_link_is_refused(fit: Fit, home: Path, tmp_path: Path) -> None:
    fit.files.rename(tmp_path / "elsewhere")
    fit.files.symlink_to(tmp_path / "elsewhere")
    assert "no regular file" in problem(lambda: Fit.read(NAME, home))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("file", FILES)
def test_a_pipe_is_not_waited_for(fit: Fit, home: Path, file: str) -> None:
    path = path_of(fit, file)
    path.unlink()
    os.mkfifo(path)
    assert "no regular file" in problem(lambda: read_all(home))


def test_a_version_that_was_replaced_while_it_was_looked_for_is_looked_for_again(
    fit: Fit, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, times = version.pointer_of, 0

    def late(folder: Path) -> bytes:
        nonlocal times
        times += 1
        line = real(folder)
        if times == 1:
            Fit.write(NAME, replace(manifest(), created="2030-01-01T00:00:00+00:00"), tree(draws=20), home)
            return b"v1" + line[2:]
        return line

    monkeypatch.setattr(version, "pointer_of", late)
    assert version.Version.current(fit.directory).manifest.created.startswith("2030")
    assert times > 2


def test_what_an_interrupted_process_left_is_tidied_up(fit: Fit, home: Path) -> None:
    litter = fit.directory / ".fit.abcd1234.new"
    (litter / "v9").mkdir(parents=True)
    (fit.directory / "v2").mkdir(exist_ok=True)
    unfinished = home / "unfinished" / ".fit.abcd1234.new"
    unfinished.mkdir(parents=True)
    assert Fit.read(NAME, home).manifest == fit.manifest
    assert not litter.exists()
    assert not (fit.directory / "v2").exists()
    assert not Fit.exists("unfinished", home)
    assert not unfinished.parent.exists()


def test_locks_are_out_of_the_way(fit: Fit, home: Path) -> None:
    assert lock_of(home, NAME).is_file()
    assert {path.name for path in home.iterdir()} == {".locks", NAME}
