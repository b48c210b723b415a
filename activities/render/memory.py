"""Memory of a render: what is used anew with every frame stays, pictures that are let go are given back to the system."""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache

import numpy as np
from numpy.typing import NDArray

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""`M_TRIM_THRESHOLD`, `M_MMAP_THRESHOLD` and `M_ARENA_MAX` of glibc's malloc.h."""
LARGE = 1 << 18
"""Bytes: planes, those of chroma too, and encoder frames are larger, what Python makes is smaller."""
SPARE = 4 << 20
"""Bytes that an arena keeps at its end: bands of planes come and go there hundreds of times a second."""
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
        libc.mallopt(TRIM_THRESHOLD, SPARE)
        libc.mallopt(ARENA_MAX, ARENAS)


def give_freed_memory_back() -> None:
    """What the threads of a segment's encoder have freed: otherwise a long film ends at half as much again as it began with."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


class Room:
    """Memory for planes that are made anew with every frame. A place in it keeps its memory from one time to the next, larger
    where that is needed, so that the system need not clear pages again and again; what lay there before is gone."""

    def __init__(self) -> None:
        self._places: dict[str, NDArray[np.uint8]] = {}

    def plane(self, place: str, height: int, width: int) -> NDArray[np.uint8]:
        """Rows and columns of bytes, of unset content."""
        held = self._places.get(place)
        if held is None or held.size < height * width:
            held = self._places[place] = np.empty(height * width, np.uint8)
        return held[: height * width].reshape(height, width)
