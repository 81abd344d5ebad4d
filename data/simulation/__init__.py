"""Simulated studies whose truth is known.

What is here
    `simulator.simulate` and its steps: `covariates`, `adoption`, `outcomes`, all built on `equations`; `planted` finds
    the coefficients of effects whose size on E[y] is stated. `archive` makes the study look like an extract from a
    survey archive. The numbers are in `constants.toml` and `archive_constants.toml`, each with its source or declared
    as an assumption.
May import
    `data`.
"""
