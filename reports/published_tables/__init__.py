"""Published tables, typed in as TOML, held against fits of the same model.

What is here
    A TOML file per table; `table.PublishedTable` reads one, `check.check_of` compares it.
May import
    Every folder before `reports`, and `reports`.
To add a table
    Copy `template.toml` and fill it; it may lie anywhere.
"""
