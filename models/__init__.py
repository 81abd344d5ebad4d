"""A study, a model and a prior set in, a `pymc.Model` out.

What is here
    One TOML file per model; one Python file per family (`bernoulli`, `gaussian`, `tobit`), whose
    docstring holds its equation; and the doors `models.fit`, `models.ladder`, `models.check` and
    `models.calibrate`. A fit is sampled on compiled code (`_kernel`, `_effects`), which is held equal to
    PyMC's graph of the same model (`_graph`). Maximum likelihood (`_estimates`) uses the same rows, an
    equation per service.
May import
    `data`, `priors`.
To add a model
    Write one TOML file here, or a table `[models.NAME]` in your study's TOML.
To add a family
    Write one Python file here that declares `FAMILY`, and beside it `_NAME_graph.py`, the likelihood
    for PyMC. `_NAME_kernel.py` makes it fast: `pointwise`, a function of one cell, and the few lines
    around it that are the same in every one. `_NAME_mle.py` maximises it: `maximise`. A family may share
    another's private files (`Family.likelihood`). Its scales for readers stand in `reports/`.
"""

from data.commands.interrupts import starting

starting(__name__)
