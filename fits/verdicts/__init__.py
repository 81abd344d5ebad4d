"""Verdicts: judgements of claims by posteriors, under a rule that was fixed first, as values.

What is here
    `source` reads claims from `reports/claims/`, `rule` reads rules from `reports/rules/`. `quantity` computes the
    effects that a reading names, `match` says which fit can answer it, `events` are the draws in which it holds,
    and `judgement` is the result; `judge` judges all claims. `settle` says how many units would settle a reading,
    `together` which claims hold together, `called` how many directions are false, `curve` how the verdict depends
    on the rule.
May import
    `data`, `priors`, `models`, `fits`.
To add a claim or a rule
    Write one TOML file in `reports/claims/` or `reports/rules/`.
"""
