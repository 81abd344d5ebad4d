"""Reads fits and never samples.

What is here
    Estimands: the scales of each family (`tobit_scales`, `bernoulli_scales`, `gaussian_scales`), averaged
    over units within every draw (`_averages`), as a table (`effect_table.EffectTable`) and a figure
    (`forest`); what pooling did to groups (`shrinkage`, `shrinkage_figure`); a fit's parameters
    (`coefficients.Coefficients`); the ladder (`ladder`, `ladder_figure`); published tables
    (`published_table`, `published_check`, typed in under ``tables/``); and the doors `reports.effects` and
    `reports.published`. Checks of a fit's predictions (``checks/``); what simulated studies tell of a model
    (`sbc`, `operating`) and the rule of a verdict (`verdict`, ``rules/``). Figures are written to
    ``reports/out/``, outside version control, or where asked.
May import
    Every folder before it: `data`, `priors`, `models`, `fits`.
To add the scales of a family
    Write one file `NAME_scales.py` here that declares `SCALES`, the main one first.
To add a published table
    Copy `tables/template.toml` and fill it; it may lie anywhere.
"""
