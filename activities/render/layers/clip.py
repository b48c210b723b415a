"""A moving picture, decoded while the film is drawn: scaled and cropped around its focus or shown whole, looped or slowed to fill
the scene."""

from __future__ import annotations

import os
from collections.abc import Hashable

from activities.render.camera import View, draw, draw_fixed, still_camera, view_at
from activities.render.clips import ClipReader
from activities.render.layers.base import Studio
from activities.render.layers.still import CLEAR_ROOM
from activities.render.planes import Planes, laid_over, new_planes
from activities.render.timeline import Clip

DECODERS = max((os.cpu_count() or 1) // 4, 1)
"""Threads that decode a clip. Each holds pictures of its own; where cores are few the encoder has work for all of them."""


class ClipPainter:
    """Frame rates are converted by showing, at each moment, the frame that the clip shows then."""

    def __init__(self, layer: Clip, studio: Studio) -> None:
        self._layer = layer
        self._size = studio.size
        self._pool = studio.readers
        self._path = studio.open(layer.media)
        self._key = (layer.media.digest, min(studio.size))
        self._scratch: tuple[Planes, Planes] | None = None
        self._held: ClipReader | None = None
        self._fixed = still_camera(layer.camera)
        self._at: tuple[float, int, Planes] | None = None

    def state(self, t: float) -> Hashable:
        number, planes = self._frame(t)
        return number, None if self._fixed else self._view(t, planes)

    def paint(self, target: Planes, t: float) -> None:
        _, planes = self._frame(t)
        if self._layer.fit == "contain":
            target, view = self._middle(target, planes), View(0.0, 0.0, planes.width, planes.height)
        else:
            view = self._view(t, planes)
        if planes.keep is not None:
            self._paint_over(target, planes, planes.keep, view)
        elif self._fixed or self._layer.fit == "contain":
            draw_fixed(target, planes, view)
        else:
            draw(target, planes, view)

    def _paint_over(self, target: Planes, planes: Planes, keep: Planes, view: View) -> None:
        """A picture that can be seen through; one that covers the frame lies on black."""
        if self._layer.fit == "cover":
            target.fill()
        if self._scratch is None or self._scratch[0].y.shape != target.y.shape:
            self._scratch = new_planes(target.width, target.height), new_planes(target.width, target.height)
        colour, kept = self._scratch
        draw(colour, planes, view)
        draw(kept, keep, view)
        laid_over(target, colour, kept)

    def _middle(self, target: Planes, planes: Planes) -> Planes:
        """The part of the frame on which the whole picture fits."""
        aspect = self._held.pixel_aspect if self._held is not None else 1.0
        room = CLEAR_ROOM if planes.keep is not None else 1.0
        part = min(target.width / (planes.width * aspect), target.height / planes.height) * room
        wide = min(max(2 * round(planes.width * aspect * part / 2), 2), target.width)
        high = min(max(2 * round(planes.height * part / 2), 2), target.height)
        x, y = (target.width - wide) // 4 * 2, (target.height - high) // 4 * 2
        luma = slice(y, y + high), slice(x, x + wide)
        chroma = slice(y // 2, (y + high) // 2), slice(x // 2, (x + wide) // 2)
        return Planes(target.y[luma], target.u[chroma], target.v[chroma])

    def close(self) -> None:
        self._at = self._scratch = None
        if self._held is not None:
            self._pool.give(self._key, self._held)
            self._held = None

    def _view(self, t: float, planes: Planes) -> View:
        aspect = self._held.pixel_aspect if self._held is not None else 1.0
        source = (planes.width, planes.height)
        focus = (self._layer.focus_x, self._layer.focus_y)
        if aspect == 1.0:
            return view_at(self._layer.camera, t, source, self._size, focus)
        view = view_at(self._layer.camera, t, (round(planes.width * aspect), planes.height), self._size, focus)
        return View(view.x / aspect, view.y, view.width / aspect, view.height)

    def _frame(self, t: float) -> tuple[int, Planes]:
        if self._at is None or self._at[0] != t:
            self._at = (t, *self._read(max(t, 0.0) * self._layer.speed + self._layer.offset))
        return self._at[1], self._at[2]

    def _read(self, at: float) -> tuple[int, Planes]:
        """The frame at a time of the clip; past its end it begins again at its offset, or holds its last frame."""
        reader = self._reader(at)
        if reader.length is not None and at >= reader.length:
            found = reader.frame_at(self._wrapped(at, reader.length)) if self._layer.loop else None
        else:
            found = reader.frame_at(at)
            if found is None and self._layer.loop and reader.length:
                found = reader.frame_at(self._wrapped(at, reader.length))
        return found or reader.hold()

    def _reader(self, at: float) -> ClipReader:
        if self._held is None:
            self._held = self._pool.take(self._key, at) or ClipReader(
                self._path, self._layer.name or self._path.name, smallest=self._key[1], threads=DECODERS
            )
        return self._held

    def _wrapped(self, at: float, length: float) -> float:
        begin = self._layer.offset if self._layer.offset < length - 0.2 else 0.0
        # A moment that rounding puts just before the end belongs to the next turn.
        return begin + (at - begin + 1e-6) % max(length - begin, 1e-3)
