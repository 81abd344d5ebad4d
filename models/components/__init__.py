"""Components of linear predictors, one file each, found by name.

What is here
    `exposures` (slopes pooled over services), `controls` (slopes), `groups` (effects of the levels of a group),
    `unit_intercept` and `intercept`. Each file has one subclass of `models.component.Component`, `ROLES`, and ``of``,
    which returns those of a design. One that a model asks for by a table ``[components.NAME]`` says its `KEYS`.
May import
    `data`, `priors`, `models`.
To add a component
    Write one file here. It says everything: parameters and their prior roles, the rows it reads, what it adds to
    a row known, integrated or moved, its part of the graph and of compiled code, and its lines in the equation.
    Read ``docs/design/components.md`` first.
"""
