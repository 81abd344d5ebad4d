"""Claims: quoted sentences of the sources as data, and the wording of verdicts on them.

What is here
    One TOML file per source document, read by `fits.verdicts.source`: each claim with its recorded words
    and its readings, or what is needed before it can be judged. `fits.verdicts` judges them; `sentences` words
    the judgements.
May import
    Every folder before `reports`, and `reports`.
To add a claim
    Add a table to its source's TOML file. To add a source, write one file here, or anywhere and name its path.
"""
