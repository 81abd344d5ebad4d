"""Checks that can fail: a fit against its own data, its prior, and what was left out of it.

What is here
    `checking` reads a fit, computes, compares and stores; `found` is what came out. One file per check. Shared:
    `check` (value, limit, boolean, sentence), `splits` (by what answers are counted), `replicates` (the same
    counts of outcomes drawn anew), `refits` (the fit's model without some answers), `suppression` (what may not
    be printed).
May import
    What `fits` may. Tables and figures are made of a `Found` by `reports.check_files`.
To add a check
    One file with a function that returns `Test`s or `Check`s, and its call in `fits/checks/found.py`.
"""
