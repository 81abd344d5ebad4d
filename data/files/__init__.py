"""Files on this machine: replaced as a whole or not at all, CSV for people, memory and room on the disk.

What is here
    `replacing`, `csv_text` and `machine`.
May import
    `data`.
"""
