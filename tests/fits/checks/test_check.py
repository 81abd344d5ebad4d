"""What a check is, and how tests are judged together."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from fits.checks.check import FALSE_ALARM, Check, Test, judge, p_text, tail
from fits.checks.replicates import REPLICATIONS, enough


def test_a_tail_probability_counts_the_observed_value_and_is_never_0() -> None:
    replicated = np.array([1.0, 2.0, 2.0, 3.0])
    assert tail(2.0, replicated) == (1 + 3) / 5  # ties are as extreme
    assert tail(99.0, replicated) == 1 / 5
    assert tail(-99.0, replicated) == 1.0


@pytest.mark.parametrize("count", [1, 4, 50])
def test_tests_share_one_chance_of_a_false_alarm(count: int) -> None:
    limit = FALSE_ALARM / count
    ps = [limit, np.nextafter(limit, 0.0), *[1.0] * (count - 2)][:count]
    checks = judge(Test(f"t{k}", p, "holds", "fails") for k, p in enumerate(ps))
    assert {check.limit for check in checks} == {limit}
    assert {check.kind for check in checks} == {"p"}
    assert [check.passed for check in checks] == [True, False, *[True] * (count - 2)][:count]
    assert [check.sentence for check in checks] == ["holds" if check.passed else "fails" for check in checks]


def test_nothing_to_judge_is_no_fault() -> None:
    assert judge([]) == []


@pytest.mark.parametrize("tests", [1, 8, 29, 34, 50, 200, 1000])
def test_the_smallest_tail_probability_fails_any_of_so_many_tests(tests: int) -> None:
    """With a thousand replications for 50 tests or more no check could ever fail."""
    smallest = tail(1.0, np.zeros(enough(tests)))
    (check, *_) = judge([Test("t", smallest, "", "")] * tests)
    assert not check.passed
    assert enough(tests) >= REPLICATIONS


@pytest.mark.parametrize(("value", "held"), [(0.25, 0.25), (math.inf, "inf"), (math.nan, "nan")])
def test_a_check_is_plain_data_even_where_json_has_no_such_number(value: float, held: object) -> None:
    found = Check("khat", value, 0.7, "at_most", False, "said").plain()
    assert json.loads(json.dumps(found, allow_nan=False)) == {
        "name": "khat",
        "value": held,
        "limit": 0.7,
        "kind": "at_most",
        "passed": False,
        "sentence": "said",
    }


def test_value_and_limit_in_short() -> None:
    assert Check("a", 0.0004, 0.0125, "p", False, "").rule == "p < 0.001, at least 0.013"
    assert Check("a", 0.8312, 0.7, "at_most", False, "").rule == "0.831, at most 0.7"
    assert [p_text(p) for p in (0.00099, 0.001, 0.04567)] == ["< 0.001", "0.001", "0.046"]
