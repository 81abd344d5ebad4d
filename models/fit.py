"""Fit a model: load, audit, build, sample, diagnose, store, and show what came out.

Examples:

    python -m models.fit peer_tobit

fits the utilisation of eight services on the simulated study.

    python -m models.fit peer_logit --study nssats_2017 --data nssatspuf_2017.RData

fits availability on the public file.

    python -m models.fit mymodel --study my_study.toml --data my.csv

fits a model that your own study declares.

    python -m models.fit peer_tobit --engine mle

gives the frequentist answer on the same rows, an equation per service.

The draws and a manifest are stored under fits/stored/; the same request again
returns the stored fit at once. Exit codes: 0 done, 2 bad input, 3 the fit failed its
diagnostics, 130 stopped by Ctrl-C (nothing stored).
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Annotated

import typer

from data.commands import options
from data.commands.exits import EXIT_OF, exits, stopping
from data.errors import InputError, Problem

if TYPE_CHECKING:
    from fits.plan import FitPlan

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits("Stopped; nothing was stored.")
def main(
    name: Annotated[str | None, typer.Argument(help="The model; see --list.", show_default=False)] = None,
    study: options.Study = "ndatss",
    data: options.Data = None,
    columns: options.Columns = None,
    wave: options.Wave = None,
    service: options.ServiceAlone = None,
    priors: options.Priors = None,
    single_level: options.SingleLevel = False,
    family: options.RivalFamily = None,
    pooling: options.PoolingShape = None,
    pooling_weight: options.PoolingWeight = None,
    draws: options.DrawsOrUsual = None,
    tune: options.TuneOrUsual = None,
    chains: options.ChainsOrUsual = None,
    seed: options.Seed = 2017,
    engine: options.EngineName = "nutpie",
    quick: options.Quick = False,
    show: options.ShowEquation = False,
    log_likelihood: options.LogLikelihood = False,
    predictive: options.Predictive = False,
    fits_dir: options.FitsDir = None,
    force: options.ForceFit = False,
    as_json: options.AsJson = False,
    list_: options.ListModels = False,
) -> int:
    """Parse the command; what works is imported only when there is work."""
    if list_:
        _list(study)
        return 0
    if name is None:
        raise typer.BadParameter("give the name of a model; --list shows them", param_hint="NAME")
    extras = {"log_likelihood": log_likelihood, "posterior_predictive": predictive}
    settings = {"draws": draws, "tune": tune, "chains": chains}
    if engine == "mle":
        _refuse(priors=priors, show=show, predictive=predictive, log_likelihood=log_likelihood, quick=quick, **settings)
    from fits.plan import QUICK, FitPlan  # pandas and xarray: --help and --list must not wait for them

    plan = FitPlan(
        model=name,
        study=study,
        data=data,
        columns=columns,
        wave=wave,
        service=service,
        priors=priors or FitPlan.priors,
        single_level=single_level,
        family=family or "",
        pooling=pooling or "",
        pooling_weight=pooling_weight,
        seed=seed,
        engine=engine,
        quick=quick,
        **{**(QUICK if quick else {}), **{key: value for key, value in settings.items() if value}},
    )
    if show:
        _show(plan)
        return 0
    from fits.make import make
    from reports.terminal.progress import TerminalListener

    listen = TerminalListener()
    wanted = tuple(group for group, asked in extras.items() if asked)
    fit = make(plan, listen, home=fits_dir or options.FITS, force=force, extras=wanted)
    with stopping(f"Stopped; the fit is stored in {fit.files}"):
        # ArviZ: imported while the chains run, by now
        from reports.terminal import maximum_likelihood, posterior

        print_fit = maximum_likelihood.print_fit if plan.mle else posterior.print_fit
        (posterior.print_json if as_json else print_fit)(fit)
    gc.freeze()  # else Python looks once more through all that was imported before it ends
    return EXIT_OF[fit.manifest.status]


def _show(plan: FitPlan) -> None:
    """Print the equation with the study's variables filled in."""
    from fits.loaded import load, prepare
    from models.engines.bambi.supported import remark
    from models.equation import equation

    loaded = load(plan)
    design, family, priors = prepare(loaded, plan.service, single_level=plan.single_level)
    print(equation(design, family, priors, loaded.codebook))
    if plan.engine == "bambi":
        print(remark(design))


def _list(study: str) -> None:
    """Print each model and what it is about; the study's own first."""
    from data.codebook import Codebook
    from models.spec import ModelSpec

    codebook = Codebook.read(study)
    for name in [*codebook.models, *(n for n in ModelSpec.names() if n not in codebook.models)]:
        spec = ModelSpec.find(name, codebook)
        typer.echo(f"{name:<20}{spec.family:<11}{spec.title}")


def _refuse(**asked: object) -> None:
    """Raise for options that mean nothing to maximum likelihood."""
    given = [f"--{name.replace('_', '-')}" for name, value in asked.items() if value]
    if given:
        raise InputError(
            [Problem("--engine mle", f"also {', '.join(given)}", "none of them: it has no priors or draws")]
        )


if __name__ == "__main__":
    app()
