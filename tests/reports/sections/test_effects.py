"""The section on effects: the numbers of the effect tables, in words, and nothing of few units."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.disclosure import FEW, SMALLEST_SHOWN, Count
from fits.effects.effect_table import EffectTable
from fits.effects.effects_of_fit import Question
from fits.fit_with_study import Evidence
from models.family import Family
from reports.beside_words import ML_WORDS
from reports.document.blocks import Figure, Fold, Prose, Section, Table
from reports.document.document import Document
from reports.document.html import page_html
from reports.report_inputs import ReportInputs
from reports.sections import effects
from tests.fakes import drawn
from tests.reports.sections._stored_fits import blocks_of


@pytest.fixture(scope="module")
def fits(joint: Evidence, mle: Evidence) -> dict[str, Evidence]:
    return {"posterior": joint, "mle": mle}


@pytest.fixture(scope="module")
def section(fits: dict[str, Evidence]) -> Section:
    found = effects.section(ReportInputs(tuple(fits.values())))
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["posterior", "mle"])
def test_a_table_holds_the_numbers_of_the_effect_table(kind: str, fits: dict[str, Evidence], section: Section) -> None:
    evidence = fits[kind]
    known = Family.find("tobit").scales_within(evidence.design.limits)
    expected = evidence.tables(Question(scales=tuple(known.values())))
    tables = {table.name: table for table in blocks_of(section, Table)}
    for want in expected:
        got = tables[f"effects-{evidence.name}-{want.scale.name}"].to_list()
        for row, true in zip(got, want.to_list(), strict=True):
            assert {key: row[key] for key in true} == true


def test_what_is_shown_has_the_digits_of_its_error(fits: dict[str, Evidence], section: Section) -> None:
    evidence = fits["posterior"]
    scale = next(iter(Family.find("tobit").scales_within(evidence.design.limits).values()))
    (want,) = evidence.tables(Question(scales=(scale,)))
    table = next(table for table in blocks_of(section, Table) if table.name == f"effects-{evidence.name}-expected")
    for row, effect in zip(table.rows, want.rows, strict=True):
        assert effect.change is not None
        shown = tuple(table.cell(row, key).shown for key in ("mean", "low", "probability_positive"))
        assert shown == effect.change.text
        assert table.cell(row, "exposure").shown == f"{effect.exposure}: 0 -> 1"


def test_maximum_likelihood_stands_beside_pooled_effects_in_table_and_figure(
    fits: dict[str, Evidence], section: Section, tmp_path: Path, small: dict[str, Any]
) -> None:
    name, (estimates,) = fits["posterior"].name, fits["mle"].tables(question_of(fits["mle"]))
    table = next(table for table in blocks_of(section, Table) if table.name == f"effects-{name}-expected")
    assert [column.heading for column in table.shown][-3:] == ["ML estimate", "ML interval", "units"]
    for row, true in zip(table.rows, estimates.rows, strict=True):
        assert true.change is not None
        assert [table.cell(row, key).shown for key in ("ml_estimate", "ml_low")] == [*true.change.text[:2]]
    assert ML_WORDS in table.note
    assert "exchangeable" not in table.note
    figure = next(block for block in blocks_of(section, Figure) if name in block.name)
    assert ">maximum likelihood, nothing pooled, 95% interval<" in figure.svg
    assert "stands the maximum likelihood estimate of the same service" in figure.alt
    own = next(block for block in blocks_of(section, Figure) if fits["mle"].name in block.name)
    assert "nothing pooled" not in own.svg + own.alt
    mixture = effects.section(ReportInputs((drawn(small, home=tmp_path, outlying=0.4),)))
    table = next(block for block in blocks_of(mixture, Table))
    assert table.shown[-2].heading == "Pr(not exchangeable)"
    shown = [table.cell(row, "not_exchangeable").shown for row in table.rows]
    assert [bool(text) for text in shown] == [row["service"] != "mean over services" for row in table.to_list()]
    assert "before the data it is 0.2." in table.note


def question_of(evidence: Evidence) -> Question:
    """The effects on the main scale."""
    return Question((next(iter(Family.find("tobit").scales_within(evidence.design.limits).values())),))


def test_the_other_scales_are_folded(section: Section, fits: dict[str, Evidence]) -> None:
    open_tables = [block.name for block in section.blocks if isinstance(block, Table)]
    assert open_tables == [f"effects-{one.name}-expected" for one in fits.values()]
    fold = next(block for block in section.blocks if isinstance(block, Fold))
    folded = [block.name.rsplit("-", 1)[1] for block in fold.blocks if isinstance(block, Table)]
    assert folded == ["latent", "at_lower", "at_upper", "interior", "within", "across"]


def test_the_lead_says_what_a_point_is_and_whom_it_averages_over(section: Section) -> None:
    first, *_ = blocks_of(section, Prose)
    assert first.tone == "lead"
    assert "1 point is one more of every hundred patients" in first.text
    assert "these units, with their own group effects" in first.text


def test_the_figure_names_every_service_of_every_exposure_once_and_loads_no_script(
    fits: dict[str, Evidence], section: Section
) -> None:
    evidence = fits["posterior"]
    figure = next(block for block in blocks_of(section, Figure) if evidence.name in block.name)
    assert figure.plotly is None
    table = next(table for table in blocks_of(section, Table) if table.name == f"effects-{evidence.name}-expected")
    names = [table.cell(row, "service").shown for row in table.rows]
    for name in set(names):
        assert len(re.findall(f">{re.escape(name)}<", figure.svg)) == names.count(name), name


def few(table: EffectTable) -> EffectTable:
    """The same, were the first effect one of 5 units."""
    first, *rest = table.rows
    hidden = replace(first, units=Count(5), change=None, low=None, high=None)
    fewer = [replace(row, services=(1, 2)) if row.services == (2, 2) else row for row in rest]
    return replace(table, rows=(hidden, *fewer))


def test_few_units_are_withheld_everywhere(fits: dict[str, Evidence], monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Evidence.tables
    monkeypatch.setattr(Evidence, "tables", lambda self, question: tuple(few(one) for one in ask(self, question)))
    section = effects.section(ReportInputs((fits["posterior"],)))
    table = next(block for block in blocks_of(section, Table))
    row = table.rows[0]
    assert table.cell(row, "low").shown == FEW
    assert table.cell(row, "units").shown == table.to_list()[0]["units"] == f"<{SMALLEST_SHOWN}"
    assert not [key for key, value in table.to_list()[0].items() if isinstance(value, float) and key != "interval"]
    figure = next(block for block in blocks_of(section, Figure))
    assert figure.svg.count("&lt;11 units<") == 1
    assert "mean over 1 of 2 services" in [table.cell(row, "service").shown for row in table.rows]
    assert "do not compare it with means over more" in table.note


def test_an_estimate_that_is_none_is_said_so(fits: dict[str, Evidence], monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Evidence.tables

    def none(self: Evidence, question: Question) -> tuple[EffectTable, ...]:
        tables = ask(self, question)
        nothing = replace(tables[0].rows[0].change, estimate=math.nan, low=math.nan, high=math.nan)
        return tuple(replace(one, rows=(replace(one.rows[0], change=nothing), *one.rows[1:])) for one in tables)

    monkeypatch.setattr(Evidence, "tables", none)
    section = effects.section(ReportInputs((fits["mle"],)))
    table = next(block for block in blocks_of(section, Table))
    assert table.cell(table.rows[0], "estimate").shown == "none"
    assert next(block for block in blocks_of(section, Figure)).svg.count(">no estimate<") == 1


def test_a_look_warns(small: dict[str, Any], tmp_path: Path) -> None:
    section = effects.section(ReportInputs((drawn(small, home=tmp_path, length=8, status="look"),)))
    assert "is a look, with too few draws by request: do not conclude from it." in [
        block.text.split(" ", 1)[1] for block in blocks_of(section, Prose) if block.tone == "warning"
    ]


def test_the_section_makes_a_page(section: Section) -> None:
    document = Document("t", "", (), (section,), "2026-01-01T00:00:00+00:00", "")
    assert "effects-m-mle-own-expected" in page_html(document, "files")
    assert effects.section(ReportInputs(())) is None
