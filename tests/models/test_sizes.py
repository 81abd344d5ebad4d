"""How many units were lost or did not answer, if 1 to 10, stands nowhere and cannot be had by subtraction."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.describe import app as describe
from data.disclosure import counts_beside, part_of
from data.files.csv_text import read_records
from fits.checks import checking
from fits.reload import reload
from fits.storage.fit import Fit
from models.check import app as check
from models.fit import app as fit
from models.sizes import Sizes
from reports.build import app as build
from reports.compare import app as compare
from reports.effects import app as effects
from tests.fakes import stored
from tests.making import made
from tests.running import called
from tests.small_study import kinds, small_codebook, write

STUDY = small_codebook("y", "z", models={"without": {"family": "tobit", "outcome": ["y", "z"], "exposures": ["yes"]}})

COUNT, LOST, SILENT, SILENT_ON_Z = 829, 6, 3, 132
"""Units; without their kind; without an outcome; without the second one, these included."""

USED, ANSWERED, LOST_ON_Z = COUNT - LOST - SILENT, COUNT - SILENT, 5
TOLD_ON_Z = COUNT - SILENT_ON_Z
SECRET = {USED, ANSWERED, TOLD_ON_Z - LOST_ON_Z, USED + TOLD_ON_Z - LOST_ON_Z}
"""Numbers from which a small one is had: of units used, of units that answer, of answers on `z`, and of all."""


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    table = kinds(COUNT, seed=3, outcomes=("y", "z"), levels=("a", "b"))
    table.loc[: SILENT - 1, "y"] = np.nan
    table.loc[: SILENT_ON_Z - 1, "z"] = np.nan
    table.loc[[200, *range(300, 300 + LOST_ON_Z - 1), 100], "kind"] = ""  # one of those who say nothing on z
    return write(tmp_path_factory.mktemp("few"), STUDY, table, stem="few")


@pytest.fixture(scope="module")
def posterior(given: dict[str, Any]) -> Fit:
    """A joint fit of random draws, checked."""
    home = given["home"]
    fit = stored("posterior", chains=4, length=250, **given)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "_prior_rates", lambda *given, **named: [])  # which takes PyMC half a minute
        done = called(check, "posterior", "--fits-dir", home, "--refits", "0", code=None)
    assert done.exit_code in (0, 1), done.output
    (home / "check.txt").write_text(done.stdout, encoding="utf-8")
    return Fit.read(fit.name, home)


def estimated(given: dict[str, Any], **wanted: Any) -> Fit:
    return made(**{"engine": "mle", **given, **wanted})


def said(app: Any, *words: str) -> str:
    return called(app, *words).stdout


def outputs(given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What commands say of the study and of fits of it, by command."""
    study, data, home = given["study"], str(given["data"]), str(given["home"])
    yield "describe", said(describe, study, "--data", data)
    yield "describe --json", said(describe, study, "--data", data, "--json")
    mle = ("m", "--study", study, "--data", data, "--engine", "mle", "--fits-dir", home)
    yield "fit", said(fit, *mle)
    yield "fit --json", said(fit, *mle, "--json")
    yield "fit of one", said(fit, *mle, "--service", "z")
    yield "fit of one --json", said(fit, *mle, "--service", "z", "--json")
    yield "fit --show", said(fit, *mle[:5], "--show")
    name = estimated(given).name
    for words in ((), ("--by", "kind")):
        yield f"effects {words}", said(effects, name, *words, "--fits-dir", home)
        yield f"effects {words} --json", said(effects, name, *words, "--json", "--fits-dir", home)
    yield "groups", said(effects, "posterior", "--groups", "--fits-dir", home)
    yield "compare", said(compare, "posterior", name, "--fits-dir", home)
    yield "compare --json", said(compare, "posterior", name, "--fits-dir", home, "--json")
    page = Path(home).parent / "page.html"
    said(build, "posterior", "--fits-dir", home, "--out", page, "--accept-failed")
    yield "page", re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>", " ", page.read_text(encoding="utf-8"))
    kept = ("*/v*/manifest.json", "*/v*/checks/*.json", "*/v*/checks/*.csv", "check.txt", "../page_files/*.[cj]s[vo]*")
    for path in (path for pattern in kept for path in sorted(Path(home).glob(pattern))):
        text = path.read_text(encoding="utf-8")
        yield f"{path.parent.name}/{path.name}", text.replace(",", " ") if path.suffix == ".csv" else text


def test_no_output_holds_a_number_that_gives_a_small_one_away(given: dict[str, Any], posterior: Fit) -> None:
    design = reload(estimated(given)).design
    assert (len(design.units), design.rows_lost, design.rows_unanswered) == (USED, LOST, SILENT)
    assert {USED, len(design.y)} < SECRET
    seen = set()
    for name, text in outputs(given):
        held = {int(word.replace(",", "")) for word in re.findall(r"(?<![\w.-])\d{1,3}(?:,?\d{3})*(?!\w|[.,]\d)", text)}
        assert not held & SECRET, name
        seen |= {name}
        if name in ("describe", "fit", "fit --show"):
            assert f">{COUNT - 11}" in text, name
    assert {"checks/rates.csv", "checks/checks.json", "page_files/data-units-posterior.csv"} <= seen


def test_no_share_that_a_check_tells_says_of_how_many(given: dict[str, Any], posterior: Fit) -> None:
    """Of every number of units that it could be, some shares of it read as those that are told."""
    rows = read_records((posterior.files / "checks" / "rates.csv").read_text(encoding="utf-8"))
    for service, known in (("y", COUNT), ("z", TOLD_ON_Z)):
        told = [row for row in rows if row["split"] == "service" and row["label"] == service]
        shares = [float(row["observed"]) for row in told if row["statistic"] in ("at_lower", "at_upper")]
        assert len(shares) == 2
        assert {row["units"] for row in told} == {f">{known - 11}"}
        for n in range(known - 10, known):
            assert all(round(round(share * n) / n, 2) == share for share in shares)
    joint = [row for row in rows if row["split"] == "yes"]
    assert {row["units"] for row in joint} == {">10"}


def test_a_manifest_says_what_the_terminal_does(given: dict[str, Any]) -> None:
    joint, single = estimated(given).manifest.design, estimated(given, service="z").manifest.design
    sizes = ("units", "cells", "rows_lost", "rows_unanswered")
    above = (COUNT - 11) + (TOLD_ON_Z - 11)
    assert [joint[name] for name in sizes] == [f">{COUNT - 11}", f">{above:,}", "<11", "<11"]
    # Of one service, few of those who answered are lost, and many are silent: how many is then not told.
    assert [single[name] for name in sizes] == [f">{TOLD_ON_Z - 11}"] * 2 + ["<11", SILENT_ON_Z]


def test_a_fit_that_uses_few_units_less_than_another_does_not_say_how_many(given: dict[str, Any]) -> None:
    models = said(describe, given["study"], "--data", given["data"], "--json")
    usable = {name: audit["rows"]["usable"] for name, audit in json.loads(models)["models"].items()}
    assert set(usable.values()) == {f">{COUNT - 11}"}


@pytest.mark.parametrize("whole", [40, 60, 200])
def test_three_parts_of_a_known_total_leave_every_small_one_open(whole: int) -> None:
    for lost, silent in product(range(30), range(30)):
        parts = (whole - lost - silent, lost, silent)
        if min(parts) < 0:
            continue
        ranges = [bounds(count.plain(), whole) for count in counts_beside(parts, last=0)]
        for place, n in enumerate(parts):
            if not 0 < n < 11:
                continue
            others = [ranges[other] for other in range(3) if other != place]
            low = max(ranges[place][0], whole - sum(high for _, high in others))
            high = min(ranges[place][1], whole - sum(low for low, _ in others))
            assert high > low, parts


def bounds(told: int | str, whole: int) -> tuple[int, int]:
    if isinstance(told, int):
        return told, told
    return (1, 10) if told[0] == "<" else (int(told[1:]) + 1, whole)


@pytest.mark.parametrize(
    ("n", "totals", "told"),
    [
        (652, (657,), ">646"), (652, (652,), "652"), (646, (657,), "646"), (5, (657,), "<11"), (0, (5,), "0"),
        (640, (650, 657), "640"),  # of the 650, which read ">646", nothing is known
        (640, (645, 660), ">634"), (640, (644, 645), ">634"), (640, (640, 644), ">633"),
    ],
)  # fmt: skip
def test_part_of_totals_that_are_printed_elsewhere(n: int, totals: tuple[int, ...], told: str) -> None:
    assert str(part_of(n, *totals)) == told


def test_nothing_is_withheld_where_nothing_small_can_be_had(given: dict[str, Any]) -> None:
    table = pd.read_csv(given["data"]).dropna()
    folder = given["home"].parent / "whole"
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / "whole.csv", index=False)
    sizes = Sizes.of(reload(estimated({**given, "data": folder / "whole.csv", "home": folder / "fits"})).design)
    assert sizes.plain() == {"units": len(table), "cells": 2 * len(table), "rows_lost": 0, "rows_unanswered": 0}
    assert {str(count) for count in sizes.by_service.values()} == {str(len(table))}
