"""Check a fit against its data, its prior, and what was left out of it.

Examples
--------
    python -m models.check peer_tobit-weak-ndatss

draws the outcome anew from the posterior, limits kept, and compares shares at 0
and at 100, means and spreads by service, state, unit type and exposure, the
distribution between the limits, and every answer with its prediction from all
others (LOO-PIT, PSIS-LOO with exact refits where that fails). The prior is
compared with the data as well.

    python -m models.check peer_tobit-weak-ndatss --leave-out state

also refits the model without each state in turn and predicts it: how well would
the model do in a state that it has not seen?

    python -m models.check peer_tobit-weak-ndatss peer_tobit-weak-ndatss-gaussian

checks both and compares them on one scale.

Each check is a value, a limit, pass or fail, and a sentence; together they fail a
right model with a chance of at most 5 percent. They are written beside the
fit (checks/) with tables and figures, and counted in its manifest.

Exit codes: 0 every check passed, 1 some failed, 2 bad input, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

from typing import Annotated

import typer

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits("Stopped; what was stored before stays.")
def main(
    fit: options.StoredFits,
    leave_out: Annotated[
        str | None, typer.Option(help="A group of the model, such as state: predict each level unseen.")
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(min=2, help="Leave several levels out at once, in so many refits.", show_default="one level each"),
    ] = None,
    refits: Annotated[
        int, typer.Option(min=0, help="Exact refits where k-hat is too high, if so many are enough for all.")
    ] = 20,
    seed: options.Seed = 2017,
    data: options.FitsData = None,
    fits_dir: options.FitsDir = None,
    as_json: options.AsJson = False,
) -> int:
    """Parse the command; the working half is imported only when there is work."""
    from fits.checks import checking  # xarray and ArviZ take seconds to import: --help must not wait

    wanted = checking.Wanted(
        fits=tuple(dict.fromkeys(fit)),
        leave_out=leave_out or "",
        folds=folds,
        refits=refits,
        seed=seed,
        data=data,
        home=fits_dir or options.FITS,
        as_json=as_json,
    )
    return checking.run(wanted)


if __name__ == "__main__":
    app()
