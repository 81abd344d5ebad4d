"""What every command shares: options, endings, Ctrl-C, and the console that tells of work.

What is here
    `options` (each option once, in the same words), `exits` (bad input, a full disk, Ctrl-C),
    `interrupts` and `console`.
May import
    `data`.
"""
