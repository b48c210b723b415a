"""What a layer's painter is, and what it needs from outside."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from activities.render.planes import Planes
from activities.render.timeline import Output
from models.videos.contracts import ArtifactRef

T = TypeVar("T")


class Painter(Protocol):
    """Draws one layer at a moment. Moments are seconds of the scene."""

    def state(self, t: float) -> Hashable:
        """A key of what it draws at `t`: equal keys, equal pixels. None: it draws nothing."""
        ...

    def paint(self, target: Planes, t: float) -> None:
        """Draw over the target."""
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...


class AssetCache:
    """Prepared pictures, shared by the scenes of a film; the least used go when more than `limit` bytes are held."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], tuple[T, int]]) -> T:
        """The asset of `key`; `make` gives it and its size in bytes where it is not held."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return cast("T", self._held[key][0])
        asset, size = make()
        with self._lock:
            if key not in self._held:
                self._held[key] = (asset, size)
                self._bytes += size
            while self._bytes > self._limit and len(self._held) > 1:
                _, (_, dropped) = self._held.popitem(last=False)
                self._bytes -= dropped
        return asset


@dataclass(frozen=True)
class Studio:
    """What painters work with: the frame's size, where media lie, and prepared assets."""

    output: Output
    open: Callable[[ArtifactRef], Path]
    assets: AssetCache = field(default_factory=lambda: AssetCache(96 * 2**20))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frame."""
        return self.output.width, self.output.height


def planes_bytes(planes: Planes) -> int:
    """Bytes that a picture takes."""
    return planes.y.nbytes + planes.u.nbytes + planes.v.nbytes
