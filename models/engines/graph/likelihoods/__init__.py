"""Likelihoods for PyMC, one file per family.

What is here
    Each has `observe`.
May import
    `data`, `priors`, `models`.
"""
