"""Stored posteriors that accuse themselves.

What is here
    `fit.Fit` (a folder of versions: ``manifest.json``, ``fit.nc``, which may leave, ``private.nc``, which
    may not, and ``checks/``), `diagnostics.Diagnostics` (the gate), and the doors `fits.ls` and `fits.share`.
    The fits themselves lie in ``stored/``, one folder each, outside version control; plain
    `xarray.open_datatree` reads them. ``_version`` finds, holds and compares versions, ``_may_leave`` decides
    what is in ``fit.nc``.
May import
    `data`, `priors`, `models`, though it knows no model and no prior: only names and hashes.
"""

from data.commands.interrupts import starting

starting(__name__)
