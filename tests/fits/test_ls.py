"""The door `fits.ls`: what each stored fit is, and what has changed since it was made."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.codebook import Codebook
from data.study import load_study
from data.toml_files import sha256_of
from fits import listing
from fits.listing import line_of
from fits.ls import app
from fits.planning import sources
from fits.planning.sources import Sources, versions
from fits.storage.fit import Fit
from fits.storage.manifest import Manifest
from models.family import Family
from models.spec import ModelSpec
from priors.prior_set import PriorSet
from tests.fits._fakes import manifest, request, tree
from tests.running import ROOT, called, python
from tests.small_study import binary, category, codebook, write

NAME = "own_logit-mine-own"

STUDY = codebook(
    {
        "state": category("State", roles=["group"]),
        "peers": binary("Peers", roles=["peer_exposure"]),
        "offers_condoms": binary("Condoms offered", roles=["availability"], service="condoms"),
    },
    {
        "own_logit": {
            "family": "bernoulli",
            "outcome": "availability",
            "exposures": ["peer_exposure"],
            "groups": ["group"],
        }
    },
)

ROWS = "state,peers,offers_condoms\nIL,0,1\nIL,1,0\nOH,1,1\nOH,0,0\n"


def own_files(folder: Path) -> dict[str, str]:
    """A study, its data and a prior set of the user's own, and their paths as a manifest has them."""
    files = write(folder, STUDY, ROWS)
    priors = Path(shutil.copy(ROOT / "priors" / "weak.toml", folder / "mine.toml"))
    return {"columns": "", "study": files["study"], "data": str(files["data"]), "priors": str(priors)}


def own_manifest(paths: dict[str, str], **changes: Any) -> Manifest:
    """The manifest that a fit of `own_files` would have if it were made now."""
    codebook = Codebook.read(paths["study"])
    attributes = load_study(codebook, Path(paths["data"])).attrs
    asked = request(
        model="own_logit",
        priors="mine",
        study="own",
        service="",
        wave=0,
        data_sha256=attributes["data_sha256"],
        columns_sha256=attributes["columns_sha256"],
        codebook_sha256=codebook.sha256,
        model_sha256=ModelSpec.find("own_logit", codebook).sha256,
        priors_sha256=PriorSet.read(paths["priors"]).sha256,
        versions=versions("nutpie", Family.find("bernoulli")),
    )
    return manifest(asked, **{"paths": paths, "simulated": False, "stamp": "", **changes})


def told(home: Path, *options: str, code: int = 0) -> dict[str, dict[str, Any]]:
    """What is told as JSON, by the name of the fit."""
    return {
        entry["name"]: entry
        for entry in json.loads(called(app, "--fits-dir", home, "--json", *options, code=code).stdout)
    }


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, str]:
    return own_files(tmp_path / "own")


def store(home: Path, paths: dict[str, str], name: str = NAME, **changes: object) -> Fit:
    return Fit.write(name, own_manifest(paths, **changes), tree(chains=2, draws=20), home)


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_text(encoding="utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_fit_that_passed_and_is_what_one_would_get_today(home: Path, paths: dict[str, str]) -> None:
    fit = store(home, paths)
    line = line_of(NAME, home)
    assert (line.name, line.status, line.stale, line.simulated, line.note) == (NAME, "passed", (), False, "")
    assert line.created == fit.manifest.created
    size = (fit.files / "fit.nc").stat().st_size / 1e6
    assert line.size_mb == pytest.approx(size, abs=0.05)


@pytest.mark.parametrize(
    ("status", "failed", "note"),
    [("failed", ("divergences", "ess_tail"), "failed on divergences, ess_tail"), ("look", ("rhat",), "")],
)
def test_a_fit_that_failed_is_marked_with_its_checks_and_a_look_is_not(
    status: str, failed: tuple[str, ...], note: str, home: Path, paths: dict[str, str]
) -> None:
    store(home, paths, status=status, checks=dict.fromkeys(failed, False))
    line = line_of(NAME, home)
    assert (line.status, line.note, line.stale) == (status, note, ())


def test_predictive_checks_that_failed_are_counted_and_three_are_named(home: Path, paths: dict[str, str]) -> None:
    found = {"khat": True, "mean_by_state": False, "loo_pit": False, "interior": False, "at_lower_by_x": False}
    store(home, paths, predictive=found)
    line = line_of(NAME, home)
    assert (line.status, line.stale) == ("passed", ())
    assert line.note == "4 of 5 predictive checks failed (mean_by_state, loo_pit, interior)"
    store(home, paths, predictive={"khat": True})
    assert line_of(NAME, home).note == ""
    store(home, paths, predictive=found, status="failed", checks={"rhat": False})
    assert line_of(NAME, home).note.startswith("failed on rhat; 4 of 5 predictive checks failed (")


@pytest.mark.parametrize("file", ["fit.nc", "manifest.json"])
@pytest.mark.parametrize("how", ["missing", "garbage"])
def test_a_damaged_fit_is_listed_with_its_file_and_the_next_step(
    home: Path, paths: dict[str, str], file: str, how: str
) -> None:
    fit = store(home, paths, simulated=True)
    (fit.files / file).unlink()
    if how == "garbage":
        (fit.files / file).write_bytes(b"\x00 not this")
    line = line_of(NAME, home)
    assert line.status == "damaged"
    assert str(fit.files / file) in line.note
    assert line.note.endswith("Fit again with --force")


def test_a_bit_that_changed_is_found_when_every_byte_is_compared(home: Path, paths: dict[str, str]) -> None:
    fit = store(home, paths, simulated=True)
    path = fit.files / "fit.nc"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 4]) + whole[-8:])
    assert line_of(NAME, home).status == "passed"
    line = line_of(NAME, home, verify=True)
    assert (line.status, line.simulated) == ("damaged", True)
    assert f"{path}: got a damaged file (its SHA-256 is not the manifest's)" in line.note
    assert told(home)[NAME]["status"] == "passed"
    assert told(home, "--verify", code=2)[NAME]["status"] == "damaged"


def test_one_fit_that_nobody_foresaw_does_not_keep_the_others_from_being_listed(
    home: Path, paths: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    several(home, paths)
    real = listing.differences

    def odd(manifest: Manifest, sources: Sources) -> list[str]:
        if manifest.status == "failed":
            raise AttributeError("no such thing")
        return real(manifest, sources)

    monkeypatch.setattr(listing, "differences", odd)
    found = told(home)
    assert [entry["status"] for entry in found.values()] == ["damaged", "passed", "damaged"]
    assert found["a-failed"]["note"] == f"{home / 'a-failed'}: AttributeError: no such thing"


@pytest.mark.parametrize(
    ("path", "said"),
    [("/proc/kmsg", "data_sha256 "), ("/dev/zero", "cannot be made again: No regular file: /dev/zero")],
)
def test_data_that_never_end_are_not_waited_for(home: Path, paths: dict[str, str], path: str, said: str) -> None:
    if not Path(path).exists():
        pytest.skip(f"no {path} here")
    Fit.write(NAME, replace(own_manifest(paths), paths={**paths, "data": path}), tree(chains=2, draws=20), home)
    (text,) = line_of(NAME, home).stale
    assert text.startswith(said)


@pytest.mark.parametrize(
    ("what", "old", "new", "starts"),
    [
        ("data", "OH,0,0", "OH,0,1", ["data_sha256 "]),
        ("priors", "mean = 0, sd = 8 }", "mean = 0, sd = 9 }", ["priors_sha256 "]),
        ("study", 'label = "State"', 'label = "US state"', ["codebook_sha256 "]),
        ("study", 'groups = ["group"]', "groups = []", ["codebook_sha256 ", "model_sha256 "]),
    ],
)
def test_what_has_changed_is_said(
    home: Path, paths: dict[str, str], what: str, old: str, new: str, starts: list[str]
) -> None:
    then = store(home, paths).manifest.request
    edit(paths[what], old, new)
    stale = line_of(NAME, home).stale
    assert [text[: len(start)] for text, start in zip(stale, starts, strict=True)] == starts
    now = own_manifest(paths).request
    assert list(stale) == now.differences(then)


def test_a_comment_in_a_prior_set_changes_nothing(home: Path, paths: dict[str, str]) -> None:
    store(home, paths)
    edit(paths["priors"], "[roles.intercept]", "# a remark\n[roles.intercept]")
    assert line_of(NAME, home).stale == ()


def test_another_version_of_a_library_or_of_the_code_is_said(
    home: Path, paths: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    then = store(home, paths).manifest.request.versions
    monkeypatch.setattr(sources, "versions", lambda engine, family: {**then, "numpy": "99.1", "code": "abcdefabcdef"})
    stale = line_of(NAME, home).stale
    assert stale == (f"code {then['code']} -> abcdefabcdef", f"numpy {then['numpy']} -> 99.1")


def test_settings_and_names_are_those_of_the_fit_and_never_stale(home: Path, paths: dict[str, str]) -> None:
    made = own_manifest(paths)
    odd = replace(made.request, settings={**made.request.settings, "seed": 5, "draws": 7}, service="condoms")
    Fit.write(NAME, replace(made, request=odd), tree(chains=2, draws=20), home)
    assert line_of(NAME, home).stale == ()


@pytest.mark.parametrize(
    ("what", "folder", "text"),
    [
        ("data", False, "No such file or directory: {path}"),
        ("data", True, "Is a directory: {path}"),
        ("study", False, "{path}: got no such file; expected a TOML file"),
        ("priors", False, "{path}: got no such file; expected a TOML file"),
    ],
)
def test_a_missing_file_is_named(home: Path, paths: dict[str, str], what: str, folder: bool, text: str) -> None:
    store(home, paths)
    path = Path(paths[what])
    path.unlink()
    if folder:
        path.mkdir()
    line = line_of(NAME, home)
    assert (line.status, line.stale) == ("passed", (f"cannot be made again: {text.format(path=path)}",))


def test_a_model_that_is_gone_is_named_with_the_nearest(home: Path, paths: dict[str, str]) -> None:
    store(home, paths)
    edit(paths["study"], "own_logit =", "own_logits =")
    (text,) = line_of(NAME, home).stale
    assert text.startswith("cannot be made again: model: got 'own_logit'; expected a known model")
    assert "Did you mean 'own_logits'?" in text


def test_the_simulated_study_of_the_project_is_known_by_its_hash(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fit of the project's own study, without any path; what it is compared with lies in the project."""
    asked = request(data_sha256=Sources().simulated("ndatss"), columns_sha256="")
    none = {"data": "", "columns": "", "study": "", "priors": ""}
    Fit.write("fake", manifest(asked, paths=none), tree(chains=2, draws=20), home)
    monkeypatch.chdir(tmp_path)  # no file of the user's is looked for
    line = line_of("fake", home)
    names = [text.partition(" ")[0] for text in line.stale]
    assert {"codebook_sha256", "model_sha256", "priors_sha256", "code"} <= set(names)
    assert not {"data_sha256", "columns_sha256"} & set(names)
    assert line.simulated


def test_a_manifest_without_paths_is_no_crash(home: Path) -> None:
    Fit.write("fake", manifest(paths={}), tree(chains=2, draws=20), home)
    assert line_of("fake", home).status == "passed"


def several(home: Path, paths: dict[str, str]) -> None:
    store(home, paths, "b-passed")
    store(home, paths, "a-failed", status="failed", checks={"rhat": False}, simulated=True)
    (home / "c-damaged").mkdir()
    (home / "c-damaged" / "fit.nc").write_bytes(b"")


def test_json_holds_every_fit_and_nothing_else(home: Path, paths: dict[str, str]) -> None:
    several(home, paths)
    found = told(home)
    assert list(found) == ["a-failed", "b-passed", "c-damaged"]
    assert [entry["status"] for entry in found.values()] == ["failed", "passed", "damaged"]
    assert [entry["simulated"] for entry in found.values()] == [True, False, None]
    assert found["b-passed"]["stale"] == []
    assert set(found["a-failed"]) == {"name", "status", "stale", "simulated", "created", "size_mb", "note"}


def test_the_table_says_what_each_is(home: Path, paths: dict[str, str]) -> None:
    several(home, paths)
    edit(paths["data"], "OH,0,0", "OH,0,1")
    lines = {line.split()[0]: line for line in called(app, "--fits-dir", home).stdout.splitlines()}
    assert list(lines) == ["fit", "a-failed", "b-passed", "c-damaged"]
    assert "failed, stale" in lines["a-failed"]
    assert "failed on rhat; data_sha256 " in lines["a-failed"]
    assert "SIMULATED" in lines["a-failed"]
    assert " own " in lines["b-passed"]
    assert " unknown " in lines["c-damaged"]
    assert "no file; expected a stored fit" in lines["c-damaged"]
    assert "Fit again with --force" in lines["c-damaged"]
    assert "2026-01-02 03:04" in lines["b-passed"]


def test_brackets_in_a_remark_are_printed_as_they_are(home: Path, paths: dict[str, str]) -> None:
    store(home, paths, "[red]fake")
    edit(paths["priors"], "[roles.control]", '[roles.control]\n"[bold]sd" = 1')
    said = called(app, "--fits-dir", home).stdout
    assert "[red]fake" in said
    assert "mine.toml: roles.control.[bold]sd: got an unknown key; expected a known key" in said


@pytest.mark.parametrize("exists", [True, False])
def test_an_empty_home_suggests_the_command(home: Path, exists: bool) -> None:
    if exists:
        home.mkdir()
    assert "Make one: python -m models.fit peer_tobit" in called(app, "--fits-dir", home).stdout
    assert told(home) == {}


def test_the_command_lists_a_folder_of_fits(home: Path, paths: dict[str, str]) -> None:
    store(home, paths)
    (entry,) = json.loads(python("-m", "fits.ls", "--fits-dir", home, "--json").stdout)
    assert (entry["name"], entry["status"], entry["stale"]) == (NAME, "passed", [])


def test_a_mapping_of_columns_that_changed_is_said(home: Path, paths: dict[str, str], tmp_path: Path) -> None:
    mapping = tmp_path / "columns.toml"
    mapping.write_text('[columns]\npeers = "peers"\n', encoding="utf-8")
    made = own_manifest(paths)
    asked = replace(made.request, columns_sha256=sha256_of(mapping))
    Fit.write(NAME, replace(made, request=asked, paths={**paths, "columns": str(mapping)}), tree(draws=20), home)
    assert line_of(NAME, home).stale == ()
    edit(str(mapping), '"peers"', '"staff"')
    assert line_of(NAME, home).stale == (f"columns_sha256 {asked.columns_sha256[:8]} -> {sha256_of(mapping)[:8]}",)
