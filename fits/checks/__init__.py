"""Checks that can fail: a fit against its own data, prior, and what was left out of it.

What is here
    Shared: `_check` (value, limit, boolean, sentence), `_splits` (by what cells are counted),
    `_replicates` (the same counts of outcomes drawn anew), `_few` (what may not be printed).
    One file per check, and one per figure.
May import
    What `reports` may. Nothing here samples; refits are handed in by the door `models.check`.
To add a check
    One file with a function that returns `Check`s, and its call in `fits/checks/checking.py`.
"""
