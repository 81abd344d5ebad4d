"""Figures of a fit's checks, one file each.

What is here
    `calibration`, `left_out`, `limits`, `pit` and `rates`; `reports.check_files` draws them.
May import
    Every folder before `reports`, and `reports`.
"""
