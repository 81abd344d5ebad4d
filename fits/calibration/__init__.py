"""Calibration: how often a model is right on simulated studies whose truth is known.

What is here
    `plan` says what decides the simulations; `run` makes what the `store` does not hold yet; each is one
    `from_prior` or `from_scenario`, fitted as `simulate` says; what is kept of it are `truth_ranks` or
    `study_effects`; `sbc` judges the ranks, `operating` the effects, which `simulated_effects` reads as a table,
    `true_sizes` sorts, and `characteristics` and `false_directions` count. `compact` is all of it in one small file,
    `recorded` leads there and back, and `beside` compares several such records.
May import
    `data`, `priors`, `models`, `fits`.
"""
