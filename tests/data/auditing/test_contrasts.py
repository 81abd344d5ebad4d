"""Contrasts that a codebook declares far from how much units differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.auditing.audit import Audit
from data.describe import app
from tests.running import called
from tests.small_study import codebook, loaded, number, write


def study(**said: Any) -> str:
    share = number("Share", unit="percent of staff", roles=["control"], **said)
    return codebook({"y": number("Y", limits=[0, 100]), "share": share})


def rows(count: int = 60) -> pd.DataFrame:
    """A standard deviation of 10."""
    values = np.resize([-1.0, 1.0], count)
    return pd.DataFrame({"y": np.arange(count), "share": 50.0 + 10.0 * values / values.std(ddof=1)})


def audited(folder: Path, table: pd.DataFrame, **said: Any) -> Audit:
    dataset, read = loaded(folder, study(**said), table)
    return Audit.of(dataset, read, outcomes=["y"])


@pytest.mark.parametrize(("contrast", "sds"), [(0.99, 0.099), (-0.5, 0.05), (40.1, 4.01), (-99.0, 9.9)])
def test_one_far_from_the_spread_is_found_and_said(contrast: float, sds: float, tmp_path: Path) -> None:
    audit = audited(tmp_path, rows(), contrast=contrast)
    (found,) = audit.contrasts
    assert (found.column, found.contrast, found.unit) == ("share", contrast, "percent of staff")
    assert found.sds == pytest.approx(sds)
    assert found.sd.value == pytest.approx(10.0)
    (said,) = [one for one in audit.warnings if "contrast" in one]
    size = "under a tenth of its standard deviation" if sds < 1 else "over four of its standard deviations"
    assert said.startswith(
        f"The contrast declared for share, {contrast:g} percent of staff, is {size} (10 percent of staff): its effects"
    )
    assert said.endswith("Declare a `contrast` nearer to the standard deviation, or leave it out, which means 1 sd.")
    assert audit.to_dict()["contrasts"][0]["sd"] == 10.0


@pytest.mark.parametrize("said", [{}, {"contrast": "sd"}, {"contrast": "iqr"}, {"contrast": 1.01}, {"contrast": 39.9}])
def test_one_that_suits_the_data_is_not(said: dict[str, Any], tmp_path: Path) -> None:
    assert audited(tmp_path, rows(), **said).contrasts == ()


def test_no_or_yes_in_numbers_and_few_units_have_none(tmp_path: Path) -> None:
    rare = rows().assign(share=np.arange(60) == 3)
    assert audited(tmp_path, rare.astype(float), contrast=1).contrasts == ()
    assert audited(tmp_path, rows(10), contrast=100).contrasts == ()
    assert len(audited(tmp_path, rows(11), contrast=100).contrasts) == 1


def test_the_description_of_a_study_says_it(tmp_path: Path) -> None:
    files = write(tmp_path, study(contrast=0.01), rows())
    said = " ".join(called(app, files["study"], "--data", files["data"]).output.split())
    assert "The contrast declared for share, 0.01 percent of staff, is under a tenth" in said
