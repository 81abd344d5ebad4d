"""Reporting guidelines, filled in from a run.

What is here
    One TOML file per guideline with its items in this project's words, read by `declared`. Each item names a
    function of `predicates`, which looks for its evidence and returns a `finding.Finding`; `sensitivity` finds
    the fits that show how far priors matter.
May import
    Every folder before `reports`, and `reports`.
To add a guideline
    Write one TOML file here; its items name functions of `predicates`.
"""
