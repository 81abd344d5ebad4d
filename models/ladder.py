"""Climb from the frequentist answer to the full model, one step at a time, and see which step moves it.

Example:

    python -m models.ladder peer_tobit --exposure peer_influence --service condoms

Each step changes one thing: maximum likelihood of a single equation; the same
equation with priors; pooling over states and unit types; pooling over
services; then each rival likelihood there is. Every estimate is an average
effect over the same units, in points or probability. Fits that are not stored
yet are made and stored, as models.fit makes them.

Exit codes: 0 done, 2 bad input, 3 a step's fit failed its diagnostics, 130
stopped by Ctrl-C (finished steps stay stored).
"""

from __future__ import annotations

import typer

from data.commands import options
from data.commands.exits import EXIT_OF, exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits("Stopped; finished steps stay stored.")
def main(
    model: options.Model,
    exposure: options.LadderExposure,
    service: options.LadderService = None,
    scale: options.LadderScale = None,
    errors: options.Errors = "classical",
    study: options.Study = "ndatss",
    data: options.Data = None,
    columns: options.Columns = None,
    wave: options.Wave = None,
    priors: options.LadderPriors = "weak",
    pooling: options.PoolingShape = None,
    pooling_weight: options.PoolingWeight = None,
    draws: options.Draws = 1000,
    tune: options.Tune = 400,
    chains: options.Chains = 4,
    seed: options.Seed = 2017,
    out: options.OutFolder = None,
    fits_dir: options.FitsDir = None,
    as_json: options.AsJson = False,
) -> int:
    """Parse the command; what works is imported only when there is work."""
    from fits import ladder_steps  # xarray and ArviZ: --help must not wait for them
    from fits.plan import FitPlan
    from reports.document.plain import print_json
    from reports.terminal import ladder
    from reports.terminal.progress import TerminalListener

    plan = FitPlan(
        model, study, data, columns, wave, priors=priors, draws=draws, tune=tune, chains=chains, seed=seed,
        pooling=pooling or "", pooling_weight=pooling_weight,
    )  # fmt: skip
    question = ladder_steps.LadderQuestion(exposure, service, scale, errors)
    listen = TerminalListener()
    if out is not None:
        from reports import ladder_files  # Matplotlib

        ladder_files.require_place(out)
    found = ladder_steps.climb(plan, question, listen, home=fits_dir or options.FITS)
    if as_json:
        print_json(ladder.told(found))
    else:
        ladder.print_climbed(found)
    if out is not None:
        listen.say(f"Wrote {', '.join(ladder_files.write(found, out))} in {out}")
    return max(EXIT_OF[rung.status] for rung in found.ladder.rungs)


if __name__ == "__main__":
    app()
