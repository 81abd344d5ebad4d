"""Parts that all commands share.

What is here
    `options` (each shared option once, with its help), `exits` (exit codes and messages for bad input, a full
    disk or Ctrl-C), `interrupts` (Ctrl-C before and after the work) and `console` (progress on standard error).
May import
    `data`.
"""
