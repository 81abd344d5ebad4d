"""A table of texts, as the claims of a report are: what is long in it is as long as there."""

from __future__ import annotations

from reports.document.blocks import Cell, Column, Fold, Prose, Section, Table
from reports.document.document import Document
from tests.reports.document._documents import COMMAND, STAMP, origin, wide

VERDICTS = ("supported", "contradicted", "practically none", "undecided", "no verdict", "described", "not evaluable")
FITS = ("peer_logit-weak-ndatss", "pcc_tobit-weak-ndatss", "")
CHANCES = {"sign": "Pr sign", "held": "Pr claimed", "against": "Pr opposite", "none": "Pr none"}

SAID = (
    "Effects larger than 5 points are there: lived_experience_share on opioid_maintenance, 19.2 fewer units of a "
    "hundred (95% interval 24.2 fewer to 14.2 fewer).",
    "None of supported, contradicted and practically none has a probability of 95%. The largest of 24 effects: "
    "lived_experience_share on overdose_education, 2.3 fewer patients of a hundred (95% interval 7.1 to 1.5).",
    "No fit of this report answers it (peer_tobit-weak-ndatss, pcc_logit-weak-ndatss: its outcome is not adoption).",
)  # fmt: skip


def claims(count: int = 21) -> Table:
    rows = tuple(
        {
            "claim": Cell(f"park2019/maintenance#{k}", f"park2019: Claim {k:02}, a larger proportion of staff with "
                          "lived experience: lower availability of opioid maintenance therapy.",
                          below="Read as: lower to upper quartile of clinics. (An assumption.)"),
            "verdict": Cell(VERDICTS[k % 7], below=f"rule {99 - k}2a91c0", mark=VERDICTS[k % 7]),
            "found": Cell("", SAID[k % 3], below=FITS[k % 3], below_to="where" if FITS[k % 3] else ""),
            **{f"pr_{key}": Cell((k * 7 + j) % 21 / 21, "> 0.999" if j % 2 else f"{(k * 7 + j) % 21 / 21:.2f}")
               for j, key in enumerate(CHANCES)},
            "fit": FITS[k % 3],
            "rule": "4f2a91c0" * 8,
        }
        for k in range(count)
    )  # fmt: skip
    columns = (
        Column("claim", "Claim, and how it is read"), Column("verdict", "Verdict"),
        Column("found", "What the data say"),
        *(Column(f"pr_{key}", heading, numeric=True) for key, heading in CHANCES.items()),
        Column("fit"), Column("rule"),
    )  # fmt: skip
    title = "Every claim and its verdict"
    return Table("texts", title, columns, rows, filters=("verdict", "fit"), origin=origin())


def names() -> Table:
    """Names that are too long for a phone, and a checksum that has no joint at all."""
    columns = (Column("name", "outcome_of_a_model"), Column("value", "what it is"), Column("share", "mean", True))
    rows = (
        {"name": "overdose_education_and_naloxone_kits", "value": "fits.effects.table.EffectTable", "share": 0.125},
        {"name": "peer/influence_on<b>_x</b>", "value": "4f2a91c0" * 8, "share": -1.5},
    )  # fmt: skip
    return Table("names", "Names", columns, rows)


def document() -> Document:
    folds = (Fold("Every state", (wide(),)), Fold("More of it", (Prose("Only the curious read this."),)))
    sections = (
        Section("first", "What can be said", (Prose("Seven verdicts.", "lead"), claims())),
        Section("where", "Where it is from", (names(), *folds)),
    )
    return Document("Claims", "", (STAMP,), sections, made="2025-11-25T10:12:00Z", command=COMMAND)
