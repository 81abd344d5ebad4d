"""Predictors: what the components of a model add up to, and what sampling them depends on.

What is here
    `predictor` (the components of a design, their roles and variables, their sum for any rows and places),
    `family_parameter` (a family's parameters besides its location, as components), `slopes` (what slopes add when
    columns move), `information` (what cells say about parts of the predictor), `centring` (the parametrisation)
    and `measures` (numbers that contrasts take from the data).
May import
    `data`, `priors`, `models`.
"""
