"""Something drawn once and moved: text, a number that counts, a shape, a picture with alpha."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import cv2
import numpy as np

from activities.render.easing import settled, value_at
from activities.render.layers.base import Studio
from activities.render.layers.still import scaled
from activities.render.memory import Room
from activities.render.patches import Patch, blend, movable, moved, one_colour, patch_of, revealed, solid_part
from activities.render.photos import load_picture
from activities.render.planes import Image, Planes, yuva_of_rgba
from activities.render.shapes import margin_of, rasterise_shape
from activities.render.text import number_content, rasterise_text
from activities.render.timeline import ImageContent, NumberContent, ShapeContent, Sprite, TextContent

STEPS = 32
"""Places are rounded to a 32nd of a pixel, scales to a 4096th: finer is not seen, and equal places are drawn once."""
SOFT = 12.0
"""Pixels of blur from which whole pixels are fine enough."""
SMALLEST_WARP = 0.6
"""Below this scale a picture is averaged down, not interpolated."""
FAINTEST = 1 / 255

CLEAR = 4
"""Columns and rows around what shows that stay with it: chroma is mixed with its neighbours'."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Drawn:
    """A content as premultiplied YUVA, cut to what shows of it: the corner of that lies at (`left`, `top`) of the whole."""

    yuva: Image
    left: int
    top: int
    width: int
    height: int


Pose = tuple[str, float, float, float, float]
"""Content, x, y (pixels of the frame), scale, share revealed."""


class SpritePainter:
    """Draws the content once, places it again only when it moved."""

    def __init__(self, layer: Sprite, studio: Studio) -> None:
        self._layer = layer
        self._studio = studio
        self._placed: tuple[tuple[str, float, float, float], Patch] | None = None
        self._rests = False
        """Whether it lies where it lay in the frame before: then it is worth a look where it is solid."""
        self._room = Room()
        self._planes: tuple[str, Patch] | None = None
        moves = (layer.dx, layer.dy, layer.scale, layer.reveal)
        self._resting = all(settled(track) for track in moves) and not isinstance(layer.content, NumberContent)
        self._at: tuple[float, float, Pose | None] = (-1.0, 0.0, None)
        content = layer.content
        self._margin = margin_of(content) if isinstance(content, ShapeContent) else 0
        self._steps = 1 if isinstance(content, ShapeContent) and content.blur >= SOFT else STEPS
        self._drawn = None if isinstance(content, NumberContent) else self._made_once("")

    def state(self, t: float) -> Hashable:
        opacity, pose = self._seen(t)
        return None if pose is None else (round(opacity, 4), pose)

    def paint(self, target: Planes, t: float) -> None:
        opacity, pose = self._seen(t)
        if pose is None:
            return
        if self._placed is None or self._placed[0] != pose[:4]:
            self._placed, self._rests = (pose[:4], self._place(*pose[:4])), False
        elif not self._rests:
            self._placed[1].solid, self._rests = solid_part(self._placed[1]), True
        patch = self._placed[1]
        for part in (patch,) if pose[4] >= 1.0 else revealed(patch, self._edge(pose), self._layer.reveal_from):
            blend(target, part, opacity)

    def close(self) -> None:
        self._placed = self._planes = None
        self._room = Room()

    def _seen(self, t: float) -> tuple[float, Pose | None]:
        """Opacity and pose, None where nothing shows; both are asked for twice a frame."""
        if self._at[0] != t:
            opacity = self._opacity(t)
            before = self._at[2]
            pose = None if opacity < FAINTEST else before if self._resting and before is not None else self._pose(t)
            if pose is not None and (pose[4] <= 0.0 or pose[3] <= 0.0):
                pose = None
            self._at = (t, opacity, pose)
        return self._at[1:]

    def _opacity(self, t: float) -> float:
        layer = self._layer
        if t < layer.start or (layer.end is not None and t >= layer.end):
            return 0.0
        return min(value_at(layer.opacity, t, 1.0), 1.0)

    def _pose(self, t: float) -> Pose:
        layer = self._layer
        x, y = layer.x + value_at(layer.dx, t, 0.0), layer.y + value_at(layer.dy, t, 0.0)
        text = ""
        if isinstance(layer.content, NumberContent):
            text = number_content(layer.content, value_at(layer.content.track, t, 0.0)).text
        scale = round(value_at(layer.scale, t, 1.0) * 4096) / 4096
        reveal = min(max(value_at(layer.reveal, t, 1.0), 0.0), 1.0)
        return text, round(x * self._steps) / self._steps, round(y * self._steps) / self._steps, scale, round(reveal, 4)

    def _place(self, text: str, x: float, y: float, scale: float) -> Patch:
        drawn = self._picture(text)
        left, top, _, _ = self._box(drawn, x, y, scale)
        left, top, yuva = left + drawn.left * scale, top + drawn.top * scale, drawn.yuva
        if self._resting and scale == 1.0 and left == int(left) and top == int(top):
            return patch_of(yuva, int(left), int(top))
        if scale < SMALLEST_WARP:
            # Averaged first, so that fine strokes do not flicker.
            high, wide = (max(round(side * scale), 1) for side in yuva.shape[:2])
            return moved(movable(scaled(yuva, wide, high)), left, top, 1.0, self._room)
        return moved(self._flat(text, yuva), left, top, scale, self._room)

    def _box(self, drawn: Drawn, x: float, y: float, scale: float) -> tuple[float, float, float, float]:
        """Left, top, width and height of the whole picture on the frame."""
        width, height = drawn.width, drawn.height
        # The anchor is a point of the content's own box; margins for blur and stroke lie outside it.
        anchor_x = self._margin + self._layer.anchor_x * (width - 2 * self._margin)
        anchor_y = self._margin + self._layer.anchor_y * (height - 2 * self._margin)
        return x - anchor_x * scale, y - anchor_y * scale, width * scale, height * scale

    def _edge(self, pose: Pose) -> float:
        """The column or row of the frame up to which the picture shows."""
        text, x, y, scale, share = pose
        left, top, width, height = self._box(self._picture(text), x, y, scale)
        side = self._layer.reveal_from
        start, length = (left, width) if side in ("left", "right") else (top, height)
        return start + length * (share if side in ("left", "top") else 1.0 - share)

    def _flat(self, text: str, yuva: Image) -> Patch:
        """The whole picture as planes, made once for as long as its text stays."""
        if self._planes is None or self._planes[0] != text:
            self._planes = (text, movable(yuva, one_colour(yuva)))
        return self._planes[1]

    def _picture(self, text: str) -> Drawn:
        return self._drawn if self._drawn is not None else self._made_once(text)

    def _made_once(self, text: str) -> Drawn:
        content = self._layer.content
        key: Hashable = ("sprite", content.model_dump_json(exclude={"track"}), text)
        return self._studio.assets.get(key, lambda: _made(content, text, self._studio))


def _made(content: TextContent | NumberContent | ShapeContent | ImageContent, text: str, studio: Studio) -> tuple[Drawn, int]:
    if isinstance(content, TextContent):
        rgba = rasterise_text(content)
    elif isinstance(content, NumberContent):
        # Its text is written already: only the font counts.
        rgba = rasterise_text(TextContent(text=text, font=content.font, max_lines=1, language=content.language))
    elif isinstance(content, ShapeContent):
        rgba = rasterise_shape(content)
    else:
        rgba = _logo(content, studio)
    drawn = _cut(yuva_of_rgba(rgba))
    return drawn, drawn.yuva.nbytes


def _cut(yuva: Image) -> Drawn:
    """The picture without the empty columns and rows around it; an even number of each goes, so that chroma stays where it was."""
    height, width = yuva.shape[:2]
    shown = cv2.boundingRect(np.ascontiguousarray(yuva[..., 3]))
    left, top = (max(first - CLEAR, 0) // 2 * 2 for first in shown[:2])
    right, bottom = min(shown[0] + shown[2] + CLEAR, width), min(shown[1] + shown[3] + CLEAR, height)
    return Drawn(np.ascontiguousarray(yuva[top:bottom, left:right]), left, top, width, height)


def _logo(content: ImageContent, studio: Studio) -> Image:
    """The picture within the content's box, with rounded corners."""
    path = studio.open(content.media)
    source = load_picture(path, content.name or path.name)
    width, height = max(round(content.width), 1), max(round(content.height), 1)
    part = min(width / source.shape[1], height / source.shape[0])
    fitted = scaled(source, max(round(source.shape[1] * part), 1), max(round(source.shape[0] * part), 1))
    box = np.zeros((height, width, 4), np.uint8)
    spare = {"start": 0.0, "center": 0.5, "end": 1.0}[content.align]
    y, x = max((height - fitted.shape[0]) // 2, 0), max(int((width - fitted.shape[1]) * spare), 0)
    area = box[y : y + fitted.shape[0], x : x + fitted.shape[1]]
    area[:] = fitted[: area.shape[0], : area.shape[1]]
    if content.radius > 0:
        shape = ShapeContent(
            shape="rectangle", width=area.shape[1], height=area.shape[0], fill="#ffffff", radius=content.radius
        )  # fmt: skip
        mask = cv2.merge([rasterise_shape(shape)[..., 3]] * 4)
        area[:] = cv2.multiply(np.ascontiguousarray(area), mask, scale=1 / 255)
    return box
