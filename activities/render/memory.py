"""Memory of a render: pictures that are let go are given back to the system."""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache

MMAP_THRESHOLD, ARENA_MAX = -3, -8
"""`M_MMAP_THRESHOLD` and `M_ARENA_MAX` of glibc's malloc.h."""
LARGE = 1 << 18
"""Bytes: planes, those of chroma too, and encoder frames are larger, what Python makes is smaller."""
ARENAS = 2
"""What threads share for all smaller blocks; each kept for itself what it had freed."""


@cache
def give_large_blocks_back() -> None:
    """Keep glibc from hoarding pictures. By itself it takes ever larger blocks from its arenas, once one was freed, and several
    threads of a render then hold a quarter more memory than they use; and the threads of each new encoder take arenas of their
    own, eight for each core. Elsewhere than on glibc it does nothing."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(MMAP_THRESHOLD, LARGE)
        libc.mallopt(ARENA_MAX, ARENAS)


def give_freed_memory_back() -> None:
    """What the threads of a segment's encoder have freed: otherwise a long film ends at half as much again as it began with."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
