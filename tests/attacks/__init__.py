"""Attacks with fixed seeds: many inputs made wrong at random, of which none may end in a traceback or a wrong study;
kills at any moment and disks that fill up, after which files are all of one run; and what an outsider finds out about
respondents from a stored fit, of which the part that may leave must tell nothing.

A tenth of each runs with the other tests. The whole is run by `uv run pytest -m attack --whole`, which writes what
came out into `results/`.
"""
