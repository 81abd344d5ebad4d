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
from typing import Annotated, Literal

import typer

from data.commands import options
from data.commands.exits import exits
from data.errors import InputError, Problem

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

QUICK = {"draws": 250, "tune": 250, "chains": 2}
FULL = {"draws": 1000, "tune": 1000, "chains": 4}


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


@app.command(help=__doc__)
@exits("Stopped; nothing was stored.")
def main(
    name: Annotated[str | None, typer.Argument(help="The model; see --list.", show_default=False)] = None,
    study: options.Study = "ndatss",
    data: options.Data = None,
    columns: options.Columns = None,
    wave: options.Wave = None,
    service: options.ServiceAlone = None,
    priors: Annotated[
        str | None,
        typer.Option(
            help="Prior set: weak (the default), skeptical, wide, as_claimed, or the path of your own.",
            show_default=False,
        ),
    ] = None,
    single_level: Annotated[
        bool, typer.Option("--single-level", help="Pool nothing: unit type as a control, no states, no unit intercept.")
    ] = False,
    family: Annotated[
        str | None, typer.Option(help="A rival likelihood in place of the model's own: gaussian for a tobit.")
    ] = None,
    draws: Annotated[int | None, typer.Option(min=1, help="Draws kept per chain [1000].", show_default=False)] = None,
    tune: Annotated[int | None, typer.Option(min=1, help="Tuning draws per chain [1000].", show_default=False)] = None,
    chains: Annotated[int | None, typer.Option(min=2, help="Chains [4]; R-hat needs two.", show_default=False)] = None,
    seed: options.Seed = 2017,
    engine: Annotated[
        Literal["nutpie", "graph", "pymc", "mle"],
        typer.Option(
            help="nutpie on compiled code; nutpie on PyMC's graph, the reference; PyMC's own NUTS on it; "
            "or maximum likelihood, an equation per service, without priors or pooling."
        ),
    ] = "nutpie",
    quick: Annotated[bool, typer.Option("--quick", help="2 chains of 250 + 250: a look, not a result.")] = False,
    show: Annotated[
        bool, typer.Option("--show", help="Print the equation with the variables filled in; no sampling.")
    ] = False,
    log_likelihood: Annotated[
        bool, typer.Option("--log-likelihood", help="Also store pointwise log-likelihood.")
    ] = False,
    predictive: Annotated[bool, typer.Option("--predictive", help="Also store posterior predictive draws.")] = False,
    fits_dir: options.FitsDir = None,
    force: Annotated[bool, typer.Option("--force", help="Fit again although an identical fit is stored.")] = False,
    as_json: options.AsJson = False,
    list_: Annotated[bool, typer.Option("--list", help="List the models and stop.")] = False,
) -> int:
    """Parse the command; the working half is imported only when there is work."""
    if list_:
        _list(study)
        return 0
    if name is None:
        raise typer.BadParameter("give the name of a model; --list shows them", param_hint="NAME")
    if engine == "mle":
        _refuse(
            priors=priors,
            show=show,
            predictive=predictive,
            log_likelihood=log_likelihood,
            quick=quick,
            draws=draws,
            tune=tune,
            chains=chains,
        )
    from fits import (
        make,  # pandas and xarray: --help and --list must not wait for them
        plan,
    )

    base = QUICK if quick else FULL
    wanted = plan.Wanted(
        model=name,
        study=study,
        data=data,
        columns=columns,
        wave=wave,
        service=service,
        priors=priors or "weak",
        single_level=single_level,
        family=family or "",
        draws=draws or base["draws"],
        tune=tune or base["tune"],
        chains=chains or base["chains"],
        seed=seed,
        engine=engine,
        quick=quick,
        force=force,
        as_json=as_json,
        home=fits_dir or options.FITS,
        extras=tuple(
            group
            for group, asked in (("log_likelihood", log_likelihood), ("posterior_predictive", predictive))
            if asked
        ),
    )
    code = make.show(wanted) if show else make.run(wanted)
    gc.freeze()  # else Python looks once more through all that was imported before it ends
    return code


if __name__ == "__main__":
    app()
