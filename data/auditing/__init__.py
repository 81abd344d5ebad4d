"""What the data can and cannot say before a fit: one finding per file.

What is here
    `audit.Audit` gathers the findings of a study or of one model; `warnings` words them; `variable_summary`
    describes one variable without a respondent's value.
May import
    `data`.
"""
