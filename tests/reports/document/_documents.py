"""Documents that are like a report, and one whose every string means harm."""

from __future__ import annotations

import math
import random
from typing import Any

from reports.document.blocks import Cell, Column, Command, Figure, Fold, Origin, Prose, Section, Table
from reports.document.document import Document

SERVICES = ("overdose education", "routine medical care", "opioid maintenance", "methadone", "condoms",
            "transportation", "aftercare", "HIV testing")  # fmt: skip
EXPOSURES = ("lived experience share", "peer influence", "peer in senior staff", "patients choose goals", "PCC scale")
VERDICTS = ("supported", "not supported", "undecided", "opposite")
STAMP = "SIMULATED DATA (SIMULATED mixed seed 2017)"
COMMAND = "python -m reports.build peer_tobit-weak-ndatss --claims published --out reports/out/report.html"

HOSTILE = (
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    '"><svg onload=window.pwned=1>',
    "</script><script>window.pwned = 1</script>",
    "</style><b>bold</b> **md** _md_ [md](javascript:window.pwned=1)",
    "{{ 7 * 7 }} {{x^2}} {% raw %} {x} ${y}",
    "<a href='https://example.org/'>out</a>",
    "\u202eright to left override",
    "مشاركة المرضى في العيادات",
    "患者与诊所共同制定治疗计划",
    "=HYPERLINK(\"https://example.org\")",
    "x" * 400,
)  # fmt: skip


def drawing(title: str = "An interval") -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="620" height="260" viewBox="0 0 620 260">'
        f'<title>{title}</title><rect id="same" width="620" height="260" fill="#fff"/>'
        '<path id="axis" d="M60 220H580M320 20V220" stroke="#5f6b7a"/>'
        + "".join(
            f'<path d="M{180 + 30 * k} {40 + 20 * k}h160" stroke="#1f5a92"/>'
            f'<circle cx="{255 + 30 * k}" cy="{40 + 20 * k}" r="4" fill="#1f5a92"/>'
            for k in range(8)
        )
        + "</svg>\n"
    )


def forest() -> dict[str, Any]:
    means = [-1.0, -0.5, -0.4, 0.2, 0.8, 0.2, -0.5, 0.5]
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": means,
        "y": list(SERVICES),
        "marker": {"color": "#1f5a92", "size": 9},
        "error_x": {"type": "data", "array": [1.7] * 8, "arrayminus": [2.2] * 8, "color": "#1f5a92", "width": 0},
        "hovertemplate": "%{y}<br>%{x:.2f} percent of patients<extra></extra>",
        "customdata": [math.nan] * 8,
    }
    axis = {"title": {"text": "percent of patients, per +10 percent of staff"}, "zerolinecolor": "#5f6b7a"}
    layout = {"xaxis": axis, "yaxis": {"automargin": True, "autorange": "reversed"}, "height": 380,
              "margin": {"l": 20, "r": 20, "t": 20, "b": 60}, "width": 2000}  # fmt: skip
    return {"data": [marks], "layout": layout}


def effects(seed: int = 1) -> Table:
    random_ = random.Random(seed)  # noqa: S311
    rows = []
    for exposure in EXPOSURES:
        for service in SERVICES:
            mean, spread = random_.gauss(0, 2), random_.uniform(0.5, 3)
            rows.append({
                "claim": Cell("c1", "Claim 1", to="claims"),
                "service": service,
                "exposure": exposure,
                "mean": Cell(mean, f"{mean:.1f}"),
                "interval": f"{mean - 2 * spread:.1f} to {mean + 2 * spread:.1f}",
                "low": mean - 2 * spread,
                "high": mean + 2 * spread,
                "positive": Cell(random_.random(), f"{random_.random():.2f}"),
                "ess": Cell(random_.uniform(400, 4000)),
                "verdict": random_.choice(VERDICTS),
            })  # fmt: skip
    rows[3] |= {"mean": Cell(math.nan, "no estimate"), "low": -math.inf}
    columns = (
        Column("service", "Service"),
        Column("mean", "Mean", numeric=True),
        Column("interval", "95% interval", numeric=True),
        Column("positive", "Pr(> 0)", numeric=True),
        Column("verdict", "Verdict under the rule fixed before looking"),
        Column("claim", "Claim"),
        Column("exposure", "Exposure"),
        Column("low"), Column("high"), Column("ess"),
    )  # fmt: skip
    note = "Intervals hold 95% of the posterior; no digit is printed that its Monte Carlo error does not support."
    return Table(
        "effects", "Effects on utilisation, in percent of patients, by service and exposure", columns, tuple(rows),
        note=note, groups="exposure", filters=("exposure", "verdict"), origin=origin(),
    )  # fmt: skip


def claims() -> Table:
    rows = tuple(
        {"claim": f"Clinics that employ people with lived experience offer more {service}.", "service": service,
         "published": Cell(0.031 * k, f"{0.031 * k:.3f}"), "ours": Cell(0.3 * k - 1, f"{0.3 * k - 1:.1f}"),
         "verdict": Cell(VERDICTS[k % 4], to="effects")}
        for k, service in enumerate(SERVICES)
    )  # fmt: skip
    columns = (
        Column("claim", "Claim, as it stands in the dissertation"), Column("service", "Service"),
        Column("published", "Published p", numeric=True), Column("ours", "Posterior mean", numeric=True),
        Column("verdict", "Verdict"),
    )  # fmt: skip
    return Table("claims", "What was claimed, and what this analysis says", columns, rows, origin=origin())


def wide() -> Table:
    columns = (Column("state", "State"), *(Column(f"c{k}", f"Column number {k}", numeric=True) for k in range(16)))
    rows = tuple(
        {"state": name, **{f"c{k}": Cell(k * 1.23456789 * (len(name) - 8), f"{k * 1.23:.2f}") for k in range(16)}}
        for name in ("Alabama", "California", "Massachusetts", "New Mexico", "Puerto Rico")
    )
    return Table("by-state", "A wide table: how far each state was shrunk", columns, rows, filters=("state",))


def origin() -> Origin:
    made_by = "fits.effects.effect_table.EffectTable.of"
    return Origin(("peer_tobit-weak-ndatss",), made_by, "python -m reports.effects peer_tobit-weak-ndatss", 2017)


def rich(*, stamps: tuple[str, ...] = (STAMP,), plotly: bool = True) -> Document:
    alt = "Seven of eight intervals include zero: the data do not say whether patients use more services."
    live = Figure("forest", "Effect of lived experience on utilisation", alt, drawing(), forest() if plotly else None,
                  origin())  # fmt: skip
    still = Figure("ladder", "Each step of the ladder from their logit to ours", "Estimates shrink at step 3.",
                   drawing("ladder"), origin=origin())  # fmt: skip
    sections = (
        Section("summary", "In short", (
            Prose("Peer support goes with transportation, housing and aftercare; for maintenance therapy the data do "
                  "not say. Where the dissertation found seven effects, one stands after pooling.", "lead"),
            Prose("The data are simulated: nothing on this page is evidence about any clinic. It shows what the "
                  "software does, and whether it finds a truth that is known.", "warning"),
            Prose("A dissertation and its papers asked this of about 700 clinics with one logit or Tobit per service. "
                  "This page asks it again with one hierarchical model for all services, pooled over states and "
                  "types of unit, and says how sure one can be. Every claim has its own row in", to="claims"),
            claims(),
        )),
        Section("effects-section", "Effects in patients per hundred", (
            Prose("Average differences over these clinics, everything else held as it is."), live, effects(),
            Prose("The same numbers on a terminal:"),
            Command("python -m reports.effects peer_tobit-weak-ndatss --scale expected --target these --groups"),
        )),
        Section("robustness", "Would another analyst agree?", (
            still,
            Fold("Shrinkage of each state", (wide(), Prose("Small states move most.", "note"))),
        )),
        Section("methods", "Methods", (
            *(Prose("The likelihood is a Tobit with both limits, 0 and 100 percent of patients, on one latent scale "
                    "for all services; coefficients are pooled over services, intercepts over states and types of "
                    "unit. Prior sets are named, and a reason stands with every number.") for _ in range(3)),
            Prose("Interval level, thresholds and rules were fixed before the posterior was looked at.", "note"),
        )),
    )  # fmt: skip
    return Document(
        title="Co-production and the use of services: a Bayesian re-analysis",
        subtitle="What one can and cannot say about clinics that treat patients as partners, claim by claim",
        stamps=stamps, sections=sections, made="2025-11-25T10:12:00Z", command=COMMAND,
    )  # fmt: skip


def hostile() -> Document:
    """Every string that is shown is one of the hostile ones."""
    all_of_them = " ".join(HOSTILE)
    columns = tuple(Column(f"k{k}", text, numeric=k % 2 == 1) for k, text in enumerate(HOSTILE))
    rows = tuple(
        {**{f"k{k}": HOSTILE[(k + j) % len(HOSTILE)] for k in range(len(HOSTILE))},
         "k2": Cell(HOSTILE[j], HOSTILE[-1 - j], to="fig"),
         "k4": Cell(HOSTILE[j], below=HOSTILE[-1 - j], below_to="tab", mark=HOSTILE[j])}
        for j in range(len(HOSTILE))
    )  # fmt: skip
    source = Origin(HOSTILE, all_of_them, all_of_them)
    table = Table("tab", all_of_them, columns, rows, note=all_of_them, groups="k1", filters=("k0", "k3"), origin=source)
    plotly = {
        "data": [{"type": "bar", "x": list(HOSTILE), "y": list(range(len(HOSTILE))), "name": all_of_them,
                  "text": list(HOSTILE)}],
        "layout": {"title": {"text": all_of_them[:200]}, "annotations": [{"text": HOSTILE[6], "x": 1, "y": 1}]},
    }  # fmt: skip
    figure = Figure("fig", all_of_them, all_of_them, drawing(), plotly, source)
    prose = tuple(
        Prose(text, tone) for text, tone in zip(HOSTILE, ("plain", "lead", "warning", "note") * 3, strict=True)
    )
    section = Section("sec", all_of_them, (*prose, Command(all_of_them), Fold(all_of_them, (figure,)), table))
    return Document(all_of_them, all_of_them, HOSTILE[:5], (section,), made=HOSTILE[0], command=all_of_them)
