"""What `models.fit --engine mle` prints: estimates, standard errors of one kind, and what has no estimate."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from fits.effects.coefficients import Coefficients
from fits.number_format import INTERVAL
from fits.storage.fit import Fit
from fits.storage.manifest import finite_or_text
from models.engines.maximum.estimates import CLASSICAL
from reports.terminal.posterior import (
    command_of,
    effects_command,
    print_exposures,
    print_head,
    remarks,
    short_path,
)


def print_json(fit: Fit) -> None:
    """Print the manifest and the coefficients as one JSON object."""
    found = {
        "fit": fit.name,
        "directory": str(fit.files),
        **asdict(fit.manifest),
        "interval": INTERVAL,
        "errors": CLASSICAL,
        "coefficients": Coefficients.of_estimates(fit.estimates(), errors=CLASSICAL).to_list(),
    }
    print(json.dumps(finite_or_text(found), indent=1, default=str, allow_nan=False))


def print_fit(fit: Fit) -> None:
    """Print each exposure's coefficients, then what was left out or has no maximum."""
    console = Console(highlight=False, markup=False)
    manifest, estimates = fit.manifest, fit.estimates()
    found = Coefficients.of_estimates(estimates, errors=CLASSICAL)
    print_head(fit, console)
    print_exposures(manifest, found, console, headings=("estimate", "interval", "p"))
    console.print()
    kinds = ", ".join(str(kind) for kind in estimates["errors"].to_numpy() if kind != CLASSICAL)
    console.print(
        f"Maximum likelihood, an equation per service, nothing pooled; {INTERVAL:.0%} Wald intervals from classical "
        f"standard errors. Also stored: {kinds}."
    )
    for service, said in manifest.diagnostics.items():
        if said["words"]:
            style = "" if manifest.checks[f"maximum[{service}]"] else "bold red"
            console.print(Text(f"{service}: {said['words']}.", style=style))
    for line in remarks(manifest):
        console.print(line)
    console.print(f"Stored in {short_path(fit)}")
    console.print(Text(f"Next: {effects_command(fit)}   (the same in {_points(fit)})"))
    console.print(Text(f"      {' '.join(command_of(manifest))}   (the hierarchical model on the same rows)"))


def _points(fit: Fit) -> str:
    return "probability" if fit.manifest.design["family"] == "bernoulli" else "the outcome's own unit"
