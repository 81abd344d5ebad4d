"""How long a user waits, against peers, in one session on one machine; see `__main__` for the command."""
