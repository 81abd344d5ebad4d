"""Compiled code: the density of a model and its gradient, compiled once for each family.

What is here
    `density` is what samplers use. `kernel` (the likelihood around a family's function in ``cells/``) and
    `hierarchy` (parameters to effects, and derivatives back) read the block of `memory`; `patterns` counts equal
    rows together, `parameters` names the draws, `piecewise` approximates functions, `jit` and `jit_cache` compile
    and keep code, and `nuts` samples.
May import
    `data`, `priors`, `models`.
"""
