"""Show a study before fitting it: codebook, assumptions, audit and warnings.

STUDY is a study of the project (see --list) or the path of your own
codebook, a .toml file. Models declared in that file are audited one by one:
how many rows each can use, and what stands in its way. Counts of 1 to 10 units
are withheld.

For example:

    python -m data.describe

    python -m data.describe nssats_2017 --data nssatspuf_2017.RData

    python -m data.describe my_study.toml --data my.dta --columns my_names.toml
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    study: Annotated[str, typer.Argument(help="Name of a study, or path of a codebook.")] = "ndatss",
    data: options.Data = None,
    wave: options.Wave = None,
    columns: options.Columns = None,
    as_json: options.AsJson = False,
    list_: options.ListStudies = False,
) -> None:
    """Load the study, if there are data, and print what is in it."""
    # pandas and xarray take seconds to import; --help and --list must not wait for them
    from models.audited import audits_of_models
    from reports.document.terminal import screen, show
    from reports.study.described import described
    from reports.study.description import describe

    description = describe(study, data, wave=wave, columns=columns, audits=audits_of_models)
    if as_json:
        typer.echo(json.dumps(description.to_dict(), indent=1, allow_nan=False))
    else:
        show(described(description), screen())


if __name__ == "__main__":
    app()
