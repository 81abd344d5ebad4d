"""The real public file against the numbers known of it; runs where NSSATS_2017 names the .RData file."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from data.auditing.audit import Audit
from data.codebook import Codebook
from data.study import load_study

FILE = os.environ.get("NSSATS_2017", "")

pytestmark = pytest.mark.skipif(not FILE, reason="NSSATS_2017 does not name the file, which users download themselves")

CODEBOOK = Codebook.read("nssats_2017")

TYPES = {"outpatient_non_otp": 64.6, "residential": 21.1, "outpatient_otp": 9.7, "inpatient": 4.6}

OFFERED = {"methadone": 9.4, "buprenorphine": 27.4, "hiv_testing": 28.3, "transportation": 43.6, "housing": 54.1}


@pytest.fixture(scope="module")
def study() -> xr.Dataset:
    return load_study(CODEBOOK, Path(FILE))


@pytest.fixture(scope="module")
def audit(study: xr.Dataset) -> Audit:
    return Audit.of(study, CODEBOOK)


def percent(values: xr.DataArray) -> float:
    return round(100 * float(np.nanmean(values)), 1)


def test_it_is_the_file_the_codebook_was_written_for(study: xr.Dataset) -> None:
    assert study.attrs["data_sha256"] == CODEBOOK.study.sha256
    assert study.sizes == {"unit": 13_585, "service": 9}
    assert study.attrs["rows_in_file"] == 13_585
    assert not study.attrs["simulated"]


def test_unit_types_ownership_and_peer_support(study: xr.Dataset) -> None:
    assert {name: percent(study["unit_type"] == name) for name in TYPES} == TYPES
    owners = {name: percent(study["ownership"] == name) for name in ("nonprofit", "for_profit", "public")}
    assert owners == {"nonprofit": 52.7, "for_profit": 36.3, "public": 11.0}
    assert percent(study["peer_support"]) == 56.5


def test_services_offered(study: xr.Dataset) -> None:
    assert {name: percent(study["availability"].sel(service=name)) for name in OFFERED} == OFFERED
    asked = study["availability"].sel(service="opioid_maintenance").notnull()
    assert int(asked.sum()) == 4_747


def test_methadone_by_unit_type(audit: Audit) -> None:
    rates = {rate.level: round(100 * rate.yes.value, 1) for rate in audit.rates if rate.service == "methadone"}
    assert rates == {"outpatient_non_otp": 0, "outpatient_otp": 96.5, "inpatient": 0, "residential": 0}


def test_the_audit_flags_methadone(audit: Audit) -> None:
    (found,) = [row for row in audit.separations if row.service == "methadone" and row.predictor == "unit_type"]
    assert found.kind == "quasi-complete"
    assert (set(found.never), found.always) == ({"outpatient_non_otp", "inpatient", "residential"}, ())
    assert audit.warnings[0].startswith("methadone never occurs where unit_type is inpatient, residential or")
    own = {(row.service, row.predictor) for row in audit.separations if not row.pooled}
    assert own == {("methadone", "unit_type")}


def test_states(audit: Audit) -> None:
    (state,) = [group for group in audit.groups if group.group == "state"]
    assert (state.levels, state.smallest.n, state.median.n, state.largest.n) == (53, 7, 199, 1_311)
    assert str(state.smallest) == "<11"


def test_the_audit_takes_seconds(study: xr.Dataset) -> None:
    start = time.perf_counter()
    Audit.of(study, CODEBOOK)
    # 0.3 s on a quiet machine of two cores
    assert time.perf_counter() - start < 5
