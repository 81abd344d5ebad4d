"""Reporting guidelines, filled in from a run.

What is here
    One TOML file per guideline with its items in our words, each naming what looks for its evidence (`_evidence`);
    what was found of an item (`_finding`), and which fits tell how far priors matter (`_sensitivity`).
May import
    What `reports` may.
To add a guideline
    Write one TOML file here; its items name functions of `_evidence`.
"""
