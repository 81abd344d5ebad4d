"""Figures, one file each.

What is here
    `canvas`, `intervals` and `panels` hold what still figures share, `plotly_look` what the two share that a reader
    may point at. Every `stamp` is what must stand across anything made of simulated data, '' for real data.
May import
    Every folder before `reports`, and `reports`.
"""
