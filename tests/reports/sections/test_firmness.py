"""How firm verdicts are: what is said of the directions that they call."""

from __future__ import annotations

import numpy as np
import pytest

from fits.verdicts.judgement import Judgement
from fits.verdicts.rule import Rule
from reports.document.blocks import Prose, Table
from reports.report_inputs import ReportInputs
from reports.sections import firmness
from tests.fits.verdicts._made import judged, named, quantity
from tests.reports.sections._stored_fits import blocks_of


def section(*judgements: Judgement) -> tuple[list[str], list[Table]]:
    """Words and tables of the section on these judgements."""
    found = firmness.section(ReportInputs((), (), judgements=judgements, rule=Rule.read()))
    words = [one.text for one in blocks_of(found, Prose) if isinstance(one, Prose)]
    return words, [one for one in blocks_of(found, Table) if isinstance(one, Table)]


def draws(positive: int) -> np.ndarray:
    """Four chains of a thousand draws, so many of a thousand positive."""
    every = np.tile([9.0] * positive + [-9.0] * (1000 - positive), 4)
    return np.random.default_rng(1).permutation(every).reshape(4, 1000)


def test_the_expected_number_of_false_directions_is_the_sum_of_what_the_table_shows() -> None:
    first = judged(quantity(draws(970), names=("peers on condoms",)))
    second = named(judged(quantity(draws(20), names=("peers on aftercare",))), name="b", services=("aftercare",))
    unsure = named(judged(quantity(draws(700), names=("peers on testing",))), name="c", services=("hiv_testing",))
    words, tables = section(first, second, unsure)
    (said,) = [one for one in words if "expected to be false" in one]
    assert said == (
        "Direction claims are about 3 effects here, each counted once for each fit. The direction of 2 is called, with "
        "a probability of 0.95 or more; of these 2 directions, 0.05 are expected to be false."
    )
    (table,) = [one for one in tables if one.name == "called-directions"]
    shown = [[table.cell(row, key).shown for key in ("effect", "direction", "wrong")] for row in table.rows]
    assert shown == [["peers on condoms", "positive", "0.03"], ["peers on aftercare", "negative", "0.02"]]
    assert sum(table.cell(row, "wrong").value for row in table.rows) == pytest.approx(0.05)


def test_where_no_direction_is_sure_none_is_called() -> None:
    words, tables = section(judged(quantity(draws(700))))
    assert any("The direction of 0 is called, with a probability of 0.95 or more." in one for one in words)
    assert "called-directions" not in [one.name for one in tables]
