"""Calibration by isotonic regression: against pooling by hand, and with probabilities made wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from fits.checks.calibration import SHOWN, Calibration
from fits.number_format import INTERVAL

RNG = np.random.default_rng(5)
P = expit(RNG.normal(-0.5, 1.2, 600))
Y = (RNG.random(600) < P).astype(float)


def found(p: np.ndarray, y: np.ndarray = Y, replications: int = 300) -> Calibration:
    return Calibration.of(p, y, replications=replications, seed=1)


def pooled(y: np.ndarray) -> np.ndarray:
    """Pool adjacent violators, block by block."""
    blocks: list[list[float]] = []
    for value in y:
        blocks.append([float(value), 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, m), (b, n) = blocks[-2:]
            blocks[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    return np.concatenate([np.full(int(n), mean) for mean, n in blocks])


def test_the_curve_and_the_miscalibration_are_pooled_by_hand() -> None:
    order = np.argsort(P)
    fit = pooled(Y[order])
    given = found(P)
    shown = np.linspace(0, len(P) - 1, SHOWN).round().astype(int)
    np.testing.assert_allclose(given.recalibrated, fit[shown], rtol=1e-12)
    np.testing.assert_array_equal(given.predicted, P[order][shown])
    expected = np.mean((P - Y) ** 2) - np.mean((fit - Y[order]) ** 2)
    assert given.miscalibration == pytest.approx(expected, rel=1e-10)


def test_bands_hold_as_many_curves_as_they_say() -> None:
    given = found(P, replications=600)
    order = np.argsort(P)
    shown = np.linspace(0, len(P) - 1, SHOWN).round().astype(int)
    rng = np.random.default_rng(99)
    curves = np.array([pooled((rng.random(len(P)) < P[order]).astype(float))[shown] for _ in range(300)])
    inside = ((curves >= given.low - 1e-12) & (curves <= given.high + 1e-12)).mean(axis=0)
    # Point by point; the curve takes few values at its ends, so that a band may hold more than it must.
    assert inside.mean() == pytest.approx(INTERVAL, abs=0.02)
    assert inside.min() > INTERVAL - 0.06


WRONG = {
    "too sure": lambda p: expit(2.0 * logit(p)),
    "not sure enough": lambda p: expit(0.4 * logit(p)),
    "too high": lambda p: expit(logit(p) + 0.6),
    "too low": lambda p: expit(logit(p) - 0.6),
}


def test_right_probabilities_pass() -> None:
    given = found(P)
    assert given.p > 0.1
    assert given.test().holds == f"Probabilities: calibrated (p {given.p:.3f})."


@pytest.mark.parametrize("how", WRONG)
def test_wrong_probabilities_fail_and_the_sentence_says_where(how: str) -> None:
    given = found(WRONG[how](P))
    assert given.p < 0.005
    said = given.test().fails
    assert said.startswith("Probabilities: not calibrated (p 0.003); where ")
    predicted, happens = (float(part.split("%")[0].split()[-1]) for part in said.split("where ")[1].split(","))
    assert predicted != happens
    if how == "too high":
        assert predicted > happens
    if how == "too low":
        assert predicted < happens
    if how == "too sure":
        assert (predicted > happens) == (predicted > 50)


def test_right_probabilities_fail_no_more_often_than_said() -> None:
    rng, ps = np.random.default_rng(7), []
    for k in range(120):
        p = expit(rng.normal(0.0, 1.5, 80))
        y = (rng.random(80) < p).astype(float)
        ps.append(Calibration.of(p, y, replications=99, seed=k).p)
    level = 0.1
    assert np.mean(np.array(ps) <= level) <= level + 3 * np.sqrt(level * (1 - level) / 120)
    assert np.mean(np.array(ps) <= 0.5) > 0.3  # and it is no idle test
