"""Stored fits: draws, and a manifest that records every check.

What is here
    `fit.Fit` reads and writes fits. A fit is a `version` on disk, which never changes and which `new_version`
    replaces, with its `manifest` and `draws` (`plain_hdf5` checks such files). `find` finds a fit, `place` finds
    room for one, and `may_leave` is its part without private values.
May import
    `data`, `priors`, `models`, `fits`.
"""
