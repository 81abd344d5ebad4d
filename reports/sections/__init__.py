"""The parts of a report, one file each.

What is here
    Files that declare `ORDER`, a number that places the part in the report, and `section`, which turns
    `ReportInputs` into a `Section`, or into None where the fits have nothing to say on it.
May import
    What `reports` may; nothing here samples, prints or writes.
To add a section
    Write one file here; `reports.build` finds it.
"""
