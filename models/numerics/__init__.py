"""Mathematics that families and components share.

What is here
    `bounds` (parameters within bounds), `integration` (over group effects), `student_t` (the distribution function of
    Student's t and its derivatives), `stirling` (the remainder of Stirling's formula), and `compiled_tools` (what
    compiled code of families and components may use).
May import
    `data`, `priors`, `models`.
"""
