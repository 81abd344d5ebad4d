"""Ask of a model, before any data, how often it is right: on simulated studies whose truth is known.

Examples
--------
    python -m models.calibrate peer_tobit --service condoms --scenario prior --sims 200

draws truths from the model's own prior and outcomes from the truths, fits
each, and looks whether the truths' ranks among the draws are uniform, as
those of a right posterior are (simulation-based calibration).

    python -m models.calibrate peer_tobit --scenario null --scenario as_claimed --sims 100

fits whole simulated studies and says how often an effect is called that is
not there, how often one is missed that is, how often with the wrong sign and
by how much too large, and whether intervals hold the truth as often as they
say; for this model and for maximum likelihood on the same studies.

    python -m models.calibrate peer_tobit --scenario one_real --scenario alike

plants effects of exact sizes in patients per hundred, and says the same by
true size: of one service that differs from the others, of the others, and of
services that are all alike.

Each finished simulation is stored; the same command goes on where it was
stopped, and with more --sims goes on from there. Fits that fail their
diagnostics are counted and shown, never dropped. Exit codes: 0 done, 1 a
calibration check failed, 2 bad input, 130 stopped by Ctrl-C (finished
simulations stay stored).
"""

from __future__ import annotations

import typer

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits("Stopped; finished simulations stay stored, and the same command goes on from them.")
def main(
    model: options.Model,
    scenario: options.Scenarios = None,
    sims: options.Simulations = 20,
    priors: options.SimulationPriors = "weak",
    drawn_from: options.DrawnFrom = "",
    service: options.ServiceAlone = None,
    pooling: options.PoolingShape = None,
    pooling_weight: options.PoolingWeight = None,
    n_units: options.SimulatedUnits = None,
    rule: options.Rule = "default",
    study: options.Study = "ndatss",
    data: options.Data = None,
    columns: options.Columns = None,
    wave: options.Wave = None,
    draws: options.SimulationDraws = 750,
    tune: options.Tune = 500,
    chains: options.Chains = 4,
    seed: options.SimulationSeed = 2017,
    out: options.OutFolder = None,
    calibrations_dir: options.CalibrationsDir = None,
    force: options.StartAnew = False,
    as_json: options.AsJson = False,
) -> int:
    """Parse the command; what works is imported only when there is work."""
    from fits.calibration import run  # xarray and ArviZ: --help must not wait for them
    from fits.calibration.plan import CalibrationPlan
    from fits.plan import FitPlan
    from reports.document.plain import print_json
    from reports.terminal import calibration
    from reports.terminal.progress import TerminalListener

    fit = FitPlan(
        model, study, data, columns, wave, service, priors=priors, draws=draws, tune=tune, chains=chains, seed=seed,
        pooling=pooling or "", pooling_weight=pooling_weight,
    )  # fmt: skip
    plan = CalibrationPlan(fit, tuple(scenario or ()), sims, n_units, drawn_from, rule)
    listen, home = TerminalListener(), calibrations_dir or options.CALIBRATIONS
    if out is not None:
        from reports import calibration_files  # Matplotlib

        calibration_files.require_place(out)
    found = run.calibrate(plan, listen, home=home, force=force)
    if as_json:
        print_json(calibration.told(found))
    else:
        calibration.print_calibrated(found, f"Stored in {home}")
    if out is not None:
        listen.say(f"Wrote {', '.join(calibration_files.write(found, out))} in {out}")
    return 0 if found.passed else 1


if __name__ == "__main__":
    app()
