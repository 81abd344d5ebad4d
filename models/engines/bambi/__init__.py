"""A second opinion: the model stated in Bambi, an independent implementation, and sampled from there.

What is here
    `supported` says which models Bambi can state, and what it states otherwise than the other engines;
    `statement` writes formula, rows and priors; `sample` samples, and gives the draws our names.
May import
    `data`, `priors`, `models`.
"""
