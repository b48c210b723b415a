"""Frames as planar YUV 4:2:0, BT.709, limited range: what the encoder takes, so no frame is ever converted.

Chroma lies as H.264 assumes it (left): a chroma sample sits on every second luma column and between two luma rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[Any]
"""Bytes in rows, columns and, where there are several, channels (`Any`, since OpenCV's stubs name no type of their results)."""

BLACK = (16, 128, 128)
KR, KG, KB = 0.2126, 0.7152, 0.0722
"""Luma weights of ITU-R BT.709."""

# Rows give Y, U, V (limited range: 219 and 224 steps) of R, G, B in 0..255.
RGB_TO_YUV: NDArray[np.float64] = np.array(
    [
        [KR * 219 / 255, KG * 219 / 255, KB * 219 / 255],
        [-KR / (1 - KB) / 2 * 224 / 255, -KG / (1 - KB) / 2 * 224 / 255, 0.5 * 224 / 255],
        [0.5 * 224 / 255, -KG / (1 - KR) / 2 * 224 / 255, -KB / (1 - KR) / 2 * 224 / 255],
    ]
)
_OFFSETS = np.array([[16.0], [128.0], [128.0]])
OPAQUE = np.hstack([RGB_TO_YUV, _OFFSETS])
"""To YUV of opaque RGB (a fourth figure of 1 adds the offsets)."""
# The same for premultiplied RGBA: the offsets count as much as the pixel covers.
_PREMULTIPLIED = np.vstack([np.hstack([RGB_TO_YUV, _OFFSETS / 255.0]), [[0.0, 0.0, 0.0, 1.0]]])


@dataclass(slots=True)
class Planes:
    """A picture: luma, and two chroma planes of half its size. Views may lie on a codec's memory, which `frame` keeps.
    `keep`, of pictures that can be seen through: the share (0..255) of the ground that stays; their colours are premultiplied."""

    y: Image
    u: Image
    v: Image
    frame: av.VideoFrame | None = None
    keep: Planes | None = None

    @property
    def width(self) -> int:
        """Luma columns."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Luma rows."""
        return int(self.y.shape[0])

    def copy_from(self, other: Planes) -> None:
        """Take over the pixels of a picture of the same size."""
        np.copyto(self.y, other.y)
        np.copyto(self.u, other.u)
        np.copyto(self.v, other.v)

    def fill(self, colour: tuple[int, int, int] = BLACK) -> None:
        """One colour (Y, U, V) everywhere."""
        self.y[:], self.u[:], self.v[:] = colour

    def each(self) -> tuple[Image, Image, Image]:
        """Luma, then the two of chroma."""
        return self.y, self.u, self.v


def new_planes(width: int, height: int) -> Planes:
    """A picture in plain memory, of unset content; sides are rounded up to even figures."""
    width, height = width + width % 2, height + height % 2
    return Planes(
        np.empty((height, width), np.uint8),
        np.empty((height // 2, width // 2), np.uint8),
        np.empty((height // 2, width // 2), np.uint8),
    )


def planes_of(frame: av.VideoFrame) -> Planes:
    """Views on the memory of a yuv420p frame: what is drawn there is what the encoder sees."""
    return Planes(plane_of(frame, 0), plane_of(frame, 1), plane_of(frame, 2), frame)


def plane_of(frame: av.VideoFrame, number: int, kind: type[np.uint8] | type[np.uint16] = np.uint8) -> Image:
    """A view on one plane of a planar frame of samples of this kind."""
    plane = frame.planes[number]
    samples: Image = np.frombuffer(plane, kind)  # type: ignore[call-overload]
    across = plane.line_size // samples.itemsize
    return samples[: plane.height * across].reshape(plane.height, across)[:, : plane.width]


def new_frame(width: int, height: int) -> Planes:
    """A picture on a new frame that an encoder takes."""
    return planes_of(av.VideoFrame(width, height, "yuv420p"))


def halved(plane: Image) -> Image:
    """Chroma of half size from full size, left-sited: two rows averaged, columns weighted 1 2 1 around every second one."""
    height, width = plane.shape[:2]
    rows = cv2.resize(plane, (width, height // 2), interpolation=cv2.INTER_AREA)
    smooth = cv2.sepFilter2D(rows, -1, np.array([0.25, 0.5, 0.25]), np.array([1.0]), borderType=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(smooth[:, ::2])


def planes_of_rgb(rgb: Image) -> Planes:
    """An opaque RGB picture (sides even) as planes."""
    y, u, v = cv2.split(cv2.transform(np.ascontiguousarray(rgb), OPAQUE))
    return Planes(y, halved(u), halved(v))


def yuva_of_rgba(rgba: Image) -> Image:
    """Premultiplied RGBA as premultiplied YUVA (four channels of full size)."""
    converted: Image = cv2.transform(np.ascontiguousarray(rgba), _PREMULTIPLIED)
    return converted


def yuv_of_rgb(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """One colour."""
    y, u, v = (RGB_TO_YUV @ np.array(colour, float) + _OFFSETS[:, 0]).round().astype(int)
    return int(y), int(u), int(v)


def rgb_of_hex(text: str) -> tuple[int, int, int, int]:
    """`#rrggbb` or `#rrggbbaa` as red, green, blue, alpha (0..255)."""
    digits = text.lstrip("#")
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return red, green, blue, int(digits[6:8], 16) if len(digits) == 8 else 255


# --- sprites ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Patch:
    """A premultiplied picture with alpha at an even place of the frame, ready to blend. Empty ones have no pixels.

    `keep` and `keep_chroma` are 255 less alpha: the share of the ground that stays. `colour` (Y, U, V) is told where the whole
    picture has one: its planes then follow from alpha.
    """

    x: int
    y: int
    luma: Image
    u: Image
    v: Image
    keep: Image
    keep_chroma: Image
    colour: tuple[int, int, int] | None = None


def patch_of(yuva: Image, x: int, y: int) -> Patch:
    """A patch from premultiplied YUVA whose upper left pixel lies on (x, y); both may be odd or negative."""
    left, top = x % 2, y % 2
    height, width = yuva.shape[:2]
    right, bottom = (left + width) % 2, (top + height) % 2
    if left or top or right or bottom:
        yuva = cv2.copyMakeBorder(yuva, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    luma, u, v, alpha = cv2.split(yuva)
    small = halved(cv2.merge([u, v, alpha]))
    return Patch(
        x - left, y - top, luma, np.ascontiguousarray(small[..., 0]), np.ascontiguousarray(small[..., 1]),
        cv2.bitwise_not(alpha), cv2.bitwise_not(np.ascontiguousarray(small[..., 2])),
    )  # fmt: skip


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
    expected = cv2.merge([cv2.convertScaleAbs(alpha, alpha=part / 255) for part in (y, u, v)])
    return (y, u, v) if int(cv2.absdiff(yuva[..., :3], expected).max()) <= 2 else None


def moved(patch: Patch, left: float, top: float, scale: float) -> Patch:
    """The patch (of `movable`) with its upper left corner on (left, top), at `scale`; both may lie between pixels.

    Each plane is moved by itself, chroma at its own size: a sixth of the work of moving the picture and halving it after. Chroma
    is left-sited: its sample i lies on luma column 2 i and between the rows 2 i and 2 i + 1. A patch that keeps its size is a mix
    of neighbouring pixels; one of one colour has its planes made from alpha.
    """
    left, top = left - PAD * scale, top - PAD * scale
    if scale == 1.0:
        return _shifted(patch, left, top)
    height, width = patch.luma.shape[:2]
    x, y = int(np.floor(left / 2)) * 2, int(np.floor(top / 2)) * 2
    wide, high = (even(np.ceil(end) - start + 1) for end, start in ((left + width * scale, x), (top + height * scale, y)))
    centre = (scale - 1) / 2
    across, down = left - x + centre, top - y + centre
    luma = np.array([[scale, 0.0, across], [0.0, scale, down]])
    chroma = np.array([[scale, 0.0, across / 2], [0.0, scale, (down + centre) / 2]])

    def warp(plane: Image, matrix: NDArray[np.float64], outside: int) -> Image:
        size = (wide, high) if matrix is luma else (wide // 2, high // 2)
        return cv2.warpAffine(
            plane, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(outside,)
        )  # fmt: skip

    keep, keep_chroma = warp(patch.keep, luma, 255), warp(patch.keep_chroma, chroma, 255)
    if patch.colour is not None:
        return _coloured(x, y, keep, keep_chroma, patch.colour)
    return Patch(x, y, warp(patch.luma, luma, 0), warp(patch.u, chroma, 0), warp(patch.v, chroma, 0), keep, keep_chroma)


def _shifted(patch: Patch, left: float, top: float) -> Patch:
    """The patch without its outermost columns and rows, moved by less than two pixels to the right and down."""
    x, y = int(np.floor(left / 2)) * 2, int(np.floor(top / 2)) * 2
    # What lies on (x + 2, y + 2) is the patch's pixel (2 - across, 2 - down).
    across, down = PAD - (left - x), PAD - (top - y)
    high, wide = patch.luma.shape[0] - PAD, patch.luma.shape[1] - PAD

    def shift(plane: Image, part: int) -> Image:
        into = np.empty((high // part, wide // part), np.uint8)
        take(into, plane, across / part, down / part)
        return into

    x, y = x + PAD, y + PAD
    keep, keep_chroma = shift(patch.keep, 1), shift(patch.keep_chroma, 2)
    if patch.colour is not None:
        return _coloured(x, y, keep, keep_chroma, patch.colour)
    return Patch(x, y, shift(patch.luma, 1), shift(patch.u, 2), shift(patch.v, 2), keep, keep_chroma)


def _coloured(x: int, y: int, keep: Image, keep_chroma: Image, colour: tuple[int, int, int]) -> Patch:
    luma, u, v = (
        cv2.convertScaleAbs(plane, alpha=-part / 255, beta=part)
        for plane, part in zip((keep, keep_chroma, keep_chroma), colour, strict=True)
    )
    return Patch(x, y, luma, u, v, keep, keep_chroma, colour)


NOTHING = 1 / 512
"""A share of the neighbouring pixel that no 8-bit picture shows."""


def take(into: Image, source: Image, x: float, y: float) -> None:
    """Fill `into` with what `source` shows from (x, y) on, between pixels as a mix of two (four); it must reach that far."""
    height, width = into.shape
    column, row = int(x), int(y)
    right, down = x - column, y - row
    begin = source[row : row + height, column : column + width]
    if right < NOTHING and down < NOTHING:
        np.copyto(into, begin)
    elif down < NOTHING:
        cv2.addWeighted(begin, 1 - right, source[row : row + height, column + 1 : column + 1 + width], right, 0.0, dst=into)
    elif right < NOTHING:
        cv2.addWeighted(begin, 1 - down, source[row + 1 : row + 1 + height, column : column + width], down, 0.0, dst=into)
    else:
        rows = slice(row, row + height + 1)
        mixed = cv2.addWeighted(
            source[rows, column : column + width], 1 - right, source[rows, column + 1 : column + 1 + width], right, 0.0
        )
        cv2.addWeighted(mixed[:-1], 1 - down, mixed[1:], down, 0.0, dst=into)


def even(length: float) -> int:
    """The next even whole number."""
    whole = int(length)
    return whole + whole % 2


def faded(patch: Patch, opacity: float) -> Patch:
    """The patch at a share (0..1) of its strength."""
    if opacity >= 1.0 or patch.luma.size == 0:
        return patch
    luma, u, v = (cv2.convertScaleAbs(plane, alpha=opacity) for plane in (patch.luma, patch.u, patch.v))
    keep, keep_chroma = (
        cv2.convertScaleAbs(plane, alpha=opacity, beta=255.0 * (1.0 - opacity)) for plane in (patch.keep, patch.keep_chroma)
    )
    return Patch(patch.x, patch.y, luma, u, v, keep, keep_chroma)


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


def blend(target: Planes, patch: Patch) -> None:
    """Draw the patch over the target, clipped to it."""
    height, width = patch.luma.shape[:2]
    x0, y0 = max(patch.x, 0), max(patch.y, 0)
    x1, y1 = min(patch.x + width, target.width), min(patch.y + height, target.height)
    if x0 >= x1 or y0 >= y1:
        return
    part = (slice(y0 - patch.y, y1 - patch.y), slice(x0 - patch.x, x1 - patch.x))
    _over(target.y[y0:y1, x0:x1], patch.luma[part], patch.keep[part])
    half = tuple(slice(side.start // 2, side.stop // 2) for side in part)
    ground = (slice(y0 // 2, y1 // 2), slice(x0 // 2, x1 // 2))
    _over(target.u[ground], patch.u[half], patch.keep_chroma[half])
    _over(target.v[ground], patch.v[half], patch.keep_chroma[half])


def _over(ground: Image, colour: Image, keep: Image) -> None:
    cv2.multiply(ground, keep, dst=ground, scale=1 / 255)
    cv2.add(ground, colour, dst=ground)


# --- two pictures -----------------------------------------------------------------------------------------------------


def laid_over(target: Planes, colour: Planes, keep: Planes) -> None:
    """A premultiplied picture of the target's size over it; `keep` is the share (0..255) of the target that stays."""
    for into, plane, stays in zip(target.each(), colour.each(), keep.each(), strict=True):
        _over(into, plane, stays)


def crossfade(target: Planes, before: Planes, after: Planes, share: float) -> None:
    """`share` (0..1) of `after` over `before`."""
    for into, old, new in zip(target.each(), before.each(), after.each(), strict=True):
        cv2.addWeighted(old, 1.0 - share, new, share, 0.0, dst=into)


def dimmed(target: Planes, source: Planes, light: float) -> None:
    """`source` at a share (0..1) of its light: 0 is black."""
    for into, plane, black in zip(target.each(), source.each(), BLACK, strict=True):
        cv2.convertScaleAbs(plane, dst=into, alpha=light, beta=black * (1.0 - light))


def wipe(target: Planes, before: Planes, after: Planes, share: float, direction: str) -> None:
    """An edge that moves in `direction` uncovers `after`."""
    target.copy_from(before)
    shown = _uncovered(target, share, direction)
    for into, new, scale in zip(target.each(), after.each(), (1, 2, 2), strict=True):
        area = tuple(slice(side.start // scale, side.stop // scale) for side in shown)
        into[area] = new[area]


def slide(target: Planes, before: Planes, after: Planes, share: float, direction: str) -> None:
    """`after` pushes `before` out in `direction`."""
    along = target.width if direction in ("left", "right") else target.height
    moved = 2 * round(share * along / 2)
    for into, old, new, scale in zip(target.each(), before.each(), after.each(), (1, 2, 2), strict=True):
        step = moved // scale
        if direction in ("up", "down"):
            into, old, new = into.T, old.T, new.T
        rest = into.shape[1] - step
        if direction in ("left", "up"):
            into[:, :rest], into[:, rest:] = old[:, step:], new[:, :step]
        else:
            into[:, step:], into[:, :step] = old[:, :rest], new[:, rest:]


def _uncovered(target: Planes, share: float, direction: str) -> tuple[slice, slice]:
    across, down = 2 * round(share * target.width / 2), 2 * round(share * target.height / 2)
    rows, columns = slice(0, target.height), slice(0, target.width)
    if direction == "left":
        columns = slice(target.width - across, target.width)
    elif direction == "right":
        columns = slice(0, across)
    elif direction == "up":
        rows = slice(target.height - down, target.height)
    else:
        rows = slice(0, down)
    return rows, columns
