"""The mapping file beside a simulated extract: the column of each variable, and the meaning of its codes."""

from __future__ import annotations

import json

from data.codebook import Codebook
from data.simulation.archive_constants import ArchiveConstants, SurveyQuestion, archive_constants


def mapping_text(data_file: str, stamp: str) -> str:
    """Return the mapping file as TOML, with each question as a comment.

    Parameters
    ----------
    data_file : str
        The extract's name, for the comment on top.
    stamp : str
        Text that says that the study is simulated.
    """
    constants, codebook = archive_constants(), Codebook.read("ndatss")
    parts = [
        _head(data_file, stamp, constants),
        _columns(constants, codebook),
        *_codes(constants),
        _multiply(constants),
    ]
    return "\n".join(parts)


def _head(data_file: str, stamp: str, constants: ArchiveConstants) -> str:
    coded = [missing for missing in constants.missing.values() if isinstance(missing.code, int)]
    tagged = [missing for missing in constants.missing.values() if isinstance(missing.code, str)]
    return "\n".join(
        [
            f"# The columns of {data_file} as variables of the study `ndatss`.",
            f"# {stamp}: made up, no clinic's answers.",
            "# For an extract of your own, change the names on the right and the codes on the left.",
            "",
            f"# No answer, in any column: {', '.join(f'{missing.code} {missing.label}' for missing in coded)}.",
            *(f"# Stata's own {missing.code} needs no line here ({missing.label})." for missing in tagged),
            f"missing_codes = [{', '.join(str(missing.code) for missing in coded)}]",
            "",
        ]
    )


def _columns(constants: ArchiveConstants, codebook: Codebook) -> str:
    lines = ["[columns]"]
    for name, question in constants.questions.asked.items():
        lines += [f"# {question.text}", *_notes(question, constants), f"{name} = {_quoted(question.column)}"]
        if codebook.variable(name).waves:
            waves = ", ".join(map(str, codebook.variable(name).waves))
            lines[-1] += f"  # asked in {waves} only"
    return "\n".join([*lines, ""])


def _notes(question: SurveyQuestion, constants: ArchiveConstants) -> list[str]:
    notes = []
    if question.second:
        year = constants.informants.wave
        notes.append(f"# Asked of two informants in {year}; the one named here counts, {question.second} is the other.")
    if question.numbered:
        notes.append("# Numbered; the value labels in the file are the names.")
    return notes


def _codes(constants: ArchiveConstants) -> list[str]:
    """Return a table for each coded question: the file's code, the codebook's value, and the file's label."""
    tables = []
    for name, question in constants.questions.asked.items():
        if not question.answers:
            continue
        answers = constants.answers[question.answers]
        lines = [f"{code} = {_quoted(value)}  # {answers.labels[code]}" for code, value in answers.means.items()]
        tables.append("\n".join([f"[codes.{name}]", *lines, ""]))
    return tables


def _multiply(constants: ArchiveConstants) -> str:
    divided = {name: question for name, question in constants.questions.asked.items() if question.divide != 1}
    lines = [
        f"{name} = {question.divide:g}  # the file divides the answer by this" for name, question in divided.items()
    ]
    return "\n".join(["[multiply]", *lines, ""])


def _quoted(value: object) -> str:
    """Return a value as TOML, whose strings and numbers are JSON's for values without control characters."""
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value, ensure_ascii=False)
