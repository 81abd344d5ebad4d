"""The scales on which a family is read, one file per family.

What is here
    Each declares `SCALES`, the main one first.
May import
    `data`, `priors`, `models`, `fits`.
"""
