"""PyMC's graph of a model: the reference for compiled code, and the sampler where there is no compiled code.

What is here
    `density.build` makes the graph of components and a family; `tools` is what they declare their variables with;
    `sample` draws from the posterior, `prior_draws` from the prior.
May import
    `data`, `priors`, `models`.
"""
