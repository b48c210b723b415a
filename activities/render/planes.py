"""Frames as planar YUV 4:2:0, BT.709, limited range: what the encoder takes, so no frame is ever converted.

Chroma lies as H.264 assumes it (left): a chroma sample sits on every second luma column and between two luma rows.
"""

from __future__ import annotations

from collections.abc import Iterator
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


BAND = 1 << 16
"""Pixels worked on at a time where a plane is made only to be used at once: it stays in the processor's cache, and so does its
memory in the heap."""


def bands(height: int, width: int) -> Iterator[slice]:
    """A plane's rows in runs of even length, each of about `BAND` pixels."""
    rows = max(BAND // max(width, 1) // 2 * 2, 2)
    return (slice(first, min(first + rows, height)) for first in range(0, height, rows))


def half(rows: slice) -> slice:
    """The rows, or columns, of chroma beside those of luma."""
    return slice(rows.start // 2, rows.stop // 2)


NOTHING = 1 / 512
"""A share of the neighbouring pixel that no 8-bit picture shows."""


def take(into: Image, source: Image, x: float, y: float) -> None:
    """Fill `into` with what `source` shows from (x, y) on, between pixels as a mix of two (four); it must reach that far."""
    height, width = into.shape
    column, row = round(x), round(y)
    if abs(x - column) < NOTHING and abs(y - row) < NOTHING:
        np.copyto(into, source[row : row + height, column : column + width])
    else:
        cv2.getRectSubPix(source, (width, height), (x + (width - 1) / 2, y + (height - 1) / 2), into, cv2.CV_8U)


def lay(ground: Image, colour: Image, keep: Image) -> None:
    """A premultiplied plane over the ground, of which `keep` (0..255) stays."""
    cv2.multiply(ground, keep, dst=ground, scale=1 / 255)
    cv2.add(ground, colour, dst=ground)


# --- two pictures -----------------------------------------------------------------------------------------------------


def laid_over(target: Planes, colour: Planes, keep: Planes) -> None:
    """A premultiplied picture of the target's size over it; `keep` is the share (0..255) of the target that stays."""
    for into, plane, stays in zip(target.each(), colour.each(), keep.each(), strict=True):
        lay(into, plane, stays)


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
