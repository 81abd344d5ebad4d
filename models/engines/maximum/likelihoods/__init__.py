"""Likelihoods to maximise, one file per family.

What is here
    Each file has `maximise`, which returns a `Maximum` or raises `NoMaximum`.
May import
    `data`, `priors`, `models`.
To add one
    Write a file with the family's name here.
"""
