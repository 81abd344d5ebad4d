"""Findings about the data before a fit, one kind of finding per file.

What is here
    `audit.Audit` gathers the findings of a study or of one model over its `scope.Scope`; `warnings` writes them
    as sentences; `variable_summary` describes one variable without any respondent's value.
May import
    `data`.
To add a finding
    Write one file with a frozen dataclass and a function of a `Scope`, call it in `Audit.of`, and give it a
    sentence in `warnings`.
"""
