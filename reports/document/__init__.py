"""How a report becomes one HTML file: what it is made of, and what writes it.

What is here
    Blocks (`_blocks`): text, tables and figures as plain values that know nothing of HTML; a `Document` of
    sections; and what writes a document as one self-contained page with its tables as CSV and JSON and its
    figures as SVG beside it.
May import
    `data`, and from `reports` what figures share. Nothing here knows a fit.
"""
