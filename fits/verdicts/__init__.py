"""Verdicts: what posteriors say of claims, by a rule that was fixed first, as values.

What is here
    A claim is read from `reports/claims/` by `source`, a rule from `reports/rules/` by `rule`. `quantity` is what
    a reading asks of a fit, `match` says which fit can answer, `judgement` is what came out, `settle` how many
    units would settle it, `together` which claims hold together.
May import
    `data`, `priors`, `models`, `fits`.
"""
