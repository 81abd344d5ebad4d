"""What decides the draws, and how two requests are told apart."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import pytest

from fits.storage.manifest import Request
from tests.fits._fakes import request

CHANGES: dict[str, tuple[Any, str]] = {
    "model": ("another", "model peer_tobit -> another"),
    "priors": ("another", "priors weak -> another"),
    "study": ("another", "study ndatss -> another"),
    "service": ("another", "service condoms -> another"),
    "wave": (2014, "wave 2017 -> 2014"),
    **{
        f"{what}_sha256": ("f" * 64, f"{what}_sha256 {8 * was} -> ffffffff")
        for what, was in zip(("data", "columns", "codebook", "model", "priors"), "abcde", strict=True)
    },
    "settings": ({**request().settings, "seed": 2018}, "seed 2017 -> 2018"),
    "versions": ({**request().versions, "pymc": "6.4.1"}, "pymc 6.4.0 -> 6.4.1"),
    "single_level": (True, "single_level False -> True"),
    "family": ("gaussian", "family none -> gaussian"),
    "contrasts": ({"sd of age": 8.07}, "sd of age none -> 8.07"),
    "pooling": ("normal", "pooling none -> normal"),
    "pooling_weight": (0.5, "pooling_weight none -> 0.5"),
}
"""By field another value, and what is said of it."""

STORED = "4329046a"
"""First digits of the hash of the fake request. If it changes, no stored fit is recognised any more."""


def test_the_list_above_names_every_field() -> None:
    assert set(CHANGES) == {entry.name for entry in fields(Request)}


def test_the_hash_is_the_same_in_every_process_and_whatever_the_order_of_keys() -> None:
    made = request()
    turned = replace(
        made, settings=dict(reversed(made.settings.items())), versions=dict(reversed(made.versions.items()))
    )
    assert made.sha256 == turned.sha256 == request().sha256
    assert made.sha256[:8] == STORED


@pytest.mark.parametrize("key", CHANGES)
def test_every_field_changes_the_hash_and_says_what_was_and_what_is(key: str) -> None:
    value, text = CHANGES[key]
    now = replace(request(), **{key: value})
    assert now.sha256 != request().sha256
    assert now.differences(request()) == [text]


def test_equal_requests_do_not_differ() -> None:
    assert request().differences(Request(**asdict(request()))) == []


def test_every_difference_is_told() -> None:
    now = replace(request(), **{key: value for key, (value, _) in CHANGES.items()})
    assert now.differences(request()) == [text for _, text in CHANGES.values()]


@pytest.mark.parametrize(
    ("then", "now", "text"),
    [
        ({"service": ""}, {}, "service none -> condoms"),
        ({}, {"columns_sha256": ""}, "columns_sha256 bbbbbbbb -> none"),
        ({"settings": {"draws": 5}}, {"settings": {"draws": 5, "seed": 0}}, "seed none -> 0"),
        ({"versions": {"jax": "1"}}, {"versions": {}}, "jax 1 -> none"),
    ],
)
def test_what_only_one_of_them_has_is_called_none(then: dict[str, Any], now: dict[str, Any], text: str) -> None:
    assert request(**now).differences(request(**then)) == [text]
