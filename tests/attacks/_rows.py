"""Damaged data files and declarations, one after the other; a line of JSON for each says how it ended.

Run by the test in a process of its own, since a library in C may end the process and not only raise.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

from data.auditing.audit import Audit
from data.codebook import Codebook
from data.errors import InputError
from data.study import load_study
from models.audited import audits_of_models
from models.design import make_design
from models.engines.maximum.estimates import estimate
from models.family import Family
from models.spec import ModelSpec, read_against
from tests.attacks._mutate import ANY_FILE, DECLARATION, TEXT_TABLE
from tests.attacks._study import DECLARED, MAPPING, WRITERS, faults, frame

DECLARATIONS = ("study", "columns")


def attack(k: int, seed: int, folder: Path) -> dict[str, object]:
    """Damage one file of case `k` and read the study; say which file, by what, and how it ended."""
    rng = np.random.default_rng([seed, k])
    suffix = list(WRITERS)[int(rng.integers(len(WRITERS)))]
    target = ["data", "data", "study", "columns"][int(rng.integers(4))]
    data, study, columns = folder / f"extract{suffix}", folder / "attacked.toml", folder / "columns.toml"
    WRITERS[suffix](frame(), data)
    study.write_text(DECLARED)
    columns.write_text(MAPPING)
    path = {"data": data, "study": study, "columns": columns}[target]
    choice = DECLARATION if target in DECLARATIONS else (*ANY_FILE, *(TEXT_TABLE * 2 if suffix == ".csv" else ()))
    mutation = choice[int(rng.integers(len(choice)))]
    path.write_bytes(mutation(path.read_bytes(), rng))
    said = {"case": k, "target": target, "kind": suffix, "mutation": mutation.__name__}
    started = time.monotonic()
    try:
        wrong = read(study, data, columns)
        how = {"ended": "right" if not wrong else "wrong", "why": "; ".join(wrong)}
    except InputError as error:
        how = {"ended": "refused", "why": str(error)[:300]}
    except Exception:  # noqa: BLE001 (what is looked for)
        how = {"ended": "traceback", "why": traceback.format_exc()[-1500:]}
    return {**said, **how, "seconds": round(time.monotonic() - started, 3)}


def read(study: Path, data: Path, columns: Path) -> list[str]:
    """Read, describe and prepare every model, as the commands do; return what is wrong with what came out."""
    codebook = Codebook.read(study)
    dataset = load_study(codebook, data, columns=columns)
    Audit.of(dataset, codebook).to_dict()
    audits_of_models(codebook, dataset, None)
    wrong = faults(dataset, codebook, data)
    for name in codebook.models:
        try:
            spec = ModelSpec.find(name, codebook)
            reading = read_against(spec, codebook)
            family = Family.find(spec.family)
            design = make_design(reading, dataset, codebook, family=family, single_level=True)
            estimate(design, family)
        except InputError:
            continue
        if not (np.isfinite(design.x).all() and np.isfinite(design.z).all() and np.isfinite(design.y).all()):
            wrong.append(f"model {name} has a number that is not finite")
    return wrong


if __name__ == "__main__":
    first, count, seed = map(int, sys.argv[1:4])
    warnings.simplefilter("ignore")
    for case in range(first, first + count):
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"begins": case}), flush=True)
            print(json.dumps(attack(case, seed, Path(folder))), flush=True)
