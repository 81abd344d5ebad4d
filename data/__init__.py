"""Bytes in, a validated labelled study out.

What is here
    `codebook.Codebook` (a study's variables, from one TOML file), `study.load_study` (an
    `xarray.Dataset` with dims `unit` and `service`), and the commands `data.describe` and `data.simulate`.
    ``loading/`` reads and checks a file of any kind, ``auditing/`` says what to know before a fit, and
    ``simulation/`` makes data whose truth is known. All folders use `errors`, `disclosure` (small counts are
    withheld), `registry` and `code_hash` (what code a fit depends on), ``files/`` and ``commands/``.
May import
    No other folder. Commands alone may import anything.
To add a study
    Write one TOML file here, or anywhere and pass its path. The file's stem is its name.
"""

from data.commands.interrupts import starting

starting(__name__)
