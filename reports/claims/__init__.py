"""Claims: sentences of the sources as data, and what posteriors say of them.

What is here
    One TOML file per source document, read by `source.Source`: each claim with the words it was recorded in
    and its readings, or what is needed before anybody can judge it. What a reading asks of a fit
    (`_quantity`), which fit can answer (`_match`), the verdict (`judgement.Judgement`), how many units would
    settle it (`settle`), which claims hold together (`together`), sentences (`_sentences`).
May import
    What `reports` may.
To add a claim
    Add a table to its source's TOML file. To add a source, write one file here, or anywhere and name its path.
"""
