"""The sections of a report, one file each.

What is here
    Each file declares `ORDER`, a number that places the section in the report, and `section`, which turns
    `ReportInputs` into a `Section`, or into None where the section does not apply. Shared parts are in ``parts/``.
May import
    Every folder before `reports`, and `reports`; nothing here samples, prints or writes.
To add a section
    Write one file here; `reports.build` finds it.
"""
