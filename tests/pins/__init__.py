"""Numbers that must not change when code moves: small posteriors, and every verdict of one report.

`python -m tests.pins` writes them anew, which is right only when they are meant to change.
"""
