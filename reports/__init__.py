"""Reports: what people read. Nothing here samples.

What is here
    Commands: `reports.effects`, `reports.build`, `reports.compare`, `reports.published`, `reports.calibrated`. What
    they print stands in ``terminal/``, the files of effects in `effect_files.write`, a page in
    `page_file.write_page`. A report (`report.document_of`) is a document (``document/``) of sections (``sections/``)
    about what it stands on (`report_inputs.ReportInputs`): fits with their studies, and claims (``claims/``) judged
    by a rule that is fixed first (``rules/``). ``guidelines/`` are filled in from the same; ``comparison/`` puts fits
    side by side; ``published_tables/`` are held against fits; ``figures/`` draws. Figures and reports are written
    to ``reports/out/``, outside version control, or where asked.
May import
    Every folder before it: `data`, `priors`, `models`, `fits`.
To add a claim, a source of claims, a section or a guideline
    See ``claims/``, ``sections/`` and ``guidelines/``.
To add a published table
    Copy ``published_tables/template.toml`` and fill it; it may lie anywhere.
"""

from data.commands.interrupts import starting

starting(__name__)
