"""What is run: each contender's command, and how its result is read."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import arviz_stats.base
import numpy as np

from tests.benchmarks import _problem, _scale
from tests.benchmarks._measure import Run, python, run

HERE = Path(__file__).parent
SERVICE = "aftercare"
"""The service with the most answers in the embedded study."""

SHORT = ("--chains", "2", "--tune", "400", "--draws", "250")
"""For the N-SSATS file, where one gradient of PyMC's graph takes some 10 ms."""


@dataclass(frozen=True)
class Contender:
    """One thing to time.

    Attributes
    ----------
    name : str
    what : str
        For the table.
    measure : callable
        ``measure(folder)`` -> Run, with `seconds`, `ess` and `divergences` in `told` where they apply.
    missing : str
        Why it cannot run here; "" if it can.
    once : bool
        So long that it is run once and not as often as asked.
    """

    name: str
    what: str
    measure: Callable[[Path], Run]
    missing: str = ""
    once: bool = False
    also: dict[str, Any] = field(default_factory=dict)


TUNE = "1000"
"""Tuning draws of ours, as its peers have."""


def ours(folder: Path, *arguments: str, cold: bool = False, bytecode: bool = False) -> Run:
    """`models.fit` as a whole process; ESS and stages from the manifest it stores."""
    home = folder / "fits"
    shutil.rmtree(home, ignore_errors=True)
    env: dict[str, str | None] = {}
    with tempfile.TemporaryDirectory() as empty:
        if cold:
            env["NUMBA_CACHE_DIR"] = empty
        if bytecode:
            env |= kept(folder)
        log = folder / "models.fit.log"
        asked = (*arguments, "--tune", TUNE, "--fits-dir", str(home))
        done = run(python("-m", "models.fit", *asked), env=env, log=log)
    manifest = json.loads(next(home.glob("*/v*/manifest.json")).read_text(encoding="utf-8"))
    # Of two attempts the last one's draws count, over the time of both.
    done.told = {
        "seconds": manifest["seconds"],
        "attempts": len(manifest["attempts"]),
        "status": manifest["status"],
        "ess": manifest["diagnostics"]["ess_bulk_min"],
        "divergences": manifest["diagnostics"]["divergences"],
    }
    return done


def kept(folder: Path) -> dict[str, str | None]:
    """Environment in which Python keeps bytecode, as it does unless told not to."""
    return {"PYTHONDONTWRITEBYTECODE": None, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


def peer(folder: Path, command: list[str], name: str, *arguments: str, bytecode: bool = False) -> Run:
    """A peer that writes JSON and its draws of the top-level parameters."""
    out = folder / f"{name}.json"
    done = run([*command, *arguments, str(out)], told=out, env=kept(folder) if bytecode else None)
    done.told["ess"] = _ess(out)
    return done


def _ess(out: Path) -> float:
    """Smallest bulk ESS, by the same function for every peer."""
    told = json.loads(out.read_text(encoding="utf-8"))
    if "shape" in told:  # R writes (draw, chain, parameter) with the first index running fastest
        draws = np.fromfile(out.with_suffix(".bin")).reshape(told["shape"], order="F").transpose(1, 0, 2)
    else:
        draws = np.load(out.with_suffix(".npy"))
    return float(np.min(arviz_stats.base.array_stats.ess(draws, chain_axis=0, draw_axis=1, method="bulk")))


def whole(*command: str, bytecode: bool = False) -> Callable[[Path], Run]:
    """Any Python command."""

    def measure(folder: Path) -> Run:
        return run(python(*command), env=kept(folder) if bytecode else None)

    return measure


def no_brms() -> str:
    """Why brms cannot be run here."""
    if shutil.which("Rscript") is None:
        return "no Rscript; on Debian: apt install r-cran-brms r-cran-rstan r-cran-bh r-base-dev"
    probe = 'library(brms); stopifnot(file.exists(file.path(system.file("include", package = "BH"), "boost")))'
    done = subprocess.run(["Rscript", "-e", probe], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    hint = "Debian's BH has no headers of its own: link BH's include/boost to /usr/include/boost"
    return f"R has no working brms with Boost headers ({hint})"


def contenders(folder: Path, nssats: Path | None, sizes: tuple[int, ...]) -> list[Contender]:
    """Return everything there is to run, in turn.

    Parameters
    ----------
    folder : path
        For data, draws and logs.
    nssats : path, optional
        The public file.
    sizes : tuple of int
        Of the scale runs.
    """
    single = _problem.write(folder, "peer_tobit", SERVICE)
    joint = _problem.write(folder, "peer_tobit", None)
    one, all_ = (str(single.rows), str(single.priors)), (str(joint.rows), str(joint.priors))
    bambi, censored = python("-m", "tests.benchmarks.peer_bambi"), python("-m", "tests.benchmarks.peer_censored")
    brms = ["Rscript", str(HERE / "peer_brms.R")]
    fit = ("peer_tobit", "--service", SERVICE)
    found = [
        Contender("import", 'python -c "import pymc"', whole("-c", "import pymc")),
        Contender("help", "models.fit --help", whole("-m", "models.fit", "--help")),
        Contender("list", "models.fit --list", whole("-m", "models.fit", "--list")),
        Contender("cold", "models.fit, one service, nothing compiled before", lambda f: ours(f, *fit, cold=True)),
        Contender("warm", "models.fit, one service", lambda f: ours(f, *fit)),
        Contender("refit", "six refits in one process", _refits),
        Contender("bambi", "Bambi, its default sampler", lambda f: peer(f, bambi, "bambi", *one, "default")),
        Contender("bambi_nutpie", "Bambi with nutpie", lambda f: peer(f, bambi, "bambi_nutpie", *one, "nutpie")),
        Contender("brms", "brms, compile and sample", lambda f: peer(f, brms, "brms", *one), missing=no_brms()),
        Contender("censored", "pm.Censored under nutpie, one service", lambda f: peer(f, censored, "censored", *one)),
        Contender("joint", "models.fit, eight services", lambda f: ours(f, "peer_tobit", "--pooling", "normal")),
        Contender(
            "joint_censored", "pm.Censored under nutpie, eight services", lambda f: peer(f, censored, "joint", *all_)
        ),
        Contender("import_bytecode", "import pymc, bytecode kept", whole("-c", "import pymc", bytecode=True)),
        Contender(
            "help_bytecode", "models.fit --help, bytecode kept", whole("-m", "models.fit", "--help", bytecode=True)
        ),
        Contender(
            "list_bytecode", "models.fit --list, bytecode kept", whole("-m", "models.fit", "--list", bytecode=True)
        ),
        Contender("warm_bytecode", "models.fit, one service, bytecode kept", lambda f: ours(f, *fit, bytecode=True)),
        Contender(
            "bambi_bytecode",
            "Bambi with nutpie, bytecode kept",
            lambda f: peer(f, bambi, "bambi_bytecode", *one, "nutpie", bytecode=True),
        ),
    ]
    census = ("peer_logit", "--study", "nssats_2017", "--data", str(nssats), *SHORT)
    absent = "" if nssats else "no N-SSATS file; give --nssats"
    found += [
        Contender("nssats", "models.fit peer_logit on N-SSATS", lambda f: ours(f, *census), missing=absent),
        Contender(
            "nssats_graph",
            "the same on PyMC's graph",
            lambda f: ours(f, *census, "--engine", "graph"),
            missing=absent,
            once=True,
        ),
    ]
    for n in sizes:
        for kind, model in (("tobit", "peer_tobit"), ("bernoulli", "peer_logit")):
            found.append(_scaled(folder, kind, model, n))
    return found


def _refits(folder: Path) -> Run:
    out = folder / "refit.json"
    return run([*python("-m", "tests.benchmarks.ours_refit"), SERVICE, str(out)], told=out)


def _scaled(folder: Path, kind: str, model: str, n: int) -> Contender:
    def measure(folder: Path) -> Run:
        data = _scale.write(folder, kind, n)
        return ours(folder, model, "--service", _scale.SERVICE, "--data", str(data), "--quick")

    return Contender(
        f"scale_{kind}_{n}",
        f"models.fit {model}, one service, {n:,} answers",
        measure,
        once=n > 100_000 and kind == "tobit",
        also={"n": n, "kind": kind},
    )
