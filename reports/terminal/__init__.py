"""What commands print.

What is here
    A file per kind of output: each builds blocks of a document, which `reports.document.terminal` prints. `progress`
    tells of work that goes on.
May import
    Every folder before `reports`, and `reports`.
"""
