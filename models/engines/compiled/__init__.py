"""Compiled code: the density of a model and its gradient, from parts that are compiled once each.

What is here
    `density` is what samplers use. `driver` calls the parts: components (`component_code`) and a family's loop over
    cells (`cell_code`), by their addresses in the block of `memory` (`call`). `tools` is what parts are made with,
    `patterns` counts equal rows together, `piecewise` approximates functions, `jit` and `jit_cache` compile and keep
    code, and `nuts` samples.
May import
    `data`, `priors`, `models`.
"""
