"""A picture of any shape, prepared once at the size the camera needs, then moved to a fraction of a pixel."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import cv2
import numpy as np

from activities.render.camera import OVERSIZE, Canvas, View, canvas_of, draw, still_camera, view_at
from activities.render.layers.base import Studio, planes_bytes
from activities.render.photos import load_picture
from activities.render.planes import Image, Planes, planes_of_rgb
from activities.render.timeline import Still

CLEAR_ROOM = 0.84
"""How much of the frame a picture with alpha takes: a logo or a drawing wants room about it, and the camera comes closer."""
NARROWEST = 3.2
"""Shape of a picture shown whole against that of the frame; what is longer still is cut to its middle."""
LONGEST_CANVAS = 30_000
SHARPEST = 3.0
"""A picture is prepared at most this many times the frame's size; a closer camera magnifies."""


class StillPainter:
    """A picture under a camera."""

    def __init__(self, layer: Still, studio: Studio) -> None:
        self._camera = layer.camera
        self._fixed = still_camera(layer.camera)
        self._size = studio.size
        path = studio.open(layer.media)
        zoom = min(max([1.0, *(key.value for key in layer.camera.zoom)]), SHARPEST)
        zoom *= 1.0 if self._fixed else OVERSIZE
        key = ("still", layer.media.digest, layer.fit, studio.size, round(zoom, 4))
        self._canvas = studio.assets.get(key, lambda: _prepared(path, layer, studio.size, zoom))

    def state(self, t: float) -> Hashable:
        return "still" if self._fixed else self._view(t)

    def paint(self, target: Planes, t: float) -> None:
        draw(target, self._canvas, self._view(t))

    def close(self) -> None:
        """The canvas is the cache's."""

    def _view(self, t: float) -> View:
        return view_at(self._camera, t, self._canvas.size, self._size)


def scaled(picture: Image, width: int, height: int) -> Image:
    """The picture at another size: averaged when smaller, Lanczos when larger."""
    if (width, height) == (picture.shape[1], picture.shape[0]):
        return picture
    way = cv2.INTER_AREA if width < picture.shape[1] else cv2.INTER_LANCZOS4
    result: Image = cv2.resize(picture, (width, height), interpolation=way)
    return result


def _prepared(path: Path, layer: Still, size: tuple[int, int], zoom: float) -> tuple[Canvas, int]:
    frame = (_even(size[0] * zoom), _even(size[1] * zoom))
    rgba = load_picture(path, layer.name or path.name, max(frame))
    height, width = rgba.shape[:2]
    fill = max(frame[0] / width, frame[1] / height)
    see_through = bool((rgba[..., 3] < 255).any())
    if layer.fit == "cover" and not see_through:
        # A picture of extreme shape is cut to its middle: OpenCV draws from at most 32,767 columns or rows.
        wide, high = min(_even(width * fill), LONGEST_CANVAS), min(_even(height * fill), LONGEST_CANVAS)
        rgba = _middle(rgba, wide / fill, high / fill)
        planes = planes_of_rgb(scaled(rgba[..., :3], wide, high))
    else:
        # A third of the frame at least: of a picture like a thread its middle is shown.
        most = NARROWEST * max(height * frame[0] / frame[1], 1.0), NARROWEST * max(width * frame[1] / frame[0], 1.0)
        planes = planes_of_rgb(_contained(_middle(rgba, *most), frame, layer.fit))
    canvas = canvas_of(planes)
    return canvas, planes_bytes(canvas.planes)


def _contained(rgba: Image, frame: tuple[int, int], fit: str) -> Image:
    """The whole picture (or, with `cover`, all of the frame) over a blurred, darker copy of itself."""
    height, width = rgba.shape[:2]
    small = scaled(_cropped_to(rgba, frame), max(frame[0] // 16, 2), max(frame[1] // 16, 2)).astype(np.float32)
    ground = cv2.GaussianBlur(small[..., :3] + (255.0 - small[..., 3:]) * 0.15, (0, 0), max(frame) / 16 / 24)
    back = cv2.resize(ground * 0.55, frame, interpolation=cv2.INTER_CUBIC)
    # Grain of one step keeps the smooth ground from banding.
    back += np.random.default_rng(11).normal(0.0, 1.2, (frame[1], frame[0], 1)).astype(np.float32)
    canvas: Image = np.clip(back, 0, 255).astype(np.uint8)
    choose = min if fit == "contain" else max
    part = choose(frame[0] / width, frame[1] / height)
    if fit == "contain" and (rgba[..., 3] < 250).any():
        part *= CLEAR_ROOM
    wide, high = max(round(width * part), 1), max(round(height * part), 1)
    front = scaled(rgba, wide, high)
    x, y = (frame[0] - wide) // 2, (frame[1] - high) // 2
    left, top = max(-x, 0), max(-y, 0)
    front = front[top : top + frame[1], left : left + frame[0]]
    area = canvas[max(y, 0) : max(y, 0) + front.shape[0], max(x, 0) : max(x, 0) + front.shape[1]]
    keep = cv2.merge([255 - front[..., 3]] * 3)
    area[:] = cv2.add(cv2.multiply(area, keep, scale=1 / 255), np.ascontiguousarray(front[..., :3]))
    return canvas


def _cropped_to(rgba: Image, frame: tuple[int, int]) -> Image:
    height, width = rgba.shape[:2]
    fill = max(frame[0] / width, frame[1] / height)
    return _middle(rgba, frame[0] / fill, frame[1] / fill)


def _middle(rgba: Image, wide: float, high: float) -> Image:
    height, width = rgba.shape[:2]
    cut_wide, cut_high = max(min(round(wide), width), 1), max(min(round(high), height), 1)
    x, y = (width - cut_wide) // 2, (height - cut_high) // 2
    return rgba[y : y + cut_high, x : x + cut_wide]


def _even(length: float) -> int:
    return max(2 * round(length / 2), 2)
