"""Files in, a table of the codebook's variables out.

What is here
    `_table.read_table` (a file of any kind as columns that keep what stands in it), `_recode.recode`
    (columns become the codebook's variables: which cells are missing, which level a code is, which
    number a text is) and `_validate.check` (ranges, limits, keys).
May import
    `data` alone.
To read another kind of file
    Add its reader to `READERS` in `_table.py`.
"""
