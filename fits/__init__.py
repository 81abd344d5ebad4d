"""Stored posteriors that accuse themselves.

What is here
    `fit.Fit` (a directory with ``fit.nc``, ``manifest.json`` and, once asked, ``checks/``),
    `diagnostics.Diagnostics` (the gate), and the door `fits.ls`. The fits themselves lie here too, one
    directory each, outside version control; plain `xarray.open_datatree` reads them.
May import
    `data`, `priors`, `models`, though it knows no model and no prior: only names and hashes.
"""
