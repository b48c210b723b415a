"""Memory of a render: pictures that are let go are given back to the system."""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache

MMAP_THRESHOLD = -3
"""`M_MMAP_THRESHOLD` of glibc's malloc.h."""
LARGE = 1 << 20
"""Bytes: planes and encoder frames are larger, what Python makes is smaller."""


@cache
def give_large_blocks_back() -> None:
    """Keep glibc from hoarding pictures. By itself it takes ever larger blocks from its arenas, once one was freed, and several
    threads of a render then hold a quarter more memory than they use. Elsewhere than on glibc it does nothing."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE)
