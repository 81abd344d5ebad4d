"""Likelihoods to maximise, one file per family.

What is here
    Each has `maximise`.
May import
    `data`, `priors`, `models`.
"""
