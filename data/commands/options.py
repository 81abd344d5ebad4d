"""Options and arguments that several doors take, in the same words; a door's own stand in the door."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FITS = Path(__file__).parents[2] / "fits" / "stored"
"""Where fits are stored unless --fits-dir says otherwise."""

STORED = "by name (python -m fits.ls lists them), by folder, or by model: what models.fit MODEL makes"
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

Tune = Annotated[int, typer.Option(min=1, help="Tuning draws per chain.")]
Chains = Annotated[int, typer.Option(min=2, help="Chains; R-hat needs two.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same draws.")]

Errors = Annotated[
    str, typer.Option(help="Standard errors of maximum likelihood: classical, robust, or state for clusters.")
]
Rule = Annotated[str, typer.Option(help="Decision rule, by name or as a TOML file.")]

OutFolder = Annotated[Path | None, typer.Option(help="Folder for CSV, JSON and SVG.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
