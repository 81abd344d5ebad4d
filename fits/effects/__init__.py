"""Effects: named quantities of a posterior on scales that people read.

What is here
    Scales of each family (`scales/`), averaged over units within every draw (`averages`), as an
    `effect_table`; coefficients; what pooling did to groups (`shrinkage`); the delta method for maximum
    likelihood.
May import
    `data`, `priors`, `models`, `fits`.
"""
