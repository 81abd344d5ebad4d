"""A study described: its codebook, its audit, its warnings.

What is here
    `description` for programs, `described` as a document for people.
May import
    Every folder before `reports`, and `reports`.
"""
