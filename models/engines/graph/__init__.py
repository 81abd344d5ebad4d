"""PyMC's graph of a model: the reference for compiled code, and what samples where there is none.

What is here
    `density.build`, `sample`, `prior_draws`, and a likelihood for each family.
May import
    `data`, `priors`, `models`.
"""
