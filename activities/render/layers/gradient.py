"""A designed ground: soft lights on a gradient, a quiet pattern, grain so that H.264 does not band. Same seed, same picture."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from activities.render.camera import MARGIN, OVERSIZE, Canvas, View, canvas_of, draw, still_camera, view_at
from activities.render.easing import drifting_value, settled
from activities.render.layers.base import Studio, planes_bytes
from activities.render.patches import blend, patch_of
from activities.render.planes import OPAQUE, Image, Planes, bands, half, rgb_of_hex, take, yuva_of_rgba
from activities.render.shapes import margin_of, rasterise_shape
from activities.render.timeline import Gradient, GroundShape

Field: TypeAlias = NDArray[np.float32]
Pattern: TypeAlias = Callable[[Field, Field], Field]
"""How strong it is (0..1) at a row and a column of coordinates, as `_grid` tells them."""
LARGEST_ZOOM = 2.0
GRAIN = 512
"""Pixels of a tile of grain."""
PHASES = 4
"""A ground that only pans moves by quarters of a pixel: it is mixed once for each of them, and a frame is a copy of one, two
thirds of the work of mixing it anew. By the eighth of a pixel that it is off at most nobody sees it tremble."""


class Ground:
    """A prepared ground, shared by who shows it."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self._mixed: dict[tuple[int, int, int], Image] = {}

    def pan(self, target: Planes, view: View) -> None:
        """Fill the target with a view of its own size, each plane to the nearest of its phases."""
        for number, (into, plane) in enumerate(zip(target.each(), self.canvas.planes.each(), strict=True)):
            part = 2 if number else 1
            x, y = (round((place / part + MARGIN) * PHASES) for place in (view.x, view.y))
            mixed = self._phase(number, plane, x % PHASES, y % PHASES)
            row, column = y // PHASES, x // PHASES
            np.copyto(into, mixed[row : row + into.shape[0], column : column + into.shape[1]])

    def _phase(self, number: int, plane: Image, x: int, y: int) -> Image:
        """The plane moved to the left and up by so many quarters of its pixel."""
        if not x and not y:
            return plane
        mixed = self._mixed.get((number, x, y))
        if mixed is None:
            mixed = np.empty((plane.shape[0] - 1, plane.shape[1] - 1), np.uint8)
            take(mixed, plane, x / PHASES, y / PHASES)
            self._mixed[number, x, y] = mixed  # two lines of a render may both make it: it is the same
        return mixed


class GradientPainter:
    """Prepared once; only the camera moves. One that does not zoom finds its ground at its very size."""

    def __init__(self, layer: Gradient, studio: Studio) -> None:
        self._camera = layer.camera
        self._fixed = still_camera(layer.camera)
        self._pans = settled(layer.camera.zoom) and not self._fixed
        self._size = studio.size
        zoom = min(max([1.0, *(key.value for key in layer.camera.zoom)]), LARGEST_ZOOM)
        zoom = 1.0 if self._fixed else zoom if self._pans else zoom * OVERSIZE
        size = (2 * round(studio.size[0] * zoom / 2), 2 * round(studio.size[1] * zoom / 2))
        scale = 1.0 if self._pans else zoom  # of what lies on it, so that the frame shows it at its size
        key = ("gradient", layer.seed, layer.colours, layer.style, layer.grain, layer.shapes, scale, size)
        self._ground = studio.assets.get(key, lambda: _made(layer, size, studio.size, scale))

    def state(self, t: float) -> Hashable:
        return "gradient" if self._fixed else self._view(t)

    def paint(self, target: Planes, t: float) -> None:
        if self._pans:
            self._ground.pan(target, self._view(t))
        else:
            draw(target, self._ground.canvas, self._view(t))

    def close(self) -> None:
        """The ground is the cache's."""

    def _view(self, t: float) -> View:
        (wide, high), (width, height) = self._ground.canvas.size, self._size
        if self._pans:
            return View(
                _within(drifting_value(self._camera.x, t, 0.5) * wide - width / 2, wide - width),
                _within(drifting_value(self._camera.y, t, 0.5) * high - height / 2, high - height),
                width,
                height,
            )
        return view_at(self._camera, t, (wide, high), (width, height))


def _within(place: float, most: float) -> float:
    return round(min(max(place, 0.0), most) * PHASES) / PHASES


def _made(layer: Gradient, size: tuple[int, int], frame: tuple[int, int], scale: float) -> tuple[Ground, int]:
    """Light and pattern are mixed in YUV, chroma at its own size: a third of the work of doing it in RGB. `scale`: pixels of the
    ground for one of the `frame`."""
    rng = np.random.default_rng(layer.seed)
    colours = [np.array(rgb_of_hex(colour)[:3], np.float32) for colour in layer.colours] or [np.zeros(3, np.float32)]
    width, height = size
    # Soft light has no detail: an eighth of the size is enough, enlarged smoothly.
    soft = _lights(rng, colours, max(width // 8, 2), max(height // 8, 2), strength=1.0 if layer.style == "mesh" else 0.6)
    light, colour = _enlarged(cv2.transform(soft, OPAQUE), size)
    goal = (OPAQUE @ np.append(colours[-1] if len(colours) > 1 else np.full(3, 255), 1.0)).astype(np.float32)
    pattern = quiet = None
    if layer.style != "mesh":
        make, part = _PATTERNS[layer.style]
        small = _patterned(make(rng, width // part, height // part), width // part, height // part)
        pattern = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
        quiet = cv2.resize(small, (width // 2, height // 2), interpolation=cv2.INTER_AREA)[..., None]
    # In luma alone, on the unrounded picture: rounding steps disappear in it.
    grain = _grain(rng, layer.grain * 219, width) if layer.grain > 0 else None
    y, uv = np.empty((height, width), np.uint8), np.empty((height // 2, width // 2, 2), np.uint8)
    for rows in bands(height, width):
        bright, hue = light[rows], colour[half(rows)]
        if pattern is not None and quiet is not None:
            bright += (goal[0] - bright) * pattern[rows]
            hue += (goal[1:] - hue) * quiet[half(rows)]
        if grain is not None:
            bright += grain[np.arange(rows.start, rows.stop) % GRAIN]
        cv2.convertScaleAbs(np.clip(bright, 16, 235, out=bright), dst=y[rows])
        cv2.convertScaleAbs(hue, dst=uv[half(rows)])
    u, v = cv2.split(uv)
    ground = Planes(y, u, v)
    for shape in layer.shapes:
        _lay_shape(ground, shape, ((width - frame[0] * scale) / 2, (height - frame[1] * scale) / 2), scale)
    canvas = canvas_of(ground)
    return Ground(canvas), planes_bytes(canvas.planes) * PHASES


def _lay_shape(ground: Planes, shape: GroundShape, corner: tuple[float, float], scale: float) -> None:
    """Draw a shape of the frame, whose upper left corner lies at `corner` of the ground."""
    lengths = ("width", "height", "stroke_width", "radius", "blur")
    content = shape.content.model_copy(update={name: getattr(shape.content, name) * scale for name in lengths})
    margin = margin_of(content)
    x, y = round(corner[0] + shape.x * scale) - margin, round(corner[1] + shape.y * scale) - margin
    blend(ground, patch_of(yuva_of_rgba(rasterise_shape(content)), x, y))


def _enlarged(yuv: Image, size: tuple[int, int]) -> tuple[Field, Field]:
    """Luma at `size`, chroma (two channels) at half of it, of a small picture."""
    light = cv2.resize(np.ascontiguousarray(yuv[..., 0]), size, interpolation=cv2.INTER_CUBIC)
    colour = cv2.resize(np.ascontiguousarray(yuv[..., 1:]), (size[0] // 2, size[1] // 2), interpolation=cv2.INTER_CUBIC)
    return np.asarray(light, np.float32), np.asarray(colour, np.float32)


def _grain(rng: np.random.Generator, deviation: float, width: int) -> Field:
    """Noise for `GRAIN` rows, made once for a tile: nobody finds the same grain again."""
    tile = rng.normal(0.0, deviation, (GRAIN, GRAIN)).astype(np.float32)
    return np.tile(tile, (1, -(-width // GRAIN)))[:, :width]


def _grid(width: int, height: int) -> tuple[Field, Field]:
    """Coordinates of pixel centres (a row, a column) in heights of the picture, from its upper left corner."""
    x, y = np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]
    return np.asarray((x + 0.5) / height, np.float32), np.asarray((y + 0.5) / height, np.float32)


def _patterned(pattern: Pattern, width: int, height: int) -> Field:
    """The pattern all over a picture."""
    x, y = _grid(width, height)
    whole = np.empty((height, width), np.float32)
    for rows in bands(height, 4 * width):  # four bytes each
        whole[rows] = pattern(x, y[rows])
    return whole


def _lights(rng: np.random.Generator, colours: list[NDArray[np.float32]], width: int, height: int, strength: float) -> Field:
    x, y = _grid(width, height)
    aspect = width / height
    second = colours[min(1, len(colours) - 1)]
    angle = rng.uniform(0, 2 * np.pi)
    slope = (np.cos(angle) * (x / aspect - 0.5) + np.sin(angle) * (y - 0.5)) * 0.7 + 0.5
    picture = colours[0] + (second - colours[0]) * np.clip(slope, 0, 1)[..., None] * 0.55
    for place in range(2 + 2 * len(colours)):
        colour = colours[1 + place % (len(colours) - 1)] if len(colours) > 1 else colours[0]
        cx, cy = rng.uniform(-0.1, 1.1) * aspect, rng.uniform(-0.1, 1.1)
        reach = rng.uniform(0.25, 0.6)
        stretch = rng.uniform(0.7, 1.5)
        spot = np.exp(-(((x - cx) / stretch) ** 2 + (y - cy) ** 2) / (2 * reach**2))
        weight = strength * rng.uniform(0.18, 0.42) / (1 + place // 3)
        picture = picture + (colour - picture) * (spot * weight)[..., None]
    return np.asarray(picture, np.float32)


def _fade(rng: np.random.Generator, aspect: float) -> Pattern:
    """Where a pattern shows: strongest at a seeded side, gone opposite."""
    cx, cy = rng.choice([0.1, 0.9]) * aspect, rng.uniform(0.1, 0.9)

    def strength(x: Field, y: Field) -> Field:
        distance = np.sqrt(((x - cx) / aspect) ** 2 + (y - cy) ** 2)
        return np.asarray(np.clip(1.15 - distance, 0, 1) ** 2, np.float32)

    return strength


def _rays(rng: np.random.Generator, width: int, height: int) -> Pattern:
    cx, cy = rng.choice([-0.1, 1.1]) * width / height, rng.uniform(-0.3, 0.2)
    count, turn = rng.integers(14, 22), rng.uniform(0, 2 * np.pi)

    def strength(x: Field, y: Field) -> Field:
        angle = np.arctan2(y - cy, x - cx)
        stripes = 0.5 + 0.5 * np.sin(angle * count + turn) * np.cos(angle * (count // 3) + turn)
        distance = np.sqrt((x - cx) ** 2 + (y - cy) ** 2)
        return np.asarray(0.22 * np.clip(stripes, 0, 1) ** 2 * np.exp(-distance / 1.3), np.float32)

    return strength


def _lines(rng: np.random.Generator, width: int, height: int) -> Pattern:
    pitch, thick = 1 / 11, 1.4 / height
    shift = rng.uniform(0, pitch, 2)
    fade = _fade(rng, width / height)

    def strength(x: Field, y: Field) -> Field:
        near = [np.abs((axis + offset) % pitch - pitch / 2) for axis, offset in ((x, shift[0]), (y, shift[1]))]
        line = np.clip(1.5 - np.minimum(near[0], near[1]) / thick, 0, 1)
        return np.asarray(0.28 * line * fade(x, y), np.float32)

    return strength


def _dots(rng: np.random.Generator, width: int, height: int) -> Pattern:
    pitch = 1 / 22
    fade = _fade(rng, width / height)

    def strength(x: Field, y: Field) -> Field:
        distance = np.hypot(x % pitch - pitch / 2, y % pitch - pitch / 2)
        shown = fade(x, y)
        dot = np.clip((pitch * (0.06 + 0.13 * shown) - distance) * height + 0.5, 0, 1)
        return np.asarray(0.4 * dot * shown, np.float32)

    return strength


def _waves(rng: np.random.Generator, width: int, height: int) -> Pattern:
    x, _ = _grid(width, height)
    edges = [
        0.5 + 0.11 * layer + sum(
            rng.uniform(0.02, 0.07) * np.sin(x * rng.uniform(1.2, 4.0) + rng.uniform(0, 6.3)) for _ in range(3)
        ) for layer in range(5)
    ]  # fmt: skip

    def strength(x: Field, y: Field) -> Field:
        pattern = np.zeros((y.size, x.size), np.float32)
        for edge in edges:
            pattern += 0.055 * np.clip((y - edge) * height * 0.5, 0, 1)
        return pattern

    return strength


def _bokeh(rng: np.random.Generator, width: int, height: int) -> Pattern:
    discs = []
    for _ in range(16):
        cx, cy, reach = rng.uniform(0, width / height), rng.uniform(0, 1), rng.uniform(0.03, 0.15)
        soft = rng.uniform(0.004, 0.03)
        discs.append((cx, cy, reach, soft, rng.uniform(0.03, 0.1)))

    def strength(x: Field, y: Field) -> Field:
        pattern = np.zeros((y.size, x.size), np.float32)
        for cx, cy, reach, soft, light in discs:
            distance = np.hypot(x - cx, y - cy)
            disc = np.clip((reach - distance) / soft, 0, 1)
            rim = np.clip(1 - np.abs(distance - reach + soft) / (2 * soft), 0, 1)
            pattern += light * (disc + 0.5 * rim)
        return np.asarray(np.clip(pattern, 0, 0.4), np.float32)

    return strength


def _bands(rng: np.random.Generator, width: int, height: int) -> Pattern:
    angle = rng.uniform(0.5, 1.1) * rng.choice([-1, 1])

    def along(x: Field, y: Field) -> Field:
        return np.asarray(x * np.cos(angle) + y * np.sin(angle))

    # It runs from one corner to the opposite one.
    corners = along(*(axis.take([0, -1], at) for at, axis in zip((1, 0), _grid(width, height), strict=True)))
    stripes = []
    for _ in range(6):
        at, wide = rng.uniform(corners.min(), corners.max()), rng.uniform(0.08, 0.35)
        stripes.append((at, wide, rng.uniform(0.03, 0.09)))

    def strength(x: Field, y: Field) -> Field:
        pattern, place = np.zeros((y.size, x.size), np.float32), along(x, y)
        for at, wide, light in stripes:
            pattern += light * np.clip((wide / 2 - np.abs(place - at)) * height + 0.5, 0, 1)
        return pattern

    return strength


_PATTERNS: dict[str, tuple[Callable[[np.random.Generator, int, int], Pattern], int]] = {
    "rays": (_rays, 4),
    "grid": (_lines, 1),
    "dots": (_dots, 1),
    "waves": (_waves, 2),
    "bokeh": (_bokeh, 2),
    "bands": (_bands, 2),
}
"""What draws a pattern's figures for a width and height, and at which part of the picture's size: soft ones lose nothing."""
