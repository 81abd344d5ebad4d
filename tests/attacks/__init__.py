"""Attacks: many inputs made wrong at random with fixed seeds, of which none may end in a traceback or a wrong study.

A tenth of each runs with the other tests. The whole is run by `uv run pytest -m attack --whole`, which writes what
came out into `results/`.
"""
