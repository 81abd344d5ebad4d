"""Compact records: small, the same bytes for the same simulations, and every table comes out of them again."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.errors import InputError
from fits.calibration.compact import SUFFIX, CompactRecord
from fits.calibration.operating import Operating
from fits.calibration.sbc import Sbc
from fits.calibration.true_sizes import TrueSizes
from fits.effects.asymptotic import Asymptotic
from fits.effects.effect_table import POOLED
from fits.verdicts.rule import Rule

LARGEST = 1_000_000
"""Bytes of a record that is committed."""

STUDIES = 200
SERVICES = ("condoms", "aftercare", "housing", "methadone", "hiv_testing", "transportation", "education", "care")


def effect(rng: np.random.Generator, exposure: str, service: str, true: float) -> dict[str, Any]:
    """What a calibration stores of one effect, with every digit."""
    mean, likely, sd = true + rng.normal(0, 3), true + rng.normal(0, 5), rng.uniform(2, 4)
    ends = {
        f"{side}_{p}": mean + sign * z * sd
        for p, z in ((90, 1.64), (95, 1.96))
        for side, sign in (("low", -1), ("high", 1))
    }
    above, below = rng.integers(0, 500, 2) / 1000
    bayes = {"mean": mean, "sd": sd, **ends, "positive": float(rng.integers(0, 1001) / 1000)}
    error = rng.uniform(3, 6)
    return {
        "exposure": exposure,
        "service": service,
        "true": true,
        "bayes": {**bayes, "above": above, "below": below, "within": 1 - above - below},
        "ml": {"estimate": likely, "error": error, "p_value": Asymptotic.of(likely, error).p_value},
    }


def study(k: int) -> dict[str, Any]:
    rng = np.random.default_rng(k)
    effects = [
        effect(rng, exposure, service, 10.0 if service == SERVICES[(k + e) % 8] else 0.0)
        for e, exposure in enumerate(("peer_influence", "peer_senior", "lived_experience_share"))
        for service in (*SERVICES, POOLED)
    ]
    effects[2]["ml"] = None
    diagnostics = {"divergences": 0, "rhat_max": 1.0123456789, "ess_bulk_min": 812.3456789}
    status = "failed" if k % 50 == 0 else "passed"
    head = {"k": k, "status": status, "first": status, "diagnostics": diagnostics, "study_seed": 2**31 + k}
    return {**head, "ml_words": {}, "effects": effects, "seconds": 12.34}


def ranked(k: int) -> dict[str, Any]:
    rng = np.random.default_rng(k)
    names = [f"control_coef[{c}, {service}]" for c in range(22) for service in SERVICES]
    ranks = {name: float(rng.uniform()) for name in [*names, "unit_sd", "log_likelihood"]}
    return {"k": k, "status": "passed", "first": "passed", "diagnostics": {}, "ranks": ranks, "seconds": 30.0}


def written(records: list[dict[str, Any]], folder: Path) -> CompactRecord:
    path = folder / f"r{SUFFIX}"
    content = CompactRecord({"scenario": "one_real"}, tuple(records)).to_bytes()
    path.write_bytes(content)
    assert len(content) < LARGEST
    return CompactRecord.read(path)


def test_tables_come_out_of_a_record_as_they_were(tmp_path: Path) -> None:
    records = [study(k) for k in range(STUDIES)]
    again = written(records, tmp_path)
    assert again.head == {"scenario": "one_real"}
    assert len(again.records) == STUDIES
    sizes, rule = TrueSizes.of("one_real"), Rule.read()
    before, after = (Operating.of(one, rule, "points", sizes) for one in (records, again.records))
    assert before.simulations == after.simulations
    for old, new in zip(before.rows(), after.rows(), strict=True):
        assert {k: v for k, v in old.items() if k not in ("value", "error")} == {
            k: v for k, v in new.items() if k not in ("value", "error")
        }
        # five digits of every number: a truth that lies just at the end of an interval may change sides
        same = pytest.approx(old["value"], rel=1e-3, abs=1e-3) if old["value"] is not None else None
        assert new["value"] == same
    assert before.verdicts == after.verdicts


def test_ranks_come_out_of_a_record_as_they_were(tmp_path: Path) -> None:
    records = [ranked(k) for k in range(STUDIES)]
    again = written(records, tmp_path)
    before, after = (
        Sbc.of({name: [one["ranks"][name] for one in found] for name in records[0]["ranks"]})
        for found in (records, list(again.records))
    )
    assert [one.name for one in before.worst] == [one.name for one in after.worst]
    assert [one.value for one in after.quantities] == pytest.approx([one.value for one in before.quantities], rel=1e-6)


def test_everything_that_was_stored_of_a_simulation_is_there_to_five_digits(tmp_path: Path) -> None:
    records = [study(3), {"k": 4, "status": "error", "first": "error", "words": "InputError: no row", "seconds": 1.0}]
    first, second = written(records, tmp_path).records
    assert second == records[1]
    assert first["study_seed"] == records[0]["study_seed"]
    assert first["diagnostics"] == {"divergences": 0, "rhat_max": 1.0123, "ess_bulk_min": 812.35}
    assert first["effects"][2]["ml"] is None
    for old, new in zip(records[0]["effects"], first["effects"], strict=True):
        assert (old["exposure"], old["service"]) == (new["exposure"], new["service"])
        assert new["true"] == pytest.approx(old["true"])
        assert new["bayes"] == pytest.approx(old["bayes"], rel=1e-4)
        if old["ml"]:
            assert new["ml"]["estimate"] == pytest.approx(old["ml"]["estimate"], rel=1e-4)
            assert new["ml"]["p_value"] == pytest.approx(old["ml"]["p_value"], rel=1e-2)


def test_the_same_simulations_give_the_same_bytes_and_others_other_effects(tmp_path: Path) -> None:
    records = [study(1), study(2)]
    one, two = (CompactRecord({}, tuple(records)).to_bytes() for _ in range(2))
    assert one == two
    fewer = {**study(5), "effects": study(5)["effects"][:4]}  # a study in which most services have too few units
    again = written([*records, fewer], tmp_path).records
    assert [(e["exposure"], e["service"]) for e in again[2]["effects"]] == [
        (e["exposure"], e["service"]) for e in fewer["effects"]
    ]
    assert len(again[1]["effects"]) == len(records[1]["effects"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        gzip.compress(bytes(99))[:20] + b"bent" * 9,
        gzip.compress(b"{"),
        gzip.compress(json.dumps({"format": "x"}).encode()),
    ],
)
def test_a_file_that_is_no_record_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.jsonl\.gz: got a file that cannot be read"):
        CompactRecord.read(tmp_path / "x.jsonl.gz")
    with pytest.raises(InputError, match="got no such file"):
        CompactRecord.read(tmp_path / "y.jsonl.gz")
