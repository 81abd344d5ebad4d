"""Log-densities of one cell for compiled code, one file per family.

What is here
    Each has `pointwise` and `compiled`.
May import
    `data`, `priors`, `models`.
"""
