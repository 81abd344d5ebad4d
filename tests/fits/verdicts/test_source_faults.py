"""Files of claims: one of the user's own is read, and every fault is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import InputError
from fits.verdicts.source import Reading, Source

HEAD = """
title = "A protocol"
cite = "Me (2026)"
design = "A survey"
study = "ndatss"
wave = 2014
"""

CLAIM = """
[[claims]]
id = "one"
number = 1
words = "More of this: more of that."
kind = "direction"
"""

READING = """
[[claims.readings]]
says = "so"
outcome = "utilisation"
exposure = "peer_influence"
services = ["condoms"]
direction = "positive"
"""

GOOD = HEAD + CLAIM + READING


def read(folder: Path, text: str) -> Source:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return Source.read(path)


def test_a_source_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    mine = read(tmp_path, GOOD.replace("direction = ", "strong = true\ndirection = "))
    assert (mine.name, mine.study, mine.wave, mine.multiplicity) == ("mine", "ndatss", 2014, None)
    (claim,) = mine.claims
    assert (claim.id, claim.wave, claim.kind) == ("one", 2014, "direction")  # the wave is the source's
    said = Reading(
        says="so",
        outcome="utilisation",
        exposure="peer_influence",
        services=("condoms",),
        direction="positive",
        strong=True,
    )
    assert claim.readings == (said,)


def test_a_claim_may_be_of_another_wave_than_its_source(tmp_path: Path) -> None:
    mine = read(tmp_path, GOOD.replace("number = 1", "number = 1\nwave = 2017"))
    assert (mine.wave, mine.claims[0].wave) == (2014, 2017)


def test_a_comment_changes_no_hash_but_a_word_does(tmp_path: Path) -> None:
    hashes = [read(tmp_path, text).sha256 for text in (GOOD, "# why\n" + GOOD, GOOD.replace("More of", "Less of"))]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("id =", "ids ="), r"mine\.toml: claims\.0\.ids: got an unknown key.*'id'"),
        (('kind = "direction"', 'kind = "directed"'), r"claims\.0\.kind: got 'directed'"),
        (('direction = "positive"', 'direction = "up"'), r"claims\.0\.readings\.0\.direction: got 'up'"),
        (("services", "service"), "Did you mean 'services'"),
        (("number = 1", 'number = "one"'), r"claims\.0\.number"),
        ((CLAIM, CLAIM + READING + CLAIM), r"claim 'one': got more than once; expected ids that are unique"),
        ((CLAIM + READING, ""), r"got no claim; expected at least one table \[\[claims\]\]"),
        ((READING, ""), r"claim 'one': got neither readings nor needs"),
        (("number = 1", 'number = 1\nneeds = "a model"'), "got both readings and needs"),
        (("number = 1", 'number = 1\ntension = ["a/b"]'), "got half a tension"),
        (("number = 1", 'number = 1\ntension_why = "so"'), "got half a tension"),
        ((READING, READING + READING.replace('says = "so"', "")), "reading 2: got no words; expected `says`"),
        (("says =", "assumed = true\nsays ="), "got half an assumption; expected `assumed = true` with a `reason`"),
        (("says =", 'reason = "so"\nsays ='), "got half an assumption"),
        (('outcome = "utilisation"', ""), "got no `outcome`; expected one in a direction claim"),
        (('exposure = "peer_influence"', ""), "got no `exposure`; expected one in a direction claim"),
        (('direction = "positive"', ""), "got no `direction`; expected one in a direction claim"),
        (("direction =", "size = 3.0\ndirection ="), "got a `size`; expected none in a direction claim"),
        (("direction =", "above = 3.0\ndirection ="), "got a `above`; expected none in a direction claim"),
        (("direction =", 'over = ["a[b]"]\ndirection ='), "got a `over`; expected none in a direction claim"),
        (("direction =", "number = 2\ndirection ="), "got a `number`; expected none in a direction claim"),
        (("direction =", 'estimand = "number_of_effects"\ndirection ='), "got no `number`"),
        (
            ("direction =", 'estimand = "lead"\ndirection ='),
            "got estimand 'lead' of a direction claim; expected one of",
        ),
        (('kind = "direction"', 'kind = "null"'), "got a `direction`; expected none in a null claim"),
        (('kind = "direction"', 'kind = "size"'), "got no `size`; expected one in a size claim"),
        (('kind = "direction"', 'kind = "prevalence"'), "got no `above`; expected one in a prevalence claim"),
        (('kind = "direction"', 'kind = "ranking"'), "got no `over`; expected one in a ranking claim"),
        (('kind = "direction"', 'kind = "qualitative"'), "a reading of a qualitative claim; expected `needs`"),
    ],
)
def test_every_fault_of_a_file_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(InputError, match=said):
        read(tmp_path, GOOD.replace(*change, 1))


@pytest.mark.parametrize(
    ("kind", "said", "fault"),
    [
        ("size", "size = 0.0", r"got `size = 0`; expected a finite number other than 0"),
        ("size", "size = inf", r"got `size = inf`; expected a finite number other than 0"),
        ("size", "size = nan", r"got `size = nan`"),
        ("prevalence", 'estimand = "level"\nabove = inf', r"got `above = inf`"),
        ("null", 'estimand = "number_of_effects"\nnumber = -1', r"got `number = -1`; expected a count"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(tmp_path: Path, kind: str, said: str, fault: str) -> None:
    text = GOOD.replace('kind = "direction"', f'kind = "{kind}"').replace('direction = "positive"', said)
    if kind == "prevalence":
        text = text.replace('exposure = "peer_influence"\n', "")
    with pytest.raises(InputError, match=fault):
        read(tmp_path, text)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('outcome = "utilisation"', "").replace("says =", "assumed = true\nsays =")
    with pytest.raises(InputError) as caught:
        read(tmp_path, text + CLAIM)
    assert len(caught.value.problems) == 4
    assert [str(problem).split(": got")[0] for problem in caught.value.problems] == [
        "mine.toml: claim 'one'",  # twice
        "mine.toml: claim 'one', reading 1",
        "mine.toml: claim 'one', reading 1",
        "mine.toml: claim 'one'",
    ]


def test_what_cannot_be_judged_yet_need_not_be_exact(tmp_path: Path) -> None:
    text = HEAD + CLAIM + '[[claims.readings]]\nneeds = "a joint model"\n'
    assert read(tmp_path, text).claims[0].readings[0].needs == "a joint model"


def test_an_unknown_source_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"got 'sswr2021'; expected a known source of claims\. Did you mean 'sswr20"):
        Source.read("sswr2021")


def test_a_file_that_is_gone_or_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.toml: got no such file"):
        Source.read(tmp_path / "gone.toml")
    with pytest.raises(InputError, match="expected valid TOML in UTF-8"):
        read(tmp_path, "[[claims]\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("peer_influence", "peer_influnce", "exposure: got 'peer_influnce'.*Did you mean 'peer_influence'"),
        ('"condoms"', '"condom"', "services: got 'condom'.*Did you mean 'condoms'"),
        ('"utilisation"', '"utilization"', "outcome: got 'utilization'.*Did you mean 'utilisation'"),
    ],
)
def test_a_name_that_the_study_does_not_know_is_refused_with_the_nearest(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=said):
        read(tmp_path, GOOD.replace(old, new))
