"""Maximum likelihood of a single-level model, with an equation per service.

What is here
    `estimates.estimate` (all services), `maximum` (a maximum and its covariances), `separation` (whether there is
    a maximum), `climb` (the search for any family), and better searches of some families in ``likelihoods/``.
May import
    `data`, `priors`, `models`.
"""
