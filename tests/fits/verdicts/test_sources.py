"""The claims that come with the project: all are there, and everything they name exists in their study."""

from __future__ import annotations

import pytest

from data.codebook import Codebook
from fits.verdicts.source import Claim, Reading, Source
from models.family import Family
from models.outcome_limits import range_of
from models.spec import ModelSpec, read_against

SOURCES = {name: Source.read(name) for name in Source.names()}

CLAIMS = [(source, claim) for source in SOURCES.values() for claim in source.claims]

JUDGED = [
    pytest.param(source, claim, reading, id=f"{source.name}/{claim.id}#{place}")
    for source, claim in CLAIMS
    for place, reading in enumerate(claim.readings, start=1)
    if not reading.needs
]
"""Every reading that some fit could answer."""


def test_the_five_documents_are_there() -> None:
    assert list(SOURCES) == ["irspm2018", "mulvale2024", "park2019", "sswr2018", "sswr2020"]


def test_every_number_of_the_list_of_claims_is_covered() -> None:
    """Fifteen were recorded; which source makes which is stated there too."""
    found = {name: {claim.number for claim in source.claims} for name, source in SOURCES.items()}
    assert found == {
        "irspm2018": {15},
        "mulvale2024": {15},
        "park2019": {1, 2, 3, 4, 5, 7, 9, 10, 13},
        "sswr2018": {1, 3, 6, 14},
        "sswr2020": {1, 8, 9, 10, 11, 12},
    }
    assert set().union(*found.values()) == set(range(1, 16))


@pytest.mark.parametrize(("source", "claim"), CLAIMS, ids=[f"{s.name}/{c.id}" for s, c in CLAIMS])
def test_every_claim_can_be_judged_or_says_what_it_needs(source: Source, claim: Claim) -> None:
    assert bool(claim.readings) != bool(claim.needs)
    assert claim.wave == {"ndatss": {"sswr2018": 2014}.get(source.name, 2017), "": 0}[source.study]
    assert claim.words.endswith(".")
    assert len({reading.says for reading in claim.readings}) == len(claim.readings)


def test_null_claims_are_marked_as_such() -> None:
    """Claims 7 and 13 say that there is nothing; judged as directions, lack of evidence would speak for them."""
    assert {claim.number for _, claim in CLAIMS if claim.kind == "null"} == {7, 13}
    assert {claim.number for _, claim in CLAIMS if claim.kind == "qualitative"} == {15}
    assert {claim.number for _, claim in CLAIMS if claim.kind == "size"} == {11}


def test_signs_that_are_not_given_are_not_made_up() -> None:
    """Numbers 6 and 14: the abstract says "predicted" and "associated"."""
    for _, claim in CLAIMS:
        if claim.number in (6, 14):
            assert {reading.direction for reading in claim.readings} == {"either"}
    signs = {
        (claim.number, reading.direction)
        for _, claim in CLAIMS
        for reading in claim.readings
        if claim.kind == "direction" and claim.number not in (6, 14) and not reading.needs
    }
    assert signs == {
        (4, "positive"),
        (5, "negative"),
        (8, "positive"),
        (9, "negative"),
        (10, "positive"),
        (12, "positive"),
    }


def test_every_tension_is_with_a_claim_that_exists() -> None:
    ids = {f"{source.name}/{claim.id}" for source, claim in CLAIMS}
    tensions = {name for _, claim in CLAIMS for name in claim.tension}
    assert tensions
    assert tensions - ids == set()


def test_the_search_of_2020_is_stated() -> None:
    search = SOURCES["sswr2020"].multiplicity
    assert search is not None
    assert (search.coefficients, search.named, search.level) == (5 * 8 * 2, 8, 0.05)
    assert [name for name, source in SOURCES.items() if source.multiplicity] == ["sswr2020"]


def known_to(codebook: Codebook, wave: int) -> set[str]:
    """Variables asked in a wave, roles that they fill, and levels of categories."""
    asked = {name for name, one in codebook.variables.items() if not one.waves or wave in one.waves}
    levels = {f"{name}[{level}]" for name in asked for level in codebook.variables[name].codes.values()}
    return asked | levels | {role for role in codebook.roles() if codebook.with_role(role, wave)}


@pytest.mark.parametrize(("source", "claim", "reading"), JUDGED)
def test_everything_that_a_reading_names_exists(source: Source, claim: Claim, reading: Reading) -> None:
    codebook = Codebook.read(source.study)
    known = known_to(codebook, claim.wave)
    assert {reading.outcome, reading.exposure, *reading.over} - {""} <= known
    models = [
        read_against(spec, codebook, claim.wave)
        for spec in map(ModelSpec.find, ModelSpec.names())
        if spec.outcome == reading.outcome
    ]
    assert models
    for model in models:
        assert set(reading.services) <= set(model.services)
        family = Family.find(model.spec.family)
        limits, _, _ = range_of(model, codebook, family, [])
        assert not reading.scale or reading.scale in family.scales_within(limits)
