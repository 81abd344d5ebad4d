"""The simulator's constants, read from `constants.toml`: each with its source or as an assumption."""

from __future__ import annotations

from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from data.errors import InputError, Problem, unknown
from data.toml_files import STRICT, declare, read_toml

HOME = Path(__file__).parent

Outcome = Literal["utilisation", "availability"]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Sourced:
    """Constants with their source.

    Attributes
    ----------
    source : str
        The publication or computation that gives the facts.
    assumed, reason : bool, str
        Whether something here is this project's assumption, and which.
    """

    source: str = ""
    assumed: bool = False
    reason: str = ""

    def __post_init__(self) -> None:
        if self.assumed != bool(self.reason) or not (self.source or self.assumed):
            raise ValueError("expected a `source`, or `assumed = true` with a `reason`")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Default(Sourced):
    """The scenario and seed of the study that is simulated when no file is given."""

    scenario: str
    seed: int


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Planted(Sourced):
    """Effects of exact sizes on E[y], in points of 100 patients or clinics, in place of coefficients.

    Attributes
    ----------
    on : {'one', 'every'}
        Whether each exposure has an effect on one service, drawn by the study's seed, or on every service.
    points : tuple of float
        The sizes; with 'one', each exposure's is drawn from them.
    at_most : dict of str to float
        The largest size that an exposure is given.
    not_on : dict of outcome to tuple of str
        Services that are not drawn.
    """

    on: Literal["one", "every"]
    points: tuple[float, ...]
    at_most: dict[str, float] = field(default_factory=dict)
    not_on: dict[Outcome, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Scenario:
    """A truth to simulate.

    Attributes
    ----------
    background : bool
        Whether undeclared coefficients are drawn or exactly 0.
    planted : Planted, optional
        Effects of stated sizes on E[y]; by default none.
    """

    line: str
    background: bool
    planted: Planted | None = None


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Units(Sourced):
    """Units per wave."""

    n: dict[int, int]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Panel(Sourced):
    """The number of clinics that answer in every wave."""

    in_both_waves: int


@dataclass(frozen=True, config=STRICT, kw_only=True)
class States(Sourced):
    """Number of states, and their sizes in facilities."""

    count: int
    median: float
    largest: float
    smallest: float


@dataclass(frozen=True, config=STRICT, kw_only=True)
class UnitTypes(Sourced):
    """Share of the units of each type."""

    share: dict[str, float]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Ownership(Sourced):
    """Share that is for-profit by unit type, and share of the rest that is public."""

    for_profit: dict[str, float]
    public_among_rest: float


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Expansion(Sourced):
    """Share of the states with Medicaid expansion, by wave."""

    share_of_states: dict[int, float]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Persistence(Sourced):
    """Correlation of a clinic's covariates between waves."""

    correlation: float


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Covariate(Sourced):
    """A number drawn as a Normal with centred shifts, cut at the codebook's range."""

    centre: float
    spread: float
    decimals: int
    shift: dict[str, float] = field(default_factory=dict)
    part_of: str = ""
    reliability: float = 1.0


@dataclass(frozen=True, config=STRICT, kw_only=True)
class TwelveStep(Sourced):
    """Rate of endorsement by unit type."""

    rate: dict[str, float]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class PeerSenior(Sourced):
    """Overall rate of senior positions, and logits per 10 points of staff with lived experience."""

    rate: float
    logit_per_10_points: float


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Adoption(Sourced):
    """An adoption equation's marginal mean and spreads; `residual_sd` makes it a Tobit, else a Bernoulli."""

    mean: float
    state_sd: float
    background_sd: float
    residual_sd: float | None = None


@dataclass(frozen=True, config=STRICT, kw_only=True)
class SharedSpread(Sourced):
    """Spreads shared by an outcome's services."""

    unit_sd: float
    control_sd: float
    background_sd: float


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Utilisation(Sourced):
    """One service's Tobit, in latent points; the intercept holds at the wave's mean covariates."""

    intercept_at_mean: float
    residual_sd: float
    state_sd: float
    unit_type_sd: float


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Availability(Sourced):
    """One service's logit: an overall rate with a spread of type effects, or a rate for each type."""

    state_sd: float
    rate: float | None = None
    unit_type_sd: float | None = None
    rate_by_type: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Sourced.__post_init__(self)
        drawn = self.rate is not None and self.unit_type_sd is not None
        if drawn == bool(self.rate_by_type):
            raise ValueError("expected either `rate` and `unit_type_sd`, or `rate_by_type`")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class AdoptionEffect(Sourced):
    """Effect of a predictor on the adoption of an exposure; other than 0 only in the scenarios of `real_in`."""

    exposure: str
    predictor: str
    size: float
    real_in: tuple[str, ...]
    claim: int | None = None


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ControlEffect(Sourced):
    """Effect of a control on services, the same in every scenario."""

    control: str
    outcome: Outcome
    size: dict[str, float]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class OutcomeEffect(Sourced):
    """Effect of an exposure on a service; other than 0 only in the scenarios of `real_in`."""

    exposure: str
    outcome: Outcome
    service: str
    size: float
    real_in: tuple[str, ...]
    claim: int | None = None


@dataclass(frozen=True, config=STRICT, kw_only=True)
class SimulatorConstants:
    """Everything the simulator needs besides the codebook and a seed; one attribute per TOML table."""

    default: Default
    scenarios: dict[str, Scenario]
    units: Units
    panel: Panel
    states: States
    unit_types: UnitTypes
    ownership: Ownership
    medicaid_expansion: Expansion
    persistence: Persistence
    covariates: dict[str, Covariate]
    twelve_step: TwelveStep
    peer_senior: PeerSenior
    adoption: dict[str, Adoption]
    adoption_effects: tuple[AdoptionEffect, ...]
    spread: dict[Outcome, SharedSpread]
    utilisation: dict[str, Utilisation]
    availability: dict[str, Availability]
    control_effects: tuple[ControlEffect, ...]
    effects: tuple[OutcomeEffect, ...]

    def scenario(self, name: str) -> Scenario:
        """Return one scenario; an unknown name is an error that names the nearest."""
        if name not in self.scenarios:
            raise unknown("scenario", name, self.scenarios)
        return self.scenarios[name]


@cache
def simulator_constants() -> SimulatorConstants:
    """Return the constants of the simulator.

    Raises
    ------
    InputError
        For every unknown, missing or unsourced constant, and for a scenario that is not declared.
    """
    path = HOME / "constants.toml"
    constants = declare(SimulatorConstants, read_toml(path), path.name)
    effects: list[AdoptionEffect | OutcomeEffect] = [*constants.adoption_effects, *constants.effects]
    named = {scenario for effect in effects for scenario in effect.real_in}
    strangers = sorted(named - set(constants.scenarios))
    if strangers:
        raise InputError([Problem(f"{path.name}: real_in", ", ".join(strangers), "declared scenarios")])
    return constants
