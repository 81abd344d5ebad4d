"""Engines: a design, a family and priors in; draws or estimates out.

What is here
    `graph/` is PyMC's, the reference; `compiled/` is held equal to it and fast; `maximum/` maximises the
    likelihood. They share `settings`, `model_data` (the arrays they read) and `centring`; `sampler` chooses.
May import
    `data`, `priors`, `models`.
"""
