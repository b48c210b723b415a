"""Programs: the command line, the stack and its workers."""

import gc

# A collection for every 700 objects that stay, Python's default, takes a fifth of each process's start for nothing:
# modules are no garbage.
gc.set_threshold(50_000, 20, 50)
