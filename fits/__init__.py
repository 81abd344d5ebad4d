"""Fits: made by a plan, stored, questioned and judged.

What is here
    `plan.FitPlan` says everything that decides the draws of a fit; ``planning/`` is what it is made of. `make.make`
    returns the fit of a plan, stored or made now: `loaded` reads what the plan names, `sample` samples with one
    retry, `produce` stores. `listen` is who is told meanwhile. `gate` and `diagnostics` are the checks of every
    posterior. `reload` reads the study behind a stored fit again, which makes a `fit_with_study.Evidence`; `listing`
    says what has changed since it was made.
    ``storage/`` keeps fits, ``effects/``, ``checks/`` and ``verdicts/`` question them, ``calibration/`` asks how
    often that is right. The commands are `fits.ls` and `fits.share`. The fits themselves lie in ``stored/``, outside
    version control; plain `xarray.open_datatree` reads them.
May import
    `data`, `priors`, `models`. Nothing here prints or draws.
To add a check, an effect's scale or a reading of claims
    See ``checks/``, ``effects/scales/`` and ``verdicts/``.
"""

from data.commands.interrupts import starting

starting(__name__)
