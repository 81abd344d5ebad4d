"""From measured runs to ratios, and to a table for people."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

Runs = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Target:
    """What was to be shown: a ratio of two contenders, and its bound."""

    text: str
    bound: float
    at_most: bool
    ratio: float | None

    @property
    def met(self) -> bool | None:
        if self.ratio is None:
            return None
        return self.ratio <= self.bound if self.at_most else self.ratio >= self.bound


def wall(runs: Runs, name: str) -> float | None:
    found = runs.get(name)
    return median(run["wall"] for run in found) if found else None


def ess_rate(runs: Runs, name: str) -> float | None:
    """Median of smallest bulk ESS per second of sampling, ours with ArviZ being imported meanwhile."""
    found = [run["told"] for run in runs.get(name, [])]
    rates = [told["ess"] / (told["seconds"].get("sample") or told["seconds"].get("fit")) for told in found]
    return median(rates) if rates else None


def sampling(runs: Runs, name: str) -> float | None:
    found = runs.get(name)
    return median(run["told"]["seconds"]["sample"] for run in found) if found else None


def over(a: float | None, b: float | None) -> float | None:
    return a / b if a is not None and b else None


def worst_refit(runs: Runs) -> float | None:
    """Largest over kinds of refit of the median of wall over sampling time."""
    found = [run["told"]["refits"] for run in runs.get("refit", [])]
    if not found:
        return None
    return max(median(one[kind]["wall_over_sampling"] for one in found) for kind in found[0])


def exponent(runs: Runs, kind: str, least: int = 0) -> float | None:
    """Slope of log sampling time on log n over the scale runs."""
    points = [
        (int(name.rsplit("_", 1)[1]), sampling(runs, name) or 0.0) for name in runs if name.startswith(f"scale_{kind}_")
    ]
    points = [(n, seconds) for n, seconds in points if n >= least]
    if len(points) < 2:
        return None
    n, seconds = np.log(np.array(sorted(points))).T
    return float(np.polyfit(n, seconds, 1)[0])


def targets(runs: Runs) -> list[Target]:
    """Return what the software promises of its speed, each with what was measured."""
    base, joint_sampling, joint_rate = wall(runs, "import"), sampling(runs, "joint"), ess_rate(runs, "joint")
    joint_allowed = 3 * base + joint_sampling if base and joint_sampling else None
    compilations = [run["told"]["compilations"] for run in runs.get("refit", [])]
    peaks = [run["peak_mib"] / 1024 for name, found in runs.items() if name.endswith("_1358500") for run in found]
    return [
        *_whole_processes(runs, "", "bambi_nutpie"),
        _least(3, "ESS/s of one service over `pm.Censored`'s", ess_rate(runs, "warm"), ess_rate(runs, "censored")),
        Target("compilations in six refits", 0, True, float(max(compilations)) if compilations else None),
        Target("slowest kind of refit, wall over sampling", 1.2, True, worst_refit(runs)),
        _most(1, "eight services, warm, over 3 x import + sampling", wall(runs, "joint"), joint_allowed),
        _least(3, "ESS/s of eight services over `pm.Censored`'s", joint_rate, ess_rate(runs, "joint_censored")),
        _least(4, "ESS/s on N-SSATS over PyMC's graph", ess_rate(runs, "nssats"), ess_rate(runs, "nssats_graph")),
        Target("exponent of Tobit sampling time in n", 1.1, True, exponent(runs, "tobit")),
        Target("exponent of Bernoulli sampling time in n, from 13,585", 0.2, True, exponent(runs, "bernoulli", 13_585)),
        Target("peak memory at 1,358,500 answers, GiB", 8, True, max(peaks) if peaks else None),
        *_start(runs, ""),
        *_whole_processes(runs, "_bytecode", "bambi_bytecode"),
        *_start(runs, "_bytecode"),
    ]


def _whole_processes(runs: Runs, suffix: str, bambi: str) -> list[Target]:
    """One service against importing PyMC, against Bambi and against brms, which is not Python."""
    how, ours = _how(suffix), wall(runs, f"warm{suffix}")
    return [
        _most(2.5, f"one service, warm, over `import pymc`{how}", ours, wall(runs, f"import{suffix}")),
        _least(4, f"Bambi with nutpie over one service, warm{how}", wall(runs, bambi), ours),
        _least(12, f"brms over one service, warm{how}", wall(runs, "brms"), ours),
    ]


def _start(runs: Runs, suffix: str) -> list[Target]:
    base = wall(runs, f"import{suffix}")
    return [
        _most(0.2, f"`--{name}` over `import pymc`{_how(suffix)}", wall(runs, f"{name}{suffix}"), base)
        for name in ("help", "list")
    ]


def _how(suffix: str) -> str:
    return ", bytecode kept" if suffix else ""


def _most(bound: float, text: str, a: float | None, b: float | None) -> Target:
    return Target(text, bound, True, over(a, b))


def _least(bound: float, text: str, a: float | None, b: float | None) -> Target:
    return Target(text, bound, False, over(a, b))


def markdown(record: dict[str, Any]) -> str:
    """Return the record as a page of two tables."""
    runs, base = record["runs"], wall(record["runs"], "import")
    lines = [
        f"# Benchmarks of {record['date']}",
        "",
        f"{record['machine']}. Command: `{record['command']}`. Medians; every ratio is of runs in this one session.",
        f"Python keeps {'no ' if record['no_bytecode'] else ''}bytecode in this environment. "
        "Peak memory is of the largest process. ESS/s is per second of sampling; for Bambi, which does both in one "
        "call, of compiling and sampling. Unit types sum to zero in our models and in `pm.Censored`, not in Bambi and "
        f"brms, which cannot say so. Code {record['code']}.",
        "",
        "| what | runs | wall, s | over `import pymc` | CPU, s | peak, MiB | sampling, s | min bulk ESS | ESS/s "
        "| divergences |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, found in runs.items():
        told = [run["told"] for run in found]
        has_ess = all("ess" in one for one in told)
        seconds = [one["seconds"].get("sample") for one in told if "seconds" in one]
        cells = [
            record["what"][name],
            str(len(found)),
            f"{wall(runs, name):.1f}" if (wall(runs, name) or 0) >= 1 else f"{wall(runs, name):.2f}",
            _ratio(over(wall(runs, name), base)),
            f"{median(run['cpu'] for run in found):.1f}",
            f"{median(run['peak_mib'] for run in found):.0f}",
            f"{median(seconds):.1f}" if seconds and None not in seconds else "",
            f"{median(one['ess'] for one in told):.0f}" if has_ess else "",
            f"{ess_rate(runs, name):.1f}" if has_ess else "",
            f"{median(one['divergences'] for one in told):.0f}" if has_ess else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", *(f"Not run: {record['what'][name]}: {why}." for name, why in record["skipped"].items())]
    lines += ["", "| promise | bound | measured | |", "|---|---:|---:|---|"]
    for target in targets(runs):
        sign = "at most" if target.at_most else "at least"
        verdict = {True: "met", False: "**not met**", None: "not measured"}[target.met]
        lines.append(f"| {target.text} | {sign} {target.bound:g} | {_ratio(target.ratio)} | {verdict} |")
    return "\n".join(lines) + "\n"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"
