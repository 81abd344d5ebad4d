"""Calibration: how often a model is right on simulated studies whose truth is known.

What is here
    `run` makes what the `store` does not hold yet; `simulate` makes one simulation; `sbc` judges those drawn from
    a prior, `operating` those of a scenario.
May import
    `data`, `priors`, `models`, `fits`.
"""
