"""Bytes in, a validated labelled study out.

What is here
    `codebook.Codebook` (a study's variables, from one TOML file), `study.load_study` (an
    `xarray.Dataset` with dims `unit` and `service`), `audit.Audit` (what to know before a fit), the folder
    `loading/` (a file of any kind, recoded and checked), and the doors `data.describe` and `data.simulate`.
May import
    Nothing else of this project.
To add a study
    Write one TOML file here, or anywhere and pass its path. The file's stem is its name.
"""

from data.commands.interrupts import starting

starting(__name__)
