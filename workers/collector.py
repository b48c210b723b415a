"""The garbage collector while a process loads: modules make next to no garbage, and looking for it is a fifth of the time."""

from __future__ import annotations

import gc

ORDINARY = gc.get_threshold()
RARELY = 100_000
"""Objects more than at the last look after which the collector looks again."""


def collect_rarely() -> None:
    """Call before a process loads what it needs. What runs on forgetting the other call still collects."""
    gc.set_threshold(RARELY, *ORDINARY[1:])


def collect_as_usual() -> None:
    """Call when it has loaded: what is there stays, and is no longer looked at."""
    gc.freeze()
    gc.set_threshold(*ORDINARY)
