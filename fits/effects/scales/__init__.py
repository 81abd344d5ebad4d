"""The scales of effects, one file per family.

What is here
    Each file declares `SCALES`, a tuple of `Scale` with the main one first.
May import
    `data`, `priors`, `models`, `fits`.
To add one
    Write a file with the family's name here.
"""
