"""Compiled code: the density of a model and its gradient, compiled once for each family.

What is here
    `kernel` around a family's cell, `hierarchy` (parameters to effects and back), the block of `memory` that
    both read, `patterns` (equal rows counted together), and `nuts`, which samples.
May import
    `data`, `priors`, `models`.
"""
