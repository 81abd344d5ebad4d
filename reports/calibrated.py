"""Read records of calibrations again: their tables, or several beside one another.

Examples
--------
    python -m reports.calibrated reports/calibrations/*/peer_tobit-*.jsonl.gz

computes every table of every record again, from the simulations' raw numbers
in it; --out writes the figures and the other files too.

    python -m reports.calibrated --beside RECORD RECORD...

puts shapes of pooling beside one another, by the true size of an effect: how
often intervals hold it, how far estimates are off, and what is called, where
one service differs from the others, where all are alike, and where there is
no effect. --markdown prints one row for each shape.

A record is a file NAME.jsonl.gz that models.calibrate --out wrote, or a folder
of stored simulations. Exit codes: 0 done, 1 a calibration check failed, 2 bad
input.
"""

from __future__ import annotations

import typer

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    records: options.CalibrationRecords,
    beside: options.Beside = False,
    markdown: options.BesideMarkdown = False,
    rule: options.Rule = "default",
    out: options.OutFolder = None,
    as_json: options.AsJson = False,
) -> int:
    """Parse the command, read every record, and print what it says."""
    # SciPy and ArviZ take seconds to import: --help must not wait.
    from fits.calibration.beside import Beside
    from fits.calibration.recorded import judged_again, read_record
    from fits.verdicts.rule import Rule
    from reports import calibration_files
    from reports.document.plain import print_json
    from reports.terminal import calibration, calibration_beside

    judge = Rule.read(rule)
    found = [read_record(path) for path in records]
    if out is not None:
        calibration_files.require_place(out)
    if beside or markdown:
        table = Beside.of(found, judge)
        if as_json:
            print_json({"simulated": True, "model": table.model, "rows": table.rows()})
        elif markdown:
            print(calibration_beside.markdown(table))
        else:
            calibration_beside.print_beside(table)
        if out is not None:
            calibration_files.write_beside(table, out)
        return 0
    again = [judged_again(one, judge) for one in found]
    if as_json:
        print_json([calibration.told(one) for one in again])
    for path, one in zip(records, again, strict=True):
        if not as_json:
            calibration.print_calibrated(one, f"Read from {path}")
        if out is not None:
            calibration_files.write(one, out / one.parts[0].name)
    return 0 if all(one.passed for one in again) else 1


if __name__ == "__main__":
    app()
