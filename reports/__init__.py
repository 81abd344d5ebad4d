"""Reads fits and never samples.

What is here
    `coefficients.Coefficients` (a fit's parameters as a table). Figures are written to ``reports/out/``,
    outside version control.
May import
    Every folder before it: `data`, `priors`, `models`, `fits`.
"""
