"""Fits side by side, and what changed from one run to another.

What is here
    Fits as they are compared, with their study or by what is stored alone (`stored_alone.read_party`). What fits
    share (`common_effects`) and how they were made differently (`provenance_diff`, `beliefs`), their effects beside
    each other (`side_by_side.SideBySide`) with overlaps and differences (`overlap`), their scores (`scores`), two
    runs as a difference (`run_difference.RunDifference`), all of it (`comparison.Compared`), and the page.
May import
    What `reports` may. The command is `reports.compare`.
"""
