"""Families of likelihoods: each file declares one as `FAMILY`, with its equation in the docstring.

What is here
    `bernoulli`, `gaussian` and `tobit`.
May import
    `data`, `priors`, `models`.
To add a family
    Write one file here, and one of the same name in `engines/graph/likelihoods/`. One in
    `engines/compiled/cells/` makes it fast, one in `engines/maximum/likelihoods/` maximises it, one in
    `fits/effects/scales/` declares the scales of its effects. A family may share another's engine files
    (`Family.likelihood`).
"""
