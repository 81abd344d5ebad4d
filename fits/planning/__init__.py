"""Planning: what `fits.plan.FitPlan` is made of.

What is here
    `sources` reads what plans name, once each, and says which versions of libraries and code decide the draws;
    `pooling` is how a pooling other than the model's own is written in names and told in words.
May import
    `data`, `priors`, `models`.
"""
