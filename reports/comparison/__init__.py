"""Fits side by side, and what changed from one run to another.

What is here
    What fits share (`_shared`) and how they were made differently (`_making`, `_beliefs`), their effects
    beside each other (`side_by_side.SideBySide`) with overlaps and differences (`_overlap`), their scores
    (`_scores`), two runs as a difference (`run_difference.RunDifference`), the figure and the page.
May import
    What `reports` may. The door is `reports.compare`.
"""
