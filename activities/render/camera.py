"""The camera: which part of a larger picture fills the frame, and how it is drawn there, to a fraction of a pixel.

A picture that is to be drawn under a moving camera is held as a `Canvas`, a little larger than the frame. OpenCV's `resize`
is three times as fast as its `warpAffine`, and takes any scale, but begins at whole pixels of the source. Since a scale
such as 1.07 moves each next column by another fraction, one of the first fifty columns falls nearly where the frame's first
column must lie: the picture is resized from there, and the columns before it are thrown away.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import cv2
import numpy as np

from activities.render.easing import drifting_value, settled
from activities.render.planes import Image, Planes, take
from activities.render.timeline import Camera

LARGEST_ZOOM = 8.0
OVERSIZE = 1.07
"""A canvas is this much larger than the frame at the closest zoom: the fractions above need a scale off 1."""
LEAD = 48
"""Columns and rows tried for the best fraction."""
NEAR_ENOUGH, NEAR_ENOUGH_CHROMA = 0.03, 0.08
"""Pixels of the plane: where no fraction comes nearer, the slower way is taken. The eye sees no colour that fine."""
MARGIN = 64
"""Pixels around each plane of a canvas, for the columns and rows thrown away."""
_scratch = threading.local()


@dataclass(frozen=True, slots=True)
class View:
    """A rectangle of the source in its pixels' edges (0 is the left edge of the first column)."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Canvas:
    """A picture with its edge repeated `MARGIN` pixels outwards, in every plane. `size` is the picture's own, in luma."""

    planes: Planes
    size: tuple[int, int]


def canvas_of(planes: Planes) -> Canvas:
    """The picture with a margin."""
    y, u, v = (cv2.copyMakeBorder(plane, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_REPLICATE) for plane in planes.each())
    return Canvas(Planes(y, u, v), (planes.width, planes.height))


def still_camera(camera: Camera) -> bool:
    """Whether the camera never moves."""
    return settled(camera.zoom) and settled(camera.x) and settled(camera.y)


def view_at(
    camera: Camera, t: float, source: tuple[int, int], frame: tuple[int, int], focus: tuple[float, float] = (0.5, 0.5)
) -> View:
    """What the frame (width, height) shows of the source (width, height) at `t`: zoom 1 just fills it; never beyond an edge."""
    zoom = min(max(drifting_value(camera.zoom, t, 1.0), 1.0), LARGEST_ZOOM)
    fill = max(frame[0] / source[0], frame[1] / source[1]) * zoom
    width, height = frame[0] / fill, frame[1] / fill
    x = drifting_value(camera.x, t, focus[0]) * source[0] - width / 2
    y = drifting_value(camera.y, t, focus[1]) * source[1] - height / 2
    return View(min(max(x, 0.0), source[0] - width), min(max(y, 0.0), source[1] - height), width, height)


def draw(target: Planes, source: Canvas | Planes, view: View) -> None:
    """Fill the target with the view of the source, bilinear, each plane where its samples lie."""
    scale_x, scale_y = view.width / target.width, view.height / target.height
    planes, margin = (source.planes, MARGIN) if isinstance(source, Canvas) else (source, 0)
    if scale_x == scale_y == 1.0:
        _panned(target, source, view)
        return
    # Pixel centres: column i of the frame shows source column x + (i + 1/2) * scale - 1/2. Chroma columns sit on every
    # second luma column, chroma rows between two luma rows.
    x, y = view.x + (scale_x - 1) / 2, view.y + (scale_y - 1) / 2
    half_x, half_y = x / 2, (view.y + scale_y - 1) / 2
    for into, plane, at_x, at_y, near in (
        (target.y, planes.y, x, y, NEAR_ENOUGH),
        (target.u, planes.u, half_x, half_y, NEAR_ENOUGH_CHROMA),
        (target.v, planes.v, half_x, half_y, NEAR_ENOUGH_CHROMA),
    ):
        if not margin or not _resized(into, plane, (scale_x, scale_y), (at_x + margin, at_y + margin), near):
            _warp(into, plane, scale_x, scale_y, at_x + margin, at_y + margin)


def draw_fixed(target: Planes, source: Planes, view: View) -> None:
    """As `draw` for a view that never moves: rounded to whole pixels, which is three times faster and sharper."""
    x, y = 2 * round(view.x / 2), 2 * round(view.y / 2)
    width = min(2 * round(view.width / 2), source.width - x)
    height = min(2 * round(view.height / 2), source.height - y)
    for into, plane, part in zip(target.each(), source.each(), (1, 2, 2), strict=True):
        cut = plane[y // part : (y + height) // part, x // part : (x + width) // part]
        if cut.shape == into.shape:
            np.copyto(into, cut)
        else:
            larger = cut.shape[0] < into.shape[0]
            way = cv2.INTER_CUBIC if larger else cv2.INTER_LINEAR
            cv2.resize(cut, (into.shape[1], into.shape[0]), dst=into, interpolation=way)


def _panned(target: Planes, source: Canvas | Planes, view: View) -> None:
    """A view of the source's own size: neighbouring pixels mixed, each plane where its samples lie."""
    canvas = source if isinstance(source, Canvas) else canvas_of(source)
    for into, plane, part in zip(target.each(), canvas.planes.each(), (1, 2, 2), strict=True):
        take(into, plane, view.x / part + MARGIN, view.y / part + MARGIN)


def _warp(into: Image, plane: Image, scale_x: float, scale_y: float, x: float, y: float) -> None:
    cv2.warpAffine(
        plane,
        np.array([[scale_x, 0.0, x], [0.0, scale_y, y]]),
        (into.shape[1], into.shape[0]),
        dst=into,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _resized(into: Image, plane: Image, scale: tuple[float, float], at: tuple[float, float], near: float) -> bool:
    """As `_warp`, by way of `resize`; False where no start comes near enough."""
    wide = _start(into.shape[1], plane.shape[1], scale[0], at[0], near)
    high = _start(into.shape[0], plane.shape[0], scale[1], at[1], near)
    if wide is None or high is None:
        return False
    (lead_x, x, columns), (lead_y, y, rows) = wide, high
    fx, fy = 1.0 / scale[0], 1.0 / scale[1]
    whole = _buffer(round(rows * fy), round(columns * fx))
    cv2.resize(plane[y : y + rows, x : x + columns], None, dst=whole, fx=fx, fy=fy, interpolation=cv2.INTER_LINEAR)
    np.copyto(into, whole[lead_y : lead_y + into.shape[0], lead_x : lead_x + into.shape[1]])
    return True


def _start(length: int, available: int, scale: float, at: float, near: float) -> tuple[int, int, int] | None:
    """Pixels thrown away, first pixel of the source, and how many of it; None where it does not work out.

    Pixel j of a resized picture shows (j + 1/2) * scale - 1/2 of its source; pixel `lead` must show `at`.
    """
    begin = at - scale * _LEADS - scale / 2 + 0.5
    first = np.round(begin)
    miss = np.where(first >= 0, np.abs(begin - first), 1.0)
    lead = int(np.argmin(miss))
    count = int(np.ceil((length + lead) * scale)) + 1
    if miss[lead] > near or int(first[lead]) + count > available or round(count / scale) < length + lead:
        return None
    return lead, int(first[lead]), count


_LEADS = np.arange(LEAD + 1)


def _buffer(rows: int, columns: int) -> Image:
    """Memory for a resized plane, the same for every frame of a thread."""
    held = getattr(_scratch, "bytes", None)
    if held is None or held.size < rows * columns:
        held = _scratch.bytes = np.empty(rows * columns * 9 // 8, np.uint8)
    return np.asarray(held[: rows * columns].reshape(rows, columns))
