"""Find the prior that says what you believe: a range and a probability in, the lines of a prior set out.

Examples:

    python -m priors.elicit exposure_mean --lower -5 --upper 5

says: an exposure's effect is between -5 and 5 points, I would bet nine to one.

    python -m priors.elicit control --lower -.1 --upper .1 --scale probability

says so of the availability of a service. An effect in probability is a change
from one half; an intercept is the level itself.

    python -m priors.elicit group_sd.state --upper 15

says: the sd between states, a spread and so never below 0, is under 15 points.

Put the lines into a copy of priors/weak.toml, write whose belief it is, and
look at the whole set: python -m priors.show my_set.toml. The figure goes to
reports/out/.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from data.commands import options
from data.commands.exits import PLACES, exits
from data.errors import InputError, Problem
from data.files.replacing import replacing, require_place
from priors.prior_set import GOVERNS

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    role: Annotated[
        str | None,
        typer.Argument(
            help="What the belief is about; see --list. A group may have its own: group_sd.state.",
            metavar="ROLE",
            show_default=False,
        ),
    ] = None,
    lower: options.Lower = None,
    upper: options.Upper = None,
    probability: options.Probability = 0.9,
    scale: options.PriorScale = "points",
    out: options.ElicitedFigure = None,
    as_json: options.AsJson = False,
    list_: options.ListRoles = False,
) -> None:
    """Parse the command; the working half is imported only when there is work."""
    if list_:
        for name, governs in GOVERNS.items():
            typer.echo(f"{name:<17}{governs}")
        return
    if role is None or upper is None:
        raise typer.BadParameter(
            "give a role and where its range ends; --list shows the roles", param_hint="ROLE --upper"
        )
    from priors import elicitation  # SciPy: --help and --list must not wait
    from reports.figures.elicited import draw_elicited

    found = elicitation.elicit(role=role, scale=scale, lower=lower, upper=upper, share=probability)
    target = out or PLACES["out"] / f"elicited-{role}-{scale}.svg"
    if target.suffix != ".svg":
        raise InputError([Problem(f"--out {target}", f"the suffix {target.suffix!r}", ".svg")])
    require_place(target.parent, target.name)
    with replacing(target.parent, target.name) as fresh:
        draw_elicited(found, fresh / target.name)
    if as_json:
        typer.echo(json.dumps({**asdict(found), "toml": found.toml, "figure": str(target)}, indent=1))
        return
    shape = "a half-normal" if found.spread else f"a normal with mean {found.normal.mean:g} and"
    typer.echo(f"{role}: {GOVERNS[role.partition('.')[0]]}.\n{found.sentence} That is {shape} sd {found.normal.sd:g}.")
    typer.echo(f"\n{found.toml}\n\nFigure: {target}")


if __name__ == "__main__":
    app()
