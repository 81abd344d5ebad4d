"""Models: a study, a declaration and a prior set in; a density, its draws and their meaning out.

What is here
    One TOML file per model, `spec` (its declaration, read against a study), `design` (the arrays it needs), `family`
    and `component` (what the files of ``families/`` and ``components/`` declare), `scale`, `posterior` and `predict`
    (what draws mean), and the commands `models.fit`, `models.ladder`, `models.check` and `models.calibrate`.
    ``predictors/`` adds components up; ``engines/`` samples on compiled code, which tests hold equal to PyMC's graph of
    the same model, and maximises the likelihood of an equation per service on the same rows; ``numerics/`` is
    mathematics that they share. Nothing here knows stored fits.
May import
    `data`, `priors`. Commands may import anything.
To add a model
    Write one TOML file here, or a table `[models.NAME]` in your study's TOML.
To add a family or a component
    See `models.families` and `models.components`.
"""

from data.commands.interrupts import starting

starting(__name__)
