"""Log-densities of one cell for compiled code, one file per family.

What is here
    Each file has `pointwise`, the log-density and its derivatives, and `compiled`, the callback around it.
May import
    `data`, `priors`, `models`.
To add one
    Write a file with the family's name here; `bernoulli` is the shortest example.
"""
