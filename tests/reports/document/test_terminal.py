"""A document on a terminal: columns where they fit, blocks where they do not, and never a cut number."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from reports.document.blocks import Cell, Column, Command, Fold, Prose, Section, Table, toned
from reports.document.terminal import natural_width, show
from tests.reports.document._documents import HOSTILE

EFFECTS = Table.of(
    ("outcome", "mean", "interval"),
    [("overdose_education", "-1.0", "-3.3 to 0.7"), toned(("mean over services", "12.25", "-2.4 to 3.9"), "lead")],
    title="peer_influence: 0 -> 1",
)


def shown(*blocks: Prose | Command | Table | Fold | Section, width: int = 80, colours: bool = False) -> list[str]:
    file = StringIO()
    system = "standard" if colours else None
    console = Console(file=file, width=width, highlight=False, color_system=system, force_terminal=colours)  # type: ignore[arg-type]
    show(blocks, console)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_numbers_stand_at_the_right_and_tables_are_set_off() -> None:
    assert shown(Prose("A fit"), EFFECTS, Prose("Done."), Prose("Next.")) == [
        "A fit",
        "",
        "peer_influence: 0 -> 1",
        "outcome              mean     interval",
        "overdose_education  -1.0   -3.3 to 0.7",
        "mean over services  12.25  -2.4 to 3.9",
        "",
        "Done.",
        "Next.",
    ]


@pytest.mark.parametrize(
    ("width", "rows"),
    [
        (37, ["overdose_education -1.0  -3.3 to 0.7", "mean over services 12.25 -2.4 to 3.9"]),
        (32, ["overdose_educa -1.0  -3.3 to 0.7", "tion", "mean over      12.25 -2.4 to 3.9", "services"]),
    ],
)
def test_names_are_folded_on_a_narrow_terminal_and_numbers_are_not(width: int, rows: list[str]) -> None:
    assert shown(EFFECTS, width=width)[2:] == rows


def test_points_of_a_column_of_numbers_stand_under_each_other() -> None:
    rows = [("a", "0.00021", "7"), ("b", "-13", "12"), ("c", "5.2", ""), ("d", "", "1,200"), ("e", "0.5", "< 0.001")]
    table = Table.of(("", "change", "p"), rows)
    assert shown(table) == [
        "      change        p",
        "a    0.00021        7",
        "b  -13             12",
        "c    5.2",
        "d               1,200",
        "e    0.5      < 0.001",
    ]
    assert shown(table, width=12)[10:14] == ["  5.2", "d", "  p: 1,200", "e"]


def test_where_nothing_fits_every_row_is_a_block_without_its_empty_cells() -> None:
    rows = [("peer", "Patients meet", "22 %", "x"), ("pcc", "", "", "")]
    words = Table.of(("variable", "meaning", "found", ""), rows, numbers=())
    assert shown(words, width=24) == ["peer", "  meaning: Patients meet", "  found: 22 %   x", "pcc"]
    assert shown(words, width=60)[0] == "variable  meaning        found"


def test_text_is_wrapped_between_words_and_headings_too() -> None:
    text = "A sentence of some length that must be wrapped somewhere."
    lines = shown(Table.of(("a name", "what it is said to be"), [("short", text)], numbers=()), width=40)
    assert lines[:2] == ["a", "name   what it is said to be"]
    assert " ".join(line.removeprefix("short").strip() for line in lines[2:]) == text
    assert max(map(len, lines)) <= 40


def test_sections_end_with_a_line_between_and_folds_are_open() -> None:
    rows = Table.of(("", ""), [("1.", "Look.")], numbers=(0,))
    fold = Fold("More", (Prose("inside"),))
    found = shown(Section("", "First", (rows, Prose("said"))), Prose("after"), fold, Prose("end"))
    assert found == ["First", "1.  Look.", "", "said", "", "after", "", "More", "inside", "end"]


def test_groups_head_their_rows_and_columns_for_files_alone_stay_away() -> None:
    columns = (Column("who"), Column("name", "name"), Column("n", "n", numeric=True), Column("hidden"))
    rows = tuple({"who": who, "name": name, "n": n, "hidden": 9} for who, name, n in
                 (("x", "a", 1), ("y", "b", 22), ("x", "c", 3)))  # fmt: skip
    assert shown(Table("t", "", columns, rows, groups="who")) == [
        "name   n", "x", "  a    1", "  c    3", "y", "  b   22",
    ]  # fmt: skip
    grouped = Table.of(("name", "n"), [("a", "1"), ("b", "22")], groups=["x", "y"])
    assert shown(grouped) == ["name   n", "x", "  a    1", "y", "  b   22"]


def test_a_table_without_rows_says_its_note_or_nothing() -> None:
    assert shown(Table.of(("a",), [], title="T", note="Nothing is separated.")) == ["T", "Nothing is separated."]
    assert shown(Prose("p"), Table.of(("a",), [], title="T")) == ["p"]


def test_tones_are_styles_and_text_is_never_markup() -> None:
    bold, red = "\x1b[1m", "\x1b[1;31m"
    passed = Table.of(("check", ""), [("khat", Cell("FAILED", tone="bad"))])
    lines = shown(Prose("Look", "lead"), passed, colours=True)
    assert lines[0].startswith(f"{bold}Look")
    assert f"{red}FAILED" in lines[-1]
    text = "".join("".join(shown(Prose(text), Table.of((text,), [(text,)], title=text))) for text in HOSTILE)
    assert "[md](javascript:window.pwned=1)" in text.replace(" ", "").replace("\n", "")


def test_a_command_is_one_line_to_be_copied_however_long() -> None:
    command = "python -m models.fit peer_tobit --study a_folder/my_study.toml --data a_folder/my_data.csv"
    assert shown(Command(command), width=30) == [f"  {command}"]


def test_the_width_that_a_table_would_like() -> None:
    assert natural_width(EFFECTS) == len("mean over services  12.25  -2.4 to 3.9")
