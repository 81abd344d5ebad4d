"""Files on this machine.

What is here
    `replacing` (files and folders that are replaced as a whole or not at all), `csv_text` (CSV for people) and
    `machine` (memory and disk space).
May import
    `data`.
"""
