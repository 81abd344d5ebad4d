"""Documents: what is shown, as values, and renderers for terminals, HTML, CSV and JSON.

What is here
    `blocks`: text, tables and figures as plain values that know nothing of how they look; a `document.Document` of
    sections; and renderers: `terminal`, HTML (`html`, `html_tables`), CSV and JSON (`plain`). `write` makes one
    self-contained page, with its tables as CSV and JSON and its figures as SVG beside it.
May import
    `data`, and from `reports` what figures share. Nothing here knows a fit.
"""
