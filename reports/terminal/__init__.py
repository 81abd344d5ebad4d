"""What commands print.

What is here
    A file per kind of output.
May import
    Every folder before `reports`, and `reports`.
"""
