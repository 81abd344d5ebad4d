"""Simulated studies whose truth is known.

What is here
    `simulator.simulate` and the steps it is made of; `archive` makes an extract look like an archive's. The
    numbers stand in `constants.toml` and `archive_constants.toml`, each with its source or as an assumption.
May import
    `data`.
"""
