"""Read a data file into a table of the codebook's variables.

What is here
    `table.read_table` (a file of any kind as columns of unchanged cells), `recode.recode` (columns become
    the codebook's variables: which cells are missing, which level a code is, which number a text is) and
    `validate.check` (ranges, limits, keys).
May import
    `data`.
To read another kind of file
    Add its reader to `READERS` in `table.py`.
"""
