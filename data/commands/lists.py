"""Lists that commands print instead of their work, though what the work needs was not given."""

from __future__ import annotations

import typer

from data.registry import later


def scenarios(wanted: bool) -> None:
    """Print what can be true in simulated data, and stop; the callback of an option."""
    if not wanted:
        return
    for name, scenario in later("data.simulation.constants").simulator_constants().scenarios.items():
        typer.echo(f"{name:<12}{scenario.line}")
    raise typer.Exit


def studies(wanted: bool) -> None:
    """Print the studies of the project, and stop; the callback of an option."""
    if not wanted:
        return
    codebook = later("data.codebook").Codebook
    for name in codebook.names():
        header = codebook.read(name).study
        data = "simulated unless --data is given" if header.simulated_default else "needs --data"
        typer.echo(f"{name}: {header.title} ({data})")
    raise typer.Exit
