"""What several sections of a report share.

What is here
    Wording, chains, and what was learned beyond a prior.
May import
    Every folder before `reports`, and `reports`.
"""
