"""Likelihoods for PyMC, one file per family.

What is here
    Each file has `observe`, which adds the observed variable to an open PyMC model.
May import
    `data`, `priors`, `models`.
To add one
    Write a file with the family's name here.
"""
