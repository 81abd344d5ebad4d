"""What decides the draws, and how two requests are told apart."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import pytest

from fits.storage.manifest import Request
from tests.fits._fakes import request

OTHER: dict[str, Any] = {
    **dict.fromkeys(("model", "priors", "study", "service"), "another"),
    "wave": 2014,
    **{f"{what}_sha256": "f" * 64 for what in ("data", "columns", "codebook", "model", "priors")},
    "settings": {"engine": "nutpie", "draws": 1000, "tune": 1000, "chains": 4, "seed": 2018},
    "versions": {"python": "3.13.0", "pymc": "6.4.1", "code": "0123456789ab"},
    "single_level": True,
    "family": "gaussian",
}

TEXTS = {
    "model": "model peer_tobit -> another",
    "priors": "priors weak -> another",
    "study": "study ndatss -> another",
    "service": "service condoms -> another",
    "wave": "wave 2017 -> 2014",
    "data_sha256": "data_sha256 aaaaaaaa -> ffffffff",
    "columns_sha256": "columns_sha256 bbbbbbbb -> ffffffff",
    "codebook_sha256": "codebook_sha256 cccccccc -> ffffffff",
    "model_sha256": "model_sha256 dddddddd -> ffffffff",
    "priors_sha256": "priors_sha256 eeeeeeee -> ffffffff",
    "settings": "seed 2017 -> 2018",
    "versions": "pymc 6.4.0 -> 6.4.1",
    "single_level": "single_level False -> True",
    "family": "family none -> gaussian",
}

STORED = "4329046a"
"""First digits of the hash of the fake request. If it changes, no stored fit is recognised any more."""


def test_the_lists_above_name_every_field() -> None:
    assert set(OTHER) == set(TEXTS) == {entry.name for entry in fields(Request)}


def test_the_hash_is_the_same_in_every_process_and_whatever_the_order_of_keys() -> None:
    made = request()
    turned = replace(
        made, settings=dict(reversed(made.settings.items())), versions=dict(reversed(made.versions.items()))
    )
    assert made.sha256 == turned.sha256 == request().sha256
    assert made.sha256[:8] == STORED


@pytest.mark.parametrize("key", OTHER)
def test_the_hash_changes_with_every_field(key: str) -> None:
    assert replace(request(), **{key: OTHER[key]}).sha256 != request().sha256


@pytest.mark.parametrize("key", OTHER)
def test_a_difference_says_what_was_and_what_is(key: str) -> None:
    now = replace(request(), **{key: OTHER[key]})
    assert now.differences(request()) == [TEXTS[key]]


def test_equal_requests_do_not_differ() -> None:
    assert request().differences(Request(**asdict(request()))) == []


def test_every_difference_is_told() -> None:
    now = replace(request(), **OTHER)
    assert now.differences(request()) == list(TEXTS.values())


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
