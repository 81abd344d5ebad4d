"""Parts that several sections of a report use.

What is here
    `wording` (names, notes and commands), `chains` (figures of chains), and two parts of the section on priors:
    `prior_checks` and `prior_effects`.
May import
    Every folder before `reports`, and `reports`.
"""
