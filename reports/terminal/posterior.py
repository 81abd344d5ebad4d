"""What `models.fit` prints: a short table for people, or one JSON object for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from fits.effects.beside import NOTHING
from fits.effects.coefficients import Coefficient, Coefficients
from fits.effects.unpooled import CoefficientsBeside, coefficients_beside, is_pooled
from fits.gate import shown_limit, shown_values
from fits.number_format import INTERVAL
from fits.plan import FitPlan
from fits.storage.fit import HOME, Fit
from fits.storage.manifest import Manifest, finite_or_text
from models.engines.maximum.estimates import CLASSICAL
from models.family import Family
from models.posterior import parameters_of
from reports import beside_words
from reports.document.blocks import Prose, Table, Tone
from reports.document.terminal import screen, show
from reports.terminal.beside import Line, table_beside
from reports.terminal.fit_head import head_of


def coefficients(fit: Fit) -> Coefficients:
    """Return the table of the fit's top-level parameters, or of its estimates with classical standard errors."""
    if fit.manifest.kind == "mle":
        return Coefficients.of_estimates(fit.estimates(), family_of(fit.manifest), errors=CLASSICAL)
    with fit.draws() as draws:
        posterior = draws["posterior"].to_dataset()
        return Coefficients.of(posterior, tuple(name for name in parameters_of(posterior) if name != "constant"))


def print_json(fit: Fit) -> None:
    """Print the manifest and the coefficients as one JSON object."""
    found = {
        "fit": fit.name,
        "directory": str(fit.files),
        **asdict(fit.manifest),
        "interval": INTERVAL,
        **({"errors": CLASSICAL} if fit.manifest.kind == "mle" else {}),
        "coefficients": _plain(fit),
    }
    print(json.dumps(finite_or_text(found), indent=1, default=str, allow_nan=False))


def print_fit(fit: Fit) -> None:
    """Print focal effects by service, pooled effects, group sds, diagnostics, and where to go next."""
    manifest, found, console = fit.manifest, coefficients(fit), screen()
    beside = coefficients_beside(fit) if is_pooled(manifest) else None
    words = beside_words.notes([beside.beside]) if beside else ()
    headings = ("mean", "interval", "Pr(> 0)")
    effects = exposure_tables(manifest, found, headings=headings, beside=beside, room=console.width)
    level = (
        f"Intervals hold {INTERVAL:.0%} of the posterior; no digit is printed that its Monte Carlo error does not "
        "support."
    )
    head = (*head_of(fit), Prose(size_of(manifest)))
    said = map(Prose, (level, *words))
    show([*head, *effects, *_parameters(found, manifest), *said, *_closing(fit)], console)


def exposure_tables(
    manifest: Manifest,
    found: Coefficients,
    *,
    headings: tuple[str, str, str],
    beside: CoefficientsBeside | None = None,
    room: int = 0,
) -> Iterator[Table]:
    """Yield each exposure's coefficients under these headings, with what stands beside them.

    Parameters
    ----------
    room : int
        Characters of a line, where something stands beside them.
    """
    for exposure, contrast in manifest.design["exposures"].items():
        single = found.where("exposure_coef", exposure=exposure)
        pooled = found.where("exposure_mean", exposure=exposure)
        lines = []
        for row in single:
            service = row.label["service"]
            there = beside.of(exposure, service) if beside else NOTHING
            lines.append(Line((service,), row.summary.text, there))
        lines += [Line(("pooled over services",), row.summary.text, NOTHING, "lead") for row in pooled]
        title = f"{exposure}: {contrast}, in {_scale(manifest)}"
        yield table_beside(lines, (("outcome",), headings), title=title, room=room)


def _plain(fit: Fit) -> list[dict[str, Any]]:
    """The coefficients as plain data, with what stands beside those of exposures."""
    rows = coefficients(fit).to_list()
    if not is_pooled(fit.manifest):
        return rows
    found = coefficients_beside(fit)
    for row in rows:
        if row["parameter"] == "exposure_coef":
            row |= {**found.of(row["exposure"], row["service"]).plain(), **found.beside.plain(row["service"])}
    return rows


def size_of(manifest: Manifest) -> str:
    """Return how many units and answers were fitted, and how many were lost."""
    design = manifest.design
    groups = ", ".join(f"{count} of {name}" for name, count in design["groups"].items())
    wave = f", wave {manifest.request.wave}" if manifest.request.wave else ""
    lost = f"; {design['rows_lost']} units lost to missing values" if design["rows_lost"] else ""
    lost += f"; {design['rows_unanswered']} units without an answer" if design["rows_unanswered"] else ""
    return (
        f"{design['units']} units{wave}, {design['cells']} answers on {len(design['services'])} "
        f"outcome{'s' if len(design['services']) != 1 else ''}{f'; groups: {groups}' if groups else ''}{lost}"
    )


def _scale(manifest: Manifest) -> str:
    """The scale and unit of every number in the tables."""
    family = family_of(manifest)
    if family.index_unit == "logits":
        return "logits (log-odds)"
    unit = manifest.design["outcome_unit"]
    latent = "latent " if family.support == "limited" else ""
    return f"{latent}points ({unit})" if unit.startswith("percent") else f"{latent}units ({unit or 'of the outcome'})"


def _spreads(found: Coefficients, manifest: Manifest, kind: str, title: str) -> Table:
    """One row per parameter, the range of posterior means over services where there are several."""
    lines = []
    for name, words in manifest.design[kind].items():
        for label, rows in _by_label(found.where(name)):
            mean = sum(row.summary.mean for row in rows) / len(rows)
            lines.append((f"{words} {label}".strip(), _short_number(mean), _range(rows)))
    return Table.of(("of", "mean", "over outcomes, lowest to highest"), lines, title=title, numbers=(1,))


def _by_label(rows: tuple[Coefficient, ...]) -> list[tuple[str, tuple[Coefficient, ...]]]:
    """A parameter's rows, apart where it is several numbers on every service."""
    labels = dict.fromkeys(" ".join(v for dim, v in row.label.items() if dim != "service") for row in rows)
    return [
        (label, tuple(r for r in rows if label == " ".join(v for dim, v in r.label.items() if dim != "service")))
        for label in labels
    ]


def _parameters(found: Coefficients, manifest: Manifest) -> list[Table]:
    """Sds of groups, units and residuals, and what else the family has."""
    tables = [_spreads(found, manifest, "spreads", "Standard deviations, same scale")]
    if manifest.design["others"]:
        tables.append(_spreads(found, manifest, "others", f"Other parameters of the {manifest.design['family']}"))
    return tables


def family_of(manifest: Manifest) -> Family:
    """Return the family of a fit."""
    return Family.find(str(manifest.design["family"]))


def _range(rows: tuple[Coefficient, ...]) -> str:
    if len(rows) == 1:
        return ""
    low, high = min(rows, key=lambda row: row.summary.mean), max(rows, key=lambda row: row.summary.mean)
    ends = [f"{_short_number(row.summary.mean)} ({row.label['service']})" for row in (low, high)]
    return " to ".join(ends)


def _short_number(value: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _closing(fit: Fit) -> list[Prose]:
    manifest = fit.manifest
    values, shown = manifest.diagnostics, shown_values(manifest.diagnostics)
    words: dict[str, tuple[str, Tone]] = {
        "passed": ("PASSED", "good"), "look": ("A LOOK", "warning"), "failed": ("FAILED", "bad")
    }  # fmt: skip
    word, tone = words[manifest.status]
    over = "" if manifest.checks["rhat"] else f" (its limit is {shown_limit(values)})"
    line = (
        f"Diagnostics {word}: {values['divergences']} divergences, R-hat at most {shown['rhat_max']}{over}, "
        f"bulk ESS at least {shown['ess_bulk_min']}, tail ESS at least {shown['ess_tail_min']}, "
        f"E-BFMI at least {shown['bfmi_min']}{_which(manifest)}"
    )
    seconds = manifest.seconds
    spent = ", ".join(f"{stage} {seconds[stage]:.0f} s" for stage in ("load", "compile", "sample") if stage in seconds)
    return [
        Prose(line, tone),
        *_advice(manifest),
        *remarks(manifest),
        Prose(f"Stored in {short_path(fit)} ({spent})"),
        Prose(f"Next: {effects_command(fit)}   (in the outcome's own unit)"),
        Prose(f"      {fit.command('models.check')}   (does it predict its own data?)"),
        Prose(f"      {_next(fit)}"),
    ]


def _which(manifest: Manifest) -> str:
    """Return which of two attempts is stored."""
    if len(manifest.attempts) < 2:
        return ""
    return " (two runs, pooled)" if manifest.pooled else " (attempt 2 of 2)"


def remarks(manifest: Manifest) -> list[Prose]:
    """Return what must be known of how the file was read and the groups were taken."""
    return [Prose(f"Warning: {sentence}", "warning") for sentence in manifest.design.get("remarks", ())]


def effects_command(fit: Fit) -> str:
    """Return the command that shows the fit's effects."""
    return fit.command("reports.effects")


def _advice(manifest: Manifest) -> list[Prose]:
    values = manifest.diagnostics
    if manifest.status == "look":
        return [Prose("Too few draws to conclude from (by request): fit with the default draws for a verdict.")]
    if manifest.status == "failed":
        failed = ", ".join(name for name, good in manifest.checks.items() if not good)
        worst = f"worst: {values['rhat_worst']} (R-hat), {values['ess_bulk_worst']} (ESS)"
        # More draws of a chain that diverges only add divergences.
        more = "more --tune" if not manifest.checks["divergences"] else "more --draws and --tune"
        tighter = " or a tighter prior set" if manifest.request.priors in ("weak", "skeptical") else " or --priors weak"
        return [Prose(f"Failed on {failed}; {worst}. Do not conclude from it. Try {more}{tighter}.")]
    return []


def short_path(fit: Fit) -> str:
    """Return the fit's folder as people write it."""
    home = fit.directory.parent
    return f"{'fits/stored' if home == HOME else home.name}/{fit.name}/{fit.files.name}/"


def _next(fit: Fit) -> str:
    """The same command under another belief, or in full after a look."""
    plan = FitPlan.of(fit)
    if fit.manifest.status == "look":
        return plan.in_full().command(fit.home)
    other = replace(plan, priors="skeptical" if fit.manifest.request.priors != "skeptical" else "weak")
    return f"{other.command(fit.home)}   (does the answer depend on the prior?)"
