"""Fits side by side, and what changed from one run to another.

What is here
    `comparison.Compared` gathers everything: what fits have in common (`common_effects`), how they were made
    (`provenance_diff`, `beliefs`), whether they may be believed (`fit_status`), their effects beside each other
    (`side_by_side.SideBySide`) with `difference` and `overlap`, their `scores`, and two runs as a difference
    (`run_difference.RunDifference`). `words` and `page` tell it.
May import
    `data`, `priors`, `models`, `fits`, `reports`. The command is `reports.compare`.
"""
