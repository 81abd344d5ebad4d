"""Families: one file each, which declares `FAMILY` and holds its equation.

What is here
    `bernoulli`, `gaussian` and `tobit`.
May import
    `data`, `priors`, `models`.
To add a family
    Write one file here, and one of the same name in `engines/graph/likelihoods/`. One in
    `engines/compiled/cells/` makes it fast, one in `engines/maximum/likelihoods/` maximises it, one in
    `fits/effects/scales/` says on which scales it is read. A family may share another's (`Family.likelihood`).
"""
