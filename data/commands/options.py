"""Options and arguments of the commands, each declared once, so that all take them in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from data.registry import later

FITS = Path(__file__).parents[2] / "fits" / "stored"
"""Folder of stored fits unless --fits-dir names another."""

CALIBRATIONS = FITS.parent / "_calibrations"
"""Where simulations are stored unless --calibrations-dir says otherwise."""

STORED = "by name (python -m fits.ls lists them), by folder, or by model: what models.fit MODEL makes"
StoredFit = Annotated[str, typer.Argument(help=f"A fit, {STORED}.")]
StoredFits = Annotated[list[str], typer.Argument(help=f"Fits, each {STORED}.")]
FitsDir = Annotated[
    Path | None, typer.Option(help="Folder of stored fits; by default fits/stored/.", show_default=False)
]
FitsData = Annotated[Path | None, typer.Option(help="Where a fit's data file is now, if it has moved.")]

Model = Annotated[str, typer.Argument(help="The model; python -m models.fit --list shows them.")]
Study = Annotated[str, typer.Option(help="A study of the project, or the path of your own .toml.")]
Data = Annotated[Path | None, typer.Option(help="Data file: .csv .parquet .dta .sav .sas7bdat .rds .RData.")]
Columns = Annotated[
    Path | None, typer.Option(help="TOML that says what columns, codes, units and missing codes your extract has.")
]
Wave = Annotated[int | None, typer.Option(help="Survey wave; by default the study's own.", show_default=False)]
ServiceAlone = Annotated[str | None, typer.Option(help="This service alone, without pooling over services.")]

Priors = Annotated[
    str | None,
    typer.Option(
        help="Prior set: weak (the default), skeptical, wide, as_claimed, or the path of your own.", show_default=False
    ),
]
SingleLevel = Annotated[
    bool, typer.Option("--single-level", help="Pool nothing: unit type as a control, no states, no unit intercept.")
]
RivalFamily = Annotated[
    str | None,
    typer.Option(
        help="A rival likelihood in place of the model's own, for a tobit: gaussian, ordered_beta or student_tobit."
    ),
]
PoolingShape = Annotated[
    str | None,
    typer.Option(
        "--pooling",
        help="How an exposure's coefficients on several services are pooled, in place of the model's own way: mixture "
        "(most services are alike, one may differ), normal (all are alike), student (tails a little heavier), or none "
        "(each is estimated by itself).",
        show_default=False,
    ),
]
PoolingWeight = Annotated[
    float | None,
    typer.Option(
        help="Under --pooling mixture the share of services that are alike: the lower, the freer a service that "
        "differs, and the noisier all others.",
        show_default=False,
    ),
]
EngineName = Annotated[
    Literal["nutpie", "graph", "pymc", "bambi", "mle"],
    typer.Option(
        help="nutpie on compiled code; nutpie on PyMC's graph, the reference; PyMC's own NUTS on it; "
        "bambi, a second opinion: one service of the family bernoulli or gaussian, stated in Bambi; "
        "or maximum likelihood, an equation per service, without priors or pooling."
    ),
]
Quick = Annotated[bool, typer.Option("--quick", help="2 chains of 250 + 250: a look, not a result.")]
DrawsOrUsual = Annotated[int | None, typer.Option(min=1, help="Draws kept per chain [1000].", show_default=False)]
TuneOrUsual = Annotated[int | None, typer.Option(min=1, help="Tuning draws per chain [400].", show_default=False)]
ChainsOrUsual = Annotated[int | None, typer.Option(min=2, help="Chains [4]; R-hat needs two.", show_default=False)]
ShowEquation = Annotated[
    bool, typer.Option("--show", help="Print the equation with the variables filled in; no sampling.")
]
LogLikelihood = Annotated[bool, typer.Option("--log-likelihood", help="Also store pointwise log-likelihood.")]
Predictive = Annotated[bool, typer.Option("--predictive", help="Also store posterior predictive draws.")]
ForceFit = Annotated[bool, typer.Option("--force", help="Fit again although an identical fit is stored.")]
ListModels = Annotated[bool, typer.Option("--list", help="List the models and stop.")]

Draws = Annotated[int, typer.Option(min=1, help="Draws kept per chain.")]
Tune = Annotated[int, typer.Option(min=1, help="Tuning draws per chain.")]
Chains = Annotated[int, typer.Option(min=2, help="Chains; R-hat needs two.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same draws.")]

LeaveOut = Annotated[str | None, typer.Option(help="A group of the model, such as state: predict each level unseen.")]
Folds = Annotated[
    int | None,
    typer.Option(min=2, help="Leave several levels out at once, in so many refits.", show_default="one level each"),
]
Refits = Annotated[
    int, typer.Option(min=0, help="Exact refits where k-hat is too high, if so many are enough for all.")
]

Errors = Annotated[
    str, typer.Option(help="Standard errors of maximum likelihood: classical, robust, or state for clusters.")
]
Rule = Annotated[str, typer.Option(help="Decision rule, by name or as a TOML file.")]

EffectScales = Annotated[list[str] | None, typer.Option(help="One or more of the scales above, or all.")]
EffectTargets = Annotated[list[str] | None, typer.Option(help="One or more of these, typical, new, or all.")]
SplitBy = Annotated[
    str | None, typer.Option(help="Split the units by unit_type, ownership or another variable with levels.")
]
OnlyExposures = Annotated[list[str] | None, typer.Option(help="Only this exposure; may be repeated.")]
OnlyServices = Annotated[list[str] | None, typer.Option(help="Only this service; may be repeated.")]
AsRatio = Annotated[
    bool, typer.Option("--ratio", help="The higher end over the lower one, in place of their difference.")
]
GroupLevels = Annotated[
    bool, typer.Option("--groups", help="Also each group's levels: raw, pooled, and how far it was shrunk.")
]
ErrorsIfAny = Annotated[
    str | None,
    typer.Option(help="Of a maximum likelihood fit: classical (the default), robust, or state for clusters."),
]

ReportPage = Annotated[Path | None, typer.Option(help="The HTML file.", show_default="reports/out/report.html")]
ClaimSources = Annotated[
    list[str] | None, typer.Option(help="Only this source, by name or as a TOML file; may be repeated.")
]
AcceptFailed = Annotated[
    bool, typer.Option("--accept-failed", help="Show failed and stale fits too, stamped and without verdicts.")
]
VerdictsAsJson = Annotated[bool, typer.Option("--json", help="Print the verdicts as one JSON object.")]

SharedScale = Annotated[
    str | None, typer.Option(help="A scale that all have, see reports.effects; by default the first.")
]
OneTarget = Annotated[str, typer.Option(help="These units, a typical place, or a new one.")]
CompareLoo = Annotated[bool, typer.Option("--loo", help="Compare leave-one-out predictive scores too.")]
WhatMoved = Annotated[bool, typer.Option("--diff", help="Say what moved between two fits, of different models too.")]
ComparisonPage = Annotated[Path | None, typer.Option(help="Write a page: FILE.html.", show_default=False)]

PrintedTable = Annotated[str, typer.Argument(help="A table of the project (mroz, affairs), or the path of your .toml.")]

OutFolder = Annotated[Path | None, typer.Option(help="Folder for CSV, JSON and SVG.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]


def _scenarios(wanted: bool) -> None:
    """Print what can be true in simulated data, and stop; the callback of an option."""
    if not wanted:
        return
    for name, scenario in later("data.simulation.constants").simulator_constants().scenarios.items():
        typer.echo(f"{name:<12}{scenario.line}")
    raise typer.Exit


def _studies(wanted: bool) -> None:
    """Print the studies of the project, and stop; the callback of an option."""
    if not wanted:
        return
    codebook = later("data.codebook").Codebook
    for name in codebook.names():
        header = codebook.read(name).study
        data = "simulated unless --data is given" if header.simulated_default else "needs --data"
        typer.echo(f"{name}: {header.title} ({data})")
    raise typer.Exit


Scenario = Annotated[str | None, typer.Option(help="What is true in the data; see --list (default: mixed).")]
SeedOfData = Annotated[int, typer.Option(help="A whole number from 0 up; the same seed gives the same data.")]
DataToWrite = Annotated[Path, typer.Option(help="File to write: .csv, .parquet or .dta. The truth goes beside it.")]
Style = Annotated[
    Literal["plain", "archive"], typer.Option(help="The codebook's own names, or an archive's extract as .dta.")
]
ForceFiles = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]
ListScenarios = Annotated[
    bool, typer.Option("--list", help="List the scenarios and stop.", is_eager=True, callback=_scenarios)
]
ListStudies = Annotated[
    bool, typer.Option("--list", help="List the studies and stop.", is_eager=True, callback=_studies)
]

ModelSimulated = Annotated[str, typer.Option("--model", help="The model whose outcome is simulated.")]
DataOfCovariates = Annotated[
    Path | None, typer.Option("--data", help="Data file, for the covariates and groups; outcomes are not used.")
]
PriorDraws = Annotated[int, typer.Option("--draws", min=20, help="Draws from the prior.")]
FigureFile = Annotated[Path | None, typer.Option("--out", help="Figure file (.png, .svg, .pdf).", show_default=False)]
ListPriors = Annotated[bool, typer.Option("--list", help="List the prior sets and stop.")]

Verify = Annotated[
    bool, typer.Option("--verify", help="Compare every byte of every fit with its digest, which takes longer.")
]
AsJsonList = Annotated[bool, typer.Option("--json", help="Print one JSON list instead of a table.")]
SharedFile = Annotated[Path, typer.Option("--out", help="The file to write, such as fit.zip.")]
ForceFile = Annotated[bool, typer.Option("--force", help="Overwrite a file that exists.")]

Scenarios = Annotated[
    list[str] | None,
    typer.Option(
        help="prior, a scenario of data.simulate --list, or all (the default); may be repeated.", show_default=False
    ),
]
Simulations = Annotated[int, typer.Option(min=1, help="Simulations of each scenario.")]
SimulationPriors = Annotated[str, typer.Option(help="Prior set, or the path of your own.")]
SimulationDraws = Annotated[int, typer.Option(min=1, help="Draws kept per chain; below 500 a fit has no verdict.")]
SimulationSeed = Annotated[int, typer.Option(min=0, help="Simulation k depends on it and on k alone.")]
DrawnFrom = Annotated[
    str,
    typer.Option(help="Only prior: draw truths from another prior set, to see the check fail.", show_default=False),
]
SimulatedUnits = Annotated[
    int | None,
    typer.Option(
        min=1, help="Units of each study; of prior, so many of the study's own at random.", show_default=False
    ),
]
CalibrationsDir = Annotated[
    Path | None,
    typer.Option(help="Folder for stored simulations; by default fits/_calibrations/.", show_default=False),
]
CalibrationRecords = Annotated[
    list[Path], typer.Argument(help="Records, NAME.jsonl.gz, or folders of stored simulations.")
]
Beside = Annotated[bool, typer.Option("--beside", help="One table of all records, by shape of pooling.")]
BesideMarkdown = Annotated[bool, typer.Option("--markdown", help="The same as Markdown, a row for each shape.")]
StartAnew = Annotated[bool, typer.Option("--force", help="Start anew although simulations are stored.")]

LadderExposure = Annotated[str, typer.Option(help="One of the model's exposures.")]
LadderService = Annotated[str | None, typer.Option(help="One of its services; needless where there is one.")]
LadderScale = Annotated[str | None, typer.Option(help="Scale of the effect; by default expected, or probability.")]
LadderPriors = Annotated[str, typer.Option(help="Prior set of every step but the first.")]
