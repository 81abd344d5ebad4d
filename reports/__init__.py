"""Reports: what people read. Nothing here samples.

What is here
    A report is a document (``document/``) of sections (``sections/``) about fits with their studies
    (`report_inputs`). ``figures/`` draws, ``terminal/`` is what commands print, ``claims/`` holds the claims of the
    sources (TOML) and words their verdicts, ``rules/`` the rules (TOML), ``comparison/`` puts fits side by side,
    ``guidelines/`` fills in reporting guidelines, ``published_tables/`` holds published tables against fits,
    ``study/`` describes a study. The commands are `reports.effects`, `reports.published`, `reports.build` and
    `reports.compare`. Figures and reports are written to ``reports/out/``, outside version control, or where asked.
May import
    `data`, `priors`, `models`, `fits`. A command may call `fits.make`.
To add a claim, a section, a guideline or a published table
    See ``claims/``, ``sections/``, ``guidelines/`` and ``published_tables/``.
"""

from data.commands.interrupts import starting

starting(__name__)
