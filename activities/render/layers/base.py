"""What a layer's painter is, and what it needs from outside."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast
from weakref import WeakValueDictionary

from activities.render.clips import ClipReader
from activities.render.planes import Planes
from activities.render.timeline import Output
from models.videos.contracts import ArtifactRef

T = TypeVar("T")
HELD = 8 * 2**20
"""Bytes of prepared pictures kept that no painter may hold: those drawn again and again, as figures of a number that counts."""


class Painter(Protocol):
    """Draws one layer at a moment. Moments are seconds of the scene."""

    def state(self, t: float) -> Hashable:
        """A key of what it draws at `t`: equal keys, equal pixels. None: it draws nothing."""
        ...

    def paint(self, target: Planes, t: float) -> None:
        """Draw over the target."""
        ...

    def close(self) -> None:
        """Let go of files and memory; it may paint again and takes them anew."""
        ...


class AssetCache:
    """Prepared pictures, shared by the scenes of a film. What a painter holds is found for as long as it does: a transition shows
    the scene before again, whose painters may be at work while the next is prepared. Others are found for as long as they are
    among the last used ones, of `limit` bytes. Two that ask for the same at once may both make it; one of the two is kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._alive: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], tuple[T, int]]) -> T:
        """The asset of `key`; `make` gives it and its size in bytes where nobody has it."""
        with self._lock:
            found = self._alive.get(key)
            if key in self._held:
                self._held.move_to_end(key)
        if found is not None:
            return cast("T", found)
        asset, size = make()
        with self._lock:
            asset = self._alive.setdefault(key, asset)
            if key not in self._held:
                self._held[key] = (asset, size)
                self._bytes += size
            while self._bytes > self._limit and len(self._held) > 1:
                _, (_, dropped) = self._held.popitem(last=False)
                self._bytes -= dropped
        return asset


class ReaderPool:
    """Open clips that nobody reads now. A transition goes on with the clip of the scene before just where that scene ended;
    a fresh reader would decode all of it again to get there."""

    def __init__(self, limit: int = 1) -> None:
        self._limit = limit
        self._idle: list[tuple[Hashable, ClipReader]] = []
        self._lock = threading.Lock()

    def take(self, key: Hashable, at: float) -> ClipReader | None:
        """An open reader of this clip that is at or before `at` seconds, the nearest first."""
        with self._lock:
            fitting = [held for held in self._idle if held[0] == key and held[1].position <= at]
            if not fitting:
                return None
            best = max(fitting, key=lambda held: held[1].position)
            self._idle.remove(best)
            return best[1]

    def give(self, key: Hashable, reader: ClipReader) -> None:
        """Nobody reads it now; the one that waited longest is closed when there are too many."""
        with self._lock:
            self._idle.append((key, reader))
            dropped = self._idle.pop(0)[1] if len(self._idle) > self._limit else None
        if dropped is not None:
            dropped.close()

    def close(self) -> None:
        """Close all."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, reader in idle:
            reader.close()


@dataclass(frozen=True)
class Studio:
    """What painters work with: the frame's size, where media lie, prepared assets, and open clips."""

    output: Output
    open: Callable[[ArtifactRef], Path]
    assets: AssetCache = field(default_factory=lambda: AssetCache(HELD))
    readers: ReaderPool = field(default_factory=ReaderPool)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frame."""
        return self.output.width, self.output.height


def planes_bytes(planes: Planes) -> int:
    """Bytes that a picture takes."""
    return planes.y.nbytes + planes.u.nbytes + planes.v.nbytes
