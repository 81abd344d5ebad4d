"""Checks of fits: what passes, what fails on purpose, what the tables hold and withhold, what is refused and stored."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from data.disclosure import FEW
from data.errors import InputError
from fits.checks import checking
from fits.checks.found import CheckOptions, Found
from fits.checks.suppression import BESIDE
from fits.storage.draws import encoded
from fits.storage.fit import Fit
from tests.fits._tamper import put
from tests.fits.checks._checked import LOGIT, RIGHT, RIVAL, SPLITS, Checked, checked, listed
from tests.fits.checks._worlds import STATES, fitted, rows
from tests.running import ROOT

TABLES = {"checks.json", "checks.csv", "rates.csv", "prior.csv"}


def test_the_right_model_passes_everything(right: Checked) -> None:
    assert right.failed == set()
    assert right.found.passed
    names = {f"{what}_by_{split}" for what in ("at_lower", "at_upper", "mean") for split in SPLITS}
    prior = {f"prior_{what}_by_service" for what in ("at_lower", "at_upper", "mean", "spread")}
    others = {"sampler", "spread_by_service", "interior", "loo_pit", "left_out_state", "khat", "refits"}
    assert set(right.checks) == names | prior | others
    tests = [check for check in right.checks.values() if check.kind == "p"]
    assert {check.limit for check in tests} == {0.05 / len(tests)}
    assert right.checks["refits"].sentence == "Refits: 0 of 3 failed their own diagnostics."


def test_a_gaussian_in_place_of_a_tobit_fails_its_limits_and_the_pit(rival: Checked) -> None:
    assert not rival.found.passed
    assert {"at_lower_by_service", "at_upper_by_service", "loo_pit"} <= rival.failed
    assert not {"mean_by_service", "mean_by_state", "khat"} & rival.failed
    seen, low, high = map(int, re.findall(r"(\d+) %", rival.checks["at_lower_by_service"].sentence))
    assert seen == round(100 * float((rows()["y"] == 0.0).mean()))
    assert low <= high < seen


def test_a_model_without_states_fails_them_where_they_are_strong(single: Checked, right: Checked) -> None:
    assert {"mean_by_state", "left_out_state"} <= single.failed
    assert not {"at_lower_by_service", "at_upper_by_service", "interior", "loo_pit"} & single.failed
    for done, inside in ((single, range(9)), (right, range(9, 13))):
        sentence = done.checks["left_out_state"].sentence
        (count,) = re.findall(rf"(\d+) of {STATES} means in their 95% predictive intervals", sentence)
        assert int(count) in inside
        elpd, known = map(float, re.findall(r"elpd (-\d+\.\d) for a state not seen, (-\d+\.\d) for one", sentence)[0])
        assert elpd < known
        assert known == pytest.approx(done.found.loo.total, abs=0.06)
        assert elpd == pytest.approx(sum(level.elpd for level in done.found.levels), abs=0.06)


def test_yes_or_no_is_calibrated_or_not(logit: Checked, tmp_path: Path) -> None:
    assert logit.failed == set()
    assert set(logit.checks) == {
        *("sampler", "rate_by_service", "rate_by_state", "rate_by_x", "rate_by_peer"),
        *("calibration", "prior_rate_by_service", "khat"),
    }
    # The same fit with draws that are surer than the data allow, its manifest and earlier checks as they were.
    shutil.copytree(logit.fit.directory, tmp_path / LOGIT)
    with logit.fit.draws() as draws:
        tree = draws.load()
    sure = tree["posterior"].to_dataset()
    tree["posterior"] = xr.DataTree(
        sure.assign({name: 2.5 * sure[name] for name in ("intercept", "exposure_coef", "state_effect")})
    )
    put(tmp_path, LOGIT, "private.nc", encoded(tree))
    put(tmp_path, LOGIT, "checks/old.txt", b"of before")
    done = checked(LOGIT, tmp_path, CheckOptions(seed=3), prior=False)
    sentence = done.checks["calibration"].sentence
    assert "calibration" in done.failed
    assert re.search(r"not calibrated \(p < 0\.001\); where \d+% is predicted, \d+% happens\.$", sentence)
    # The second run replaces the first, and its figures are stamped with what it found itself.
    assert done.said["seed"] == 3
    assert not (done.fit.files / "checks" / "old.txt").exists()
    assert done.fit.manifest.unpredicted == [name for name in done.checks if name in done.failed]
    stamp = f"{len(done.failed)} PREDICTIVE CHECKS FAILED"
    assert all(stamp in text for name, text in done.texts.items() if name.endswith(".svg"))


def test_a_prior_in_conflict_with_the_data_fails_and_the_likelihood_does_not(files: dict[str, Any]) -> None:
    """The prior expects nearly all at 100; the data are many and move the posterior all the same."""
    priors = files["data"].parent / "high.toml"
    text = (ROOT / "priors" / "weak.toml").read_text(encoding="utf-8")
    for old, new in (
        ("points = { mean = 50, sd = 35 }", "points = { mean = 230, sd = 25 }"),
        ("points = { sd = 50 }", "points = { sd = 20 }"),
    ):
        assert old in text
        text = text.replace(old, new)
    priors.write_text(text, encoding="utf-8")
    done = checked(fitted(files, priors=str(priors)).name, files["home"])
    failed = {name for name in done.failed if name.startswith("prior_")}
    assert {"prior_at_lower_by_service", "prior_mean_by_service"} <= failed
    sentence = done.checks["prior_at_lower_by_service"].sentence
    assert re.search(
        r"the data surprise the prior \(p 0?.*\), most at y: 2\d %, the prior says 0 % to \d %\.$", sentence
    )
    assert "loo_pit" not in done.failed
    # What has changed since is refused: replications of another prior would be compared with the data.
    priors.write_text(text.replace("mean = 230", "mean = 240"), encoding="utf-8")
    said = "got the prior set 'high', which has changed since; expected what the fit was made under"
    with pytest.raises(InputError, match=said):
        checking.require_sense([done.found.given], CheckOptions())
    priors.unlink()
    with pytest.raises(InputError, match=r"got its prior set .*high\.toml, which is gone; expected the prior set it"):
        checking.require_sense([done.found.given], CheckOptions())


def test_what_files_there_are(right: Checked, logit: Checked) -> None:
    figures = {f"rates-{split}.svg" for split in SPLITS}
    assert set(right.files) == TABLES | figures | {"left_out.csv", "left_out.svg", "limits.svg", "pit.svg"}
    rates = {f"rates-{split}.svg" for split in ("service", "state", "x", "peer")}
    assert set(logit.files) == TABLES | rates | {"calibration.svg"}
    assert right.said["request_sha256"] == right.fit.manifest.request.sha256
    assert (right.said["passed"], right.said["loo"]["answers"], right.said["replications"]) == (True, 480, 1000)


def test_tables_hold_the_same_as_the_json_and_as_the_data(right: Checked) -> None:
    found = {row["name"]: row for row in right.table("checks.csv")}
    assert {name: row["sentence"] for name, row in found.items()} == {
        check["name"]: check["sentence"] for check in right.said["checks"]
    }
    data = rows()
    shares = {row["label"]: row for row in right.table("rates.csv") if row["statistic"] == "at_lower"}
    assert float(shares["y"]["observed"]) == pytest.approx((data["y"] == 0.0).mean())
    for label, here in data.groupby("state"):
        row, at = shares[label], int((here["y"] == 0.0).sum())
        assert row["units"] == str(len(here))
        if 10 < at < len(here) - 10:
            assert row["observed"] == BESIDE or float(row["observed"]) == pytest.approx(at / len(here))
        elif at:
            assert row["observed"] == FEW
    levels = {row["level"]: row for row in right.table("left_out.csv")}
    means = data.groupby("state")["y"].mean()
    np.testing.assert_allclose([float(levels[state]["observed"]) for state in means.index], means, rtol=1e-9)


def test_nothing_written_shows_a_count_from_1_to_10_or_gives_one_away(
    right: Checked, rival: Checked, single: Checked, logit: Checked
) -> None:
    """From the data, every share that speaks of 1 to 10 units on either side; then looked for in every file."""
    data = rows()
    parts = pd.qcut(data["x"], 4, labels=[f"part {k} of 4, low to high" for k in (1, 2, 3, 4)])
    by = {
        "state": data["state"],
        "kind": data["kind"],
        "state x kind": data["state"] + ", " + data["kind"],
        "x": parts.astype(str),
        "peer": "peer = " + data["peer"].astype(str),
        "service": pd.Series("y", data.index),
    }
    at = {"at_lower": data["y"] == 0.0, "at_upper": data["y"] == 100.0, "rate": data["answer"] == 1}
    for done in (right, rival, single, logit):
        counted = [row for row in done.table("rates.csv") if row["statistic"] in at]
        assert len(counted) > 15
        hidden: dict[tuple[str, str], list[int]] = {}
        for row in counted:
            labels = by[row["split"]].replace("y", "answer") if row["statistic"] == "rate" else by[row["split"]]
            yes = int((at[row["statistic"]] & (labels == row["label"])).sum())
            no = int((labels == row["label"]).sum()) - yes
            if row["observed"] in (FEW, BESIDE):
                hidden.setdefault((row["split"], row["statistic"]), []).append(yes)
                assert row["inside"] == ""
            else:
                assert float(row["observed"]) == pytest.approx(yes / (yes + no))
                assert not {yes, no} & set(range(1, 11)), row
        assert any(hidden.values())
        for counts in hidden.values():
            assert len(counts) > 1  # the total is printed by service
        for name in {"rates.csv", "prior.csv", "left_out.csv"} & set(done.files):
            assert not {row["units"] for row in done.table(name)} & {str(count) for count in range(1, 11)}
        texts = done.texts.values()
        assert not [text for text in texts if re.search(r"\b([1-9]|10) units\b", text.replace(FEW, ""))]


def test_a_withheld_answer_is_in_no_sentence(right: Checked, rival: Checked) -> None:
    for done in (right, rival):
        for row in done.table("rates.csv"):
            if row["observed"] in (FEW, BESIDE):
                key = f"{row['statistic']}_by_{row['split'].replace(' ', '_')}"
                assert f" {row['label']} " not in done.checks[key].sentence.partition("(")[2]


def test_fits_are_compared_from_the_best_to_the_worst(right: Checked, rival: Checked) -> None:
    best, worst = checking.compared([rival.found, right.found])
    assert (best.fit, worst.fit) == (RIGHT, RIVAL)
    assert best.elpd == pytest.approx(right.found.loo.total)
    assert worst.difference == pytest.approx(rival.found.loo.total - right.found.loo.total)
    assert worst.difference < -2 * worst.difference_error
    assert checking.compared([right.found]) == []


@pytest.fixture
def found(logit: Checked, tmp_path: Path) -> Found:
    """All that was found of a fit, for a copy of it."""
    shutil.copytree(logit.fit.directory, tmp_path / LOGIT)
    return replace(logit.found, given=replace(logit.found.given, fit=Fit.read(LOGIT, tmp_path)))


def test_a_fit_that_was_replaced_meanwhile_is_refused(found: Found, tmp_path: Path) -> None:
    with found.fit.draws() as draws:
        tree = draws.load()
    Fit.write(LOGIT, replace(found.fit.manifest, created="2030-01-01T00:00:00+00:00"), tree, tmp_path)
    fit, (problem,) = checking.store(found, {"checks.json": b"{}"})
    assert fit is None
    assert re.search(r"got a fit made 2030-.*; expected the fit that the checks was computed from", str(problem))
    there = Fit.read(LOGIT, tmp_path)
    assert there.manifest.created == "2030-01-01T00:00:00+00:00"
    assert listed(there.files) == ["fit.nc", "manifest.json", "private.nc"]
    assert listed(there.directory) == sorted(["current", found.fit.files.name, there.files.name])
