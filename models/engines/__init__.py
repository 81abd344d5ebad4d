"""Engines: a design, a family and priors in; draws or estimates out.

What is here
    ``graph/`` is PyMC's graph, the reference; ``compiled/`` is fast, and tests hold it equal to the graph;
    ``maximum/`` maximises the likelihood; ``bambi/`` states models of one service in Bambi, for a second opinion.
    They share `settings`, `model_data` (the arrays they read) and `memory_needed`; `sampler` chooses the engine of a
    fit.
May import
    `data`, `priors`, `models`.
"""
