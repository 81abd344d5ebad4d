"""Figures, one file each.

What is here
    `canvas` and `plotly_look` hold what they share.
May import
    Every folder before `reports`, and `reports`.
"""
