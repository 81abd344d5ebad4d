"""Faults of a prior set's beliefs, told all at once: unknown roles, numbers out of scale, roles without a belief."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import fields

import numpy as np

from data.errors import InputError, Problem, nearest
from priors.prior import DISTRIBUTIONS, Prior, a_or_an
from priors.prior_set import ADD, PriorSet
from priors.role import Role, general


def require_roles(priors: PriorSet, *, known: Sequence[Role], needed: Iterable[Role] = ()) -> None:
    """Raise an error for every fault of a set's beliefs.

    Parameters
    ----------
    known : sequence of Role
        Those of every family and component there is.
    needed : iterable of Role
        Those of the model; a set may be silent about all others.

    Raises
    ------
    InputError
        Every fault at once.
    """
    if problems := role_faults(priors, known=known, needed=needed):
        raise InputError(problems)


def role_faults(priors: PriorSet, *, known: Sequence[Role], needed: Iterable[Role] = ()) -> list[Problem]:
    """Return the faults for which `require_roles` raises."""
    by_name = {role.name: role for role in known}
    problems = []
    for name, belief in priors.roles.items():
        where, role = f"{priors.file}: roles.{name}", by_name.get(general(name))
        if role is None or (name != role.name and not (role.by_group and name != f"{role.name}.")):
            problems.append(Problem(where, "an unknown role", "a parameter role", nearest(name, list(by_name))))
            continue
        for unit, prior in belief.given.items():
            problems += _faults(f"{where}.{unit}", role, prior, unit)
    missing = [role.name for role in dict.fromkeys(needed) if role.name not in priors.roles]
    return problems + [
        Problem(priors.file, f"no prior for role {name!r}", f"a table [roles.{name}]", ADD) for name in missing
    ]


def _faults(where: str, role: Role, prior: Prior, unit: str) -> list[Problem]:
    """Return what is wrong with one belief; `where` is where it is written."""
    units = ("own",) if role.scale == "own" else ("points", "probability")
    if unit not in units:
        return [Problem(where, "a unit that the role does not have", " or ".join(f"`{one}`" for one in units))]
    prior = role.completed(prior)
    if prior.distribution not in role.distributions:
        expected, hint = " or ".join(role.distributions), nearest(prior.distribution, role.distributions)
        return [Problem(f"{where}.distribution", repr(prior.distribution), expected, hint)]
    problems = [*_numbers(where, prior), *_shares(where, role, prior)]
    if unit == "probability" and not problems:
        problems += _probability(where, role, prior)
    return problems


def _numbers(where: str, prior: Prior) -> list[Problem]:
    """Return what is wrong with a distribution's numbers, whatever they are about."""
    problems = []
    wanted = DISTRIBUTIONS[prior.distribution].numbers
    takes = f"{' and '.join(wanted)} of {a_or_an(prior.distribution)}"
    for name in wanted:
        value = getattr(prior, name)
        if value in (None, ()):
            problems.append(Problem(f"{where}.{name}", "nothing", takes))
        elif name == "mean":
            if not math.isfinite(value):
                problems.append(Problem(f"{where}.mean", f"{value:g}", "a finite number"))
        else:
            step = "For a prior as good as flat give a large number, as priors/wide.toml does" if name == "sd" else ""
            bad = [one for one in np.atleast_1d(value) if not (one > 0 and math.isfinite(one))]
            problems += [Problem(f"{where}.{name}", f"{one:g}", "a finite number above 0", step) for one in bad]
    if "mean" not in wanted and prior.mean != 0:
        folded = prior.distribution == "half_normal"
        expected = "no mean: a spread's prior is folded at 0" if folded else f"no mean, only {takes}"
        problems.append(Problem(f"{where}.mean", f"{prior.mean:g}", expected, "Remove `mean`"))
    others = [one.name for one in fields(prior) if one.name not in ("mean", "distribution", *wanted)]
    return problems + [
        Problem(f"{where}.{name}", "a number that it does not take", f"only {takes}", f"Remove `{name}`")
        for name in others
        if getattr(prior, name) not in (None, ())
    ]


def _shares(where: str, role: Role, prior: Prior) -> list[Problem]:
    """Return the problem of a Dirichlet with more or fewer numbers than there are shares."""
    count = len(prior.concentration)
    if not role.shares or count in (0, role.shares):
        return []
    return [Problem(f"{where}.concentration", f"{count} numbers", f"{role.shares}, one for each share")]


def _probability(where: str, role: Role, prior: Prior) -> list[Problem]:
    """Return what is wrong where a probability would leave 0 to 1.

    A change and its sd are counted from one half; only a level's sd is counted from its own mean.
    """
    level, sd = role.scale == "level", prior.sd
    if sd is None:
        step = "Write it in `points`, or give an `sd`"
        return [Problem(where, f"{a_or_an(prior.distribution)} in probability", "a normal or a half-normal", step)]
    centre = prior.mean if level else 0.5 + prior.mean
    above = (prior.mean if level else 0.5) + sd
    if 0 < centre < 1 and above < 1:
        return []
    expected = "mean + sd below 1 and a mean above 0" if level else "a mean between -0.5 and 0.5, an sd below 0.5"
    step = "A probability must stay between 0 and 1" + ("" if level else "; changes are counted from one half")
    return [Problem(where, f"mean {prior.mean:g}, sd {sd:g}", expected, step)]
