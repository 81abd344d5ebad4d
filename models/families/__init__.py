"""Families of likelihoods: each file declares one as `FAMILY`, with its equation in the docstring.

What is here
    `bernoulli`; `tobit`, and its rivals `gaussian`, `student_tobit` and `ordered_beta`.
May import
    `data`, `priors`, `models`.
To add a family
    Write one file here, and a prior for each new role in the prior sets. The file says everything: support, parameters
    and their roles, density, draws, expectations and scales in NumPy, `graph` for PyMC, `cell` for compiled code.
    Maximum likelihood climbs the log-density; a better search may stand in `engines/maximum/likelihoods/`.
"""
