"""Maximum likelihood of a single-level model: an equation per service.

What is here
    `estimates.estimate`, the covariances that are reported of a `maximum`, and `separation`, where there is none.
May import
    `data`, `priors`, `models`.
"""
