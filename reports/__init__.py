"""Reads fits and never samples.

What is here
    Estimands: the scales of each family (`tobit_scales`, `bernoulli_scales`, `gaussian_scales`), averaged
    over units within every draw (`_averages`), as a table (`effect_table.EffectTable`) and a figure
    (`forest`); what pooling did to groups (`shrinkage`, `shrinkage_figure`); a fit's parameters
    (`coefficients.Coefficients`); the ladder (`ladder`, `ladder_figure`); published tables
    (`published_table`, `published_check`, typed in under ``tables/``). Checks of a fit's predictions
    (``checks/``); what simulated studies tell of a model (`sbc`, `operating`). Claims and verdicts (``claims/``)
    by a rule that is fixed first (`verdict`, ``rules/``). A report is a document (``page/``) of sections
    (``sections/``) about fits with their studies (`_evidence`, `_grounds`); ``guidelines/`` is filled in from
    them; ``compared/`` puts fits side by side. The doors: `reports.effects`, `reports.published`,
    `reports.build`, `reports.compare`. Figures and reports are written to ``reports/out/``, outside version
    control, or where asked.
May import
    Every folder before it: `data`, `priors`, `models`, `fits`.
To add the scales of a family
    Write one file `NAME_scales.py` here that declares `SCALES`, the main one first.
To add a claim, a source of claims, a section or a guideline
    See ``claims/``, ``sections/`` and ``guidelines/``.
To add a published table
    Copy `tables/template.toml` and fill it; it may lie anywhere.
"""

from data.commands.interrupts import starting

starting(__name__)
