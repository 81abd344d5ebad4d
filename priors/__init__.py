"""Named prior sets: plain values on the outcome's scale, each with a reason and a source.

What is here
    `prior_set.PriorSet` (a set, from one TOML file), `prior` (distributions), `role` (what a prior may be about, which
    families and components of models declare), `faults` (a set held to these roles), `translate` (its beliefs as priors
    on the model's scale), and the command `priors.show` (what a set implies on the outcome's scale).
May import
    `data`.
To add a prior set
    Write one TOML file here, or anywhere and pass its path. The file's stem is its name.
"""

from data.commands.interrupts import starting

starting(__name__)
