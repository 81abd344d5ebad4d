"""Faults of a prior set's beliefs, told all at once: unknown roles, numbers out of scale, roles without a belief."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from data.errors import InputError, Problem, nearest
from priors.prior import DISTRIBUTIONS, Prior
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
    file, by_name = f"{priors.name}.toml", {role.name: role for role in known}
    problems = []
    for name, belief in priors.roles.items():
        role = by_name.get(general(name))
        if role is None or (general(name) != name and (role.name != "group_sd" or name == "group_sd.")):
            where = f"{file}: roles.{name}"
            problems.append(Problem(where, "an unknown role", "a parameter role", nearest(name, list(by_name))))
            continue
        units = ("own",) if role.scale == "own" else ("points", "probability")
        for unit in ("points", "probability", "own"):
            prior: Prior | None = getattr(belief, unit)
            where = f"{file}: roles.{name}.{unit}"
            if prior is not None and unit not in units:
                problems.append(Problem(where, "a belief on this scale", f"one in {' or '.join(units)}"))
            elif prior is not None:
                problems += _faults(where, role, prior, unit)
    missing = [role.name for role in needed if role.name not in priors.roles]
    problems += [Problem(file, f"no prior for role {name!r}", f"a table [roles.{name}]", ADD) for name in missing]
    return problems


def _faults(where: str, role: Role, prior: Prior, unit: str) -> list[Problem]:
    prior = role.completed(prior)
    if prior.distribution not in role.distributions:
        expected = " or ".join(role.distributions)
        return [
            Problem(
                f"{where}.distribution",
                repr(prior.distribution),
                expected,
                nearest(prior.distribution, role.distributions),
            )
        ]
    problems = _numbers(where, prior)
    if unit == "probability" and not problems:
        problems += _probability(where, role, prior)
    return problems


def _numbers(where: str, prior: Prior) -> list[Problem]:
    """Return what is wrong with a distribution's numbers, whatever they are about."""
    problems = []
    wanted = DISTRIBUTIONS[prior.distribution].numbers
    for name in wanted:
        value = getattr(prior, name)
        if name == "mean":
            if not math.isfinite(value):
                problems.append(Problem(f"{where}.mean", f"{value:g}", "a finite number"))
        elif value is None or value == ():
            expected = f"{', '.join(wanted)} of a {prior.distribution.replace('_', '-')}"
            problems.append(Problem(f"{where}.{name}", "nothing", expected))
        else:
            step = "For a prior as good as flat give a large number, as priors/wide.toml does" if name == "sd" else ""
            for one in value if isinstance(value, tuple) else (value,):
                if not (one > 0 and math.isfinite(one)):
                    problems.append(Problem(f"{where}.{name}", f"{one:g}", "a finite number above 0", step))
    if "mean" not in wanted and prior.mean != 0:
        expected = "no mean: a spread's prior is folded at 0" if prior.distribution == "half_normal" else "no mean"
        problems.append(Problem(f"{where}.mean", f"{prior.mean:g}", expected, "Remove `mean`"))
    others = ("sd", "shape", "rate", "alpha", "beta", "concentration")
    given = [name for name in others if name not in wanted and getattr(prior, name) not in (None, ())]
    problems += [
        Problem(f"{where}.{name}", "a number that it does not take", f"{', '.join(wanted)} of a {prior.distribution}")
        for name in given
    ]
    return problems


def _probability(where: str, role: Role, prior: Prior) -> list[Problem]:
    """Return what is wrong where a probability would leave 0 to 1.

    A change and its sd are counted from one half; only a level's sd is counted from its own mean.
    """
    level, sd = role.scale == "level", prior.sd
    if sd is None:
        step = "Write it in `points`, or give a half-normal"
        return [Problem(where, f"a {prior.distribution} in probability", "a normal or a half-normal", step)]
    centre = prior.mean if level else 0.5 + prior.mean
    above = (prior.mean if level else 0.5) + sd
    if 0 < centre < 1 and above < 1:
        return []
    expected = "mean + sd below 1 and a mean above 0" if level else "a mean between -0.5 and 0.5, an sd below 0.5"
    step = "A probability must stay between 0 and 1" + ("" if level else "; changes are counted from one half")
    return [Problem(where, f"mean {prior.mean:g}, sd {sd:g}", expected, step)]
