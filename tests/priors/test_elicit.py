"""The prior that is found holds what was asked for when the model reads it."""

from __future__ import annotations

import json
import shlex
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import norm
from typer.testing import CliRunner

from priors import elicit
from priors.elicitation import elicit as find
from priors.prior_set import GOVERNS, LOCATED, Belief, Normal, PriorSet, Scale
from priors.translate import translate

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

RANGES = [
    ("exposure_mean", "points", -2.0, 12.0, 0.9),
    ("intercept", "points", 10.0, 70.0, 0.5),
    ("unit_sd", "points", None, 15.0, 0.95),
    ("group_sd.state", "points", 0.0, 15.0, 0.9),
    ("control", "probability", -0.1, 0.3, 0.9),
    ("intercept", "probability", 0.05, 0.6, 0.8),
    ("group_sd", "probability", None, 0.3, 0.9),
]


@pytest.mark.parametrize(("role", "scale", "lower", "upper", "share"), RANGES)
def test_the_prior_holds_the_share_that_was_asked_for(
    role: str, scale: Scale, lower: float | None, upper: float, share: float
) -> None:
    """As `translate` reads the rounded numbers that are printed: four digits move the share by less than 1e-3."""
    found = find(role=role, scale=scale, lower=lower, upper=upper, share=share)
    belief = Belief(reason="r", source="s", **{scale: found.normal})
    weak = PriorSet.read("weak")
    read = translate(
        replace(weak, roles={**weak.roles, role: belief}),
        scale=scale,
        exposures=["e"],
        services=["s"],
        groups=["state"],
    )
    general = role.partition(".")[0]
    at = read.group_sd["state"] if general == "group_sd" else getattr(read, general)
    zero = 0.0 if role == "intercept" else 0.5
    ends = np.array([lower or 0.0, upper])
    low, high = ends if scale == "points" else logit(ends + zero)
    if general in LOCATED:
        assert norm.cdf(low, *at) == pytest.approx((1.0 - share) / 2.0, abs=1e-3)
        assert norm.sf(high, *at) == pytest.approx((1.0 - share) / 2.0, abs=1e-3)
    else:
        assert 2.0 * norm.sf(high, 0.0, at) == pytest.approx(1.0 - share, abs=1e-3)


@pytest.mark.parametrize(("role", "scale", "lower", "upper", "share"), RANGES)
def test_what_is_drawn_is_a_density_that_holds_the_share(
    role: str, scale: Scale, lower: float | None, upper: float, share: float
) -> None:
    values, density = find(role=role, scale=scale, lower=lower, upper=upper, share=share).density(20_001)
    inside = (values >= (lower or 0.0)) & (values <= upper)
    assert np.trapezoid(density, values) == pytest.approx(1.0, abs=1e-3)  # what lies beyond 4 sds is not drawn
    assert np.trapezoid(density[inside], values[inside]) == pytest.approx(share, abs=1e-3)


def test_a_range_around_0_in_points_gives_the_sd_of_the_textbook() -> None:
    assert find(role="exposure_mean", scale="points", lower=-5, upper=5, share=0.9).normal == Normal(sd=3.04, mean=0.0)
    assert find(role="unit_sd", scale="points", lower=None, upper=1.96, share=0.95).normal == Normal(sd=1.0, mean=0.0)


def test_the_lines_stand_in_a_prior_set_as_they_are_printed(tmp_path: Path) -> None:
    command = next(line for line in README.splitlines() if "priors.elicit group_sd.state" in line)
    arguments = shlex.split(command.partition("priors.elicit ")[2])
    target = tmp_path / "drawn.svg"
    done = CliRunner().invoke(elicit.app, [*arguments, "--out", str(target), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert tomllib.loads(told["toml"])["roles"]["group_sd.state"]["points"] == {"sd": 9.119}
    assert "points = { sd = 9.119 }" in README
    mine = tmp_path / "mine.toml"
    weak = (Path(elicit.__file__).parent / "weak.toml").read_text(encoding="utf-8")
    mine.write_text(f"{weak}\n{told['toml']}\n", encoding="utf-8")
    assert PriorSet.read(mine).belief("group_sd.state", "points") == Normal(sd=9.119)
    assert PriorSet.read(mine).belief("group_sd", "points") == Normal(sd=10)
    shown = CliRunner().invoke(elicit.app, [*arguments, "--out", str(target)])
    assert told["toml"] in shown.stdout
    assert "Below 15 points, with 90 % probability." in target.read_text(encoding="utf-8")


def test_roles_are_listed_with_what_they_are_about() -> None:
    done = CliRunner().invoke(elicit.app, ["--list"])
    assert all(f"{role} " in done.stdout and governs in done.stdout for role, governs in GOVERNS.items())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["exposure_maen", "--upper", "5"], ["Did you mean 'exposure_mean'?"]),
        (["group_sd.", "--upper", "5"], ["got 'group_sd.'"]),
        (["exposure_mean", "--upper", "5"], ["--lower: got none"]),
        (["exposure_mean", "--lower", "5", "--upper", "5"], ["got 5; expected a finite number above --lower 5"]),
        (["exposure_mean", "--lower", "-inf", "--upper", "5"], ["a finite number above --lower -inf"]),
        (["unit_sd", "--lower", "2", "--upper", "5", "--probability", "1"], ["2 problems", "got 1;", "begins at 0"]),
        (["control", "--lower", "-.1", "--upper", ".5", "--scale", "probability"], ["between -0.5 and 0.5"]),
        (["intercept", "--lower", "0", "--upper", ".5", "--scale", "probability"], ["a level between 0 and 1"]),
        (["residual_sd", "--upper", ".1", "--scale", "probability"], ["has no residual sd"]),
        (["unit_sd", "--upper", ".4999", "--probability", ".01", "--scale", "probability"], ["an sd below 0.5"]),
        (["unit_sd", "--upper", "5", "--out", "x.png"], ["got the suffix '.png'; expected .svg"]),
    ],
)
def test_what_no_prior_can_say_is_named_and_exits_2(arguments: list[str], said: list[str]) -> None:
    done = CliRunner().invoke(elicit.app, arguments)
    assert done.exit_code == 2
    assert all(part in done.stderr for part in said), done.stderr
