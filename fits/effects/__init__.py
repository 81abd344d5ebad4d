"""Effects: named quantities of a posterior, on the scales of the outcome.

What is here
    `contrasts` (settings of an exposure), `averages` over units within every draw, on the `scale`s that each family
    declares in ``scales/``, and their `effect_table`; `coefficients`; `shrinkage` of groups by pooling; `delta`
    and `asymptotic` for maximum likelihood; `unpooled` puts it `beside` pooled effects; `truth` for simulated studies.
    `answer` does the work of the command `reports.effects`.
May import
    `data`, `priors`, `models`, `fits`.
To add a scale
    Add a `Scale` to the family's file in ``scales/``.
"""
