"""Patches: drawn pictures with alpha, placed, moved, faded and blended into frames plane by plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from activities.render.memory import Room
from activities.render.planes import Image, Planes, bands, half, halved, lay, take


@dataclass(slots=True, weakref_slot=True)
class Patch:
    """A premultiplied picture with alpha at an even place of the frame, ready to blend. Empty ones have no pixels.

    `keep` and `keep_chroma` are 255 less alpha: the share of the ground that stays. `colour` (Y, U, V) is told where the whole
    picture has one: its planes then follow from alpha. `solid` (rows and columns, even) may tell where nothing of the ground stays.
    """

    x: int
    y: int
    luma: Image
    u: Image
    v: Image
    keep: Image
    keep_chroma: Image
    colour: tuple[int, int, int] | None = None
    solid: tuple[slice, slice] | None = None


def patch_of(yuva: Image, x: int, y: int) -> Patch:
    """A patch from premultiplied YUVA whose upper left pixel lies on (x, y); both may be odd or negative."""
    left, top = x % 2, y % 2
    height, width = yuva.shape[:2]
    right, bottom = (left + width) % 2, (top + height) % 2
    if left or top or right or bottom:
        yuva = cv2.copyMakeBorder(yuva, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    height, width = yuva.shape[:2]
    luma, keep = np.empty((height, width), np.uint8), np.empty((height, width), np.uint8)
    u, v, keep_chroma = (np.empty((height // 2, width // 2), np.uint8) for _ in range(3))
    for rows in bands(height, width):
        luma[rows], *hues, alpha = cv2.split(yuva[rows])
        cv2.bitwise_not(alpha, dst=keep[rows])
        u[half(rows)], v[half(rows)], cover = cv2.split(halved(cv2.merge([*hues, alpha])))
        cv2.bitwise_not(cover, dst=keep_chroma[half(rows)])
    return Patch(x - left, y - top, luma, u, v, keep, keep_chroma)


PAD = 2
"""Empty columns and rows around a patch that is to be moved: `moved` takes what it shows between two pixels from there."""


def movable(yuva: Image, colour: tuple[int, int, int] | None = None) -> Patch:
    """Premultiplied YUVA, maybe of one `colour`, as a patch with a pad, whose corner without the pad lies on (0, 0)."""
    # What chroma's filter takes from the last column lies beyond it.
    padded = cv2.copyMakeBorder(yuva, PAD, PAD + 2, PAD, PAD + 2, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    patch = patch_of(padded, -PAD, -PAD)
    patch.colour = colour
    return patch


def one_colour(yuva: Image) -> tuple[int, int, int] | None:
    """The only colour (Y, U, V) of a premultiplied picture, None where it has several or none."""
    alpha = yuva[..., 3]
    row, column = divmod(int(alpha.argmax()), alpha.shape[1])
    most = int(alpha[row, column])
    if most == 0:
        return None
    y, u, v = (min(round(int(part) * 255 / most), 255) for part in yuva[row, column, :3])
    for rows in bands(*alpha.shape):
        band = np.ascontiguousarray(yuva[rows])
        expected = cv2.merge([cv2.convertScaleAbs(band[..., 3], alpha=part / 255) for part in (y, u, v)])
        if int(cv2.absdiff(band[..., :3], expected).max()) > 2:
            return None
    return y, u, v


def moved(patch: Patch, left: float, top: float, scale: float, room: Room | None = None) -> Patch:
    """The patch (of `movable`) with its upper left corner on (left, top), at `scale`; both may lie between pixels. In a `room` its
    planes last until something else is moved there.

    Each plane is moved by itself, chroma at its own size: a sixth of the work of moving the picture and halving it after. Chroma
    is left-sited: its sample i lies on luma column 2 i and between the rows 2 i and 2 i + 1. A patch that keeps its size is a mix
    of neighbouring pixels; one of one colour has its planes made from alpha.
    """
    left, top, room = left - PAD * scale, top - PAD * scale, room or Room()
    if scale == 1.0:
        return _shifted(patch, left, top, room)
    height, width = patch.luma.shape[:2]
    x, y = int(np.floor(left / 2)) * 2, int(np.floor(top / 2)) * 2
    wide, high = (even(np.ceil(end) - start + 1) for end, start in ((left + width * scale, x), (top + height * scale, y)))
    centre = (scale - 1) / 2
    across, down = left - x + centre, top - y + centre
    luma = np.array([[scale, 0.0, across], [0.0, scale, down]])
    chroma = np.array([[scale, 0.0, across / 2], [0.0, scale, (down + centre) / 2]])

    def warp(name: str, plane: Image, part: int, outside: int) -> Image:
        into = room.plane(name, high // part, wide // part)
        return cv2.warpAffine(
            plane, luma if part == 1 else chroma, (wide // part, high // part), dst=into, flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT, borderValue=(outside,),
        )  # fmt: skip

    return _each(patch, x, y, warp, room)


def _shifted(patch: Patch, left: float, top: float, room: Room) -> Patch:
    """The patch without its outermost columns and rows, moved by less than two pixels to the right and down."""
    x, y = int(np.floor(left / 2)) * 2, int(np.floor(top / 2)) * 2
    # What lies on (x + 2, y + 2) is the patch's pixel (2 - across, 2 - down).
    across, down = PAD - (left - x), PAD - (top - y)
    high, wide = patch.luma.shape[0] - PAD, patch.luma.shape[1] - PAD

    def shift(name: str, plane: Image, part: int, outside: int) -> Image:
        del outside
        into = room.plane(name, high // part, wide // part)
        take(into, plane, across / part, down / part)
        return into

    return _each(patch, x + PAD, y + PAD, shift, room)


def _each(patch: Patch, x: int, y: int, move: Callable[[str, Image, int, int], Image], room: Room) -> Patch:
    """The patch on (x, y), its planes moved by `move`, which takes name, plane, part of the luma's size, and what lies around."""
    keep, small = move("keep", patch.keep, 1, 255), move("keep_chroma", patch.keep_chroma, 2, 255)
    if patch.colour is None:
        luma, u, v = move("luma", patch.luma, 1, 0), move("u", patch.u, 2, 0), move("v", patch.v, 2, 0)
    else:
        luma, u, v = (
            cv2.convertScaleAbs(stays, dst=room.plane(name, *stays.shape), alpha=-part / 255, beta=part)
            for name, stays, part in zip(("luma", "u", "v"), (keep, small, small), patch.colour, strict=True)
        )
    return Patch(x, y, luma, u, v, keep, small, patch.colour)


def even(length: float) -> int:
    """The next even whole number."""
    whole = int(length)
    return whole + whole % 2


def faded(patch: Patch, opacity: float) -> Patch:
    """The patch at a share (0..1) of its strength."""
    if opacity >= 1.0 or patch.luma.size == 0:
        return patch
    luma, u, v = (_fainter(plane, opacity) for plane in (patch.luma, patch.u, patch.v))
    keep, keep_chroma = (_clearer(plane, opacity) for plane in (patch.keep, patch.keep_chroma))
    return Patch(patch.x, patch.y, luma, u, v, keep, keep_chroma)


def _fainter(colour: Image, opacity: float) -> Image:
    return cv2.convertScaleAbs(colour, alpha=opacity)


def _clearer(keep: Image, opacity: float) -> Image:
    return cv2.convertScaleAbs(keep, alpha=opacity, beta=255.0 * (1.0 - opacity))


def revealed(patch: Patch, edge: float, side: str) -> tuple[Patch, Patch]:
    """What lies between the `side` (left, right, top, bottom) and the edge, a column or row of the frame, and that edge's own two
    pixels, as strong as they show: together they are the part of the patch that shows."""
    height, width = patch.luma.shape[:2]
    across = side in ("left", "right")
    length, at = (width, edge - patch.x) if across else (height, edge - patch.y)
    shown = min(max(at if side in ("left", "top") else length - at, 0.0), float(length))
    whole = min(int(shown) // 2 * 2, length - 2)
    strength = min((shown - whole) / 2, 1.0)
    if side in ("left", "top"):
        return _part(patch, 0, whole, across), faded(_part(patch, whole, whole + 2, across), strength)
    return (
        _part(patch, length - whole, length, across),
        faded(_part(patch, length - whole - 2, length - whole, across), strength),
    )


def _part(patch: Patch, start: int, end: int, across: bool) -> Patch:
    """Its columns, or rows, from an even one to an even one."""

    def cut(plane: Image, part: int) -> Image:
        piece = slice(start // part, end // part)
        return plane[:, piece] if across else plane[piece]

    x, y = (patch.x + start, patch.y) if across else (patch.x, patch.y + start)
    return Patch(
        x, y, cut(patch.luma, 1), cut(patch.u, 2), cut(patch.v, 2), cut(patch.keep, 1), cut(patch.keep_chroma, 2), patch.colour
    )


LEAST_SOLID = 1 << 16
"""Pixels of a solid part from which it is worth a copy of its own: a copy takes an eighth of a blending."""


def solid_part(patch: Patch) -> tuple[slice, slice] | None:
    """A large rectangle of the patch, in rows and columns, of which nothing can be seen through; None where there is none.

    It lies about the row with most of such pixels: the widest one, but not the largest of any shape.
    """
    solid = patch.keep == 0
    counts = np.count_nonzero(solid, axis=1)
    widest = int(counts.argmax()) if counts.size else 0
    if not counts.size or counts[widest] * len(counts) < LEAST_SOLID:
        return None
    inside = np.flatnonzero(solid[widest])
    columns = _inner(int(inside[0]), int(inside[-1]) + 1)
    whole = solid[:, columns].all(axis=1)
    after, before = np.flatnonzero(~whole[widest:]), np.flatnonzero(~whole[:widest])
    rows = _inner(int(before[-1]) + 1 if before.size else 0, widest + int(after[0]) if after.size else len(whole))
    if (rows.stop - rows.start) * (columns.stop - columns.start) < LEAST_SOLID:
        return None
    return None if patch.keep_chroma[half(rows), half(columns)].any() else (rows, columns)


def _inner(start: int, stop: int) -> slice:
    """From an even one to an even one, without the outermost four: the chroma there is mixed with its neighbours'."""
    return slice(start + 4 + start % 2, stop - 4 - stop % 2)


def blend(target: Planes, patch: Patch, opacity: float = 1.0) -> None:
    """Draw the patch over the target, clipped to it, at a share (0..1) of its strength."""
    height, width = patch.luma.shape[:2]
    top, left = max(-patch.y, 0), max(-patch.x, 0)
    bottom, right = min(height, target.height - patch.y), min(width, target.width - patch.x)
    if patch.solid is None or opacity < 1.0:
        _blend_box(target, patch, slice(top, bottom), slice(left, right), opacity)
        return
    rows, columns = (_within(part, *ends) for part, ends in zip(patch.solid, ((top, bottom), (left, right)), strict=True))
    for into, plane, part in zip(target.each(), (patch.luma, patch.u, patch.v), (1, 2, 2), strict=True):
        y, x = slice(rows.start // part, rows.stop // part), slice(columns.start // part, columns.stop // part)
        np.copyto(into[_moved(y, patch.y // part), _moved(x, patch.x // part)], plane[y, x])
    for high, wide in (
        (slice(top, rows.start), slice(left, right)),
        (slice(rows.stop, bottom), slice(left, right)),
        (rows, slice(left, columns.start)),
        (rows, slice(columns.stop, right)),
    ):
        _blend_box(target, patch, high, wide, opacity)


def _within(part: slice, start: int, stop: int) -> slice:
    first = min(max(part.start, start), stop)
    return slice(first, max(min(part.stop, stop), first))


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)


def _blend_box(target: Planes, patch: Patch, rows: slice, columns: slice, opacity: float) -> None:
    """These rows and columns of the patch, from an even one to an even one, which lie on the target."""
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    ground = (_moved(rows, patch.y), _moved(columns, patch.x))
    _lay_faded(target.y[ground], patch.luma[rows, columns], patch.keep[rows, columns], opacity)
    small, below = (half(rows), half(columns)), (half(ground[0]), half(ground[1]))
    _lay_faded(target.u[below], patch.u[small], patch.keep_chroma[small], opacity)
    _lay_faded(target.v[below], patch.v[small], patch.keep_chroma[small], opacity)


def _lay_faded(ground: Image, colour: Image, keep: Image, opacity: float) -> None:
    if opacity >= 1.0:
        lay(ground, colour, keep)
        return
    for rows in bands(*ground.shape):
        lay(ground[rows], _fainter(colour[rows], opacity), _clearer(keep[rows], opacity))
