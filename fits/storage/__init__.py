"""Stored fits: draws, and a manifest that records every check.

What is here
    `fit.Fit` reads and writes a `version`, which never changes; `manifest`; `find` and `place`, where a fit is
    and where it goes; `may_leave`, what of it is not private.
May import
    `data`, `priors`, `models`, `fits`.
"""
