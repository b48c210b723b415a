"""Watching the pictures of a film: black, frozen, flashing. Fed with small grey pictures, one a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from activities.quality.facts import Span

Grey = NDArray[np.uint8]

COLUMNS, ROWS = 16, 9
"""The grid on which brightness is followed."""
BLACK = 28
"""Luma (limited range, black is 16) that nearly no pixel passes in a black picture."""
BLACK_SECONDS = 0.5
FROZEN_SECONDS = 4.0
CHANGED_BY, CHANGED_SHARE, CHANGED_MEAN = 6, 0.0005, 1.0
"""A picture has changed when this share of its pixels differs by more than so many steps of luma, or all by so much on average;
what a codec does to a picture that stands still remains below."""
FLASH_STEP, FLASH_DARK, FLASH_AREA, FLASHES = 0.1, 0.8, 0.25, 3
"""A flash is a pair of opposing changes of a tenth of full luminance whose darker side is under 0.8, on a quarter of the
picture; more than three within a second are dangerous (ITU-R BT.1702, WCAG 2.3.1)."""


def shrunk(luma: Grey, across: int = 160) -> Grey:
    """A small copy of a plane of luma: one pixel of each square, which costs far less than scaling."""
    step = max(1, luma.shape[1] // across)
    return luma[step // 2 :: step, step // 2 :: step].copy()


class PictureWatch:
    """Follows a film frame by frame and remembers only what matters."""

    def __init__(self) -> None:
        self.black: list[Span] = []
        self.frozen: list[Span] = []
        self.flashing: list[Span] = []
        self._black_since: float | None = None
        self._still: tuple[float, NDArray[np.int16]] | None = None
        self._flashes = _Flashes()

    def see(self, at: float, small: Grey) -> None:
        """The frame that appears at `at` seconds."""
        self._see_black(at, small)
        self._see_still(at, small.astype(np.int16))
        if self._flashes.see(at, small):
            span = Span(max(0.0, at - 1.0), at)
            if self.flashing and span.start <= self.flashing[-1].end + 0.5:
                span = Span(self.flashing.pop().start, at)
            self.flashing.append(span)

    def finish(self, end: float) -> None:
        """The film ends at `end` seconds."""
        self._end_black(end)
        self._end_still(end)

    def _see_black(self, at: float, small: Grey) -> None:
        if np.count_nonzero(small > BLACK) <= small.size // 200:
            self._black_since = at if self._black_since is None else self._black_since
        else:
            self._end_black(at)

    def _end_black(self, at: float) -> None:
        if self._black_since is not None and at - self._black_since >= BLACK_SECONDS:
            self.black.append(Span(self._black_since, at))
        self._black_since = None

    def _see_still(self, at: float, small: NDArray[np.int16]) -> None:
        if self._still is not None:
            change = np.abs(small - self._still[1])
            if np.count_nonzero(change > CHANGED_BY) <= CHANGED_SHARE * change.size and change.mean() <= CHANGED_MEAN:
                return
            self._end_still(at)
        self._still = (at, small)

    def _end_still(self, at: float) -> None:
        if self._still is not None and at - self._still[0] >= FROZEN_SECONDS:
            self.frozen.append(Span(self._still[0], at))


class _Flashes:
    """Counts, for each field of the grid, how often its luminance turned within the last second."""

    def __init__(self) -> None:
        fields = COLUMNS * ROWS
        self._turns = np.full((2 * FLASHES + 1, fields), -np.inf)
        self._next = np.zeros(fields, np.intp)
        self._extreme: NDArray[np.float64] | None = None
        self._rising = np.zeros(fields, np.bool_)

    def see(self, at: float, small: Grey) -> bool:
        """Whether more than three flashes lie within the second before `at` on a quarter of the picture."""
        light = luminance(small)
        if self._extreme is None:
            self._extreme = light
            return False
        further = np.where(self._rising, light > self._extreme, light < self._extreme)
        self._extreme = np.where(further, light, self._extreme)
        turned = (np.abs(light - self._extreme) >= FLASH_STEP) & (np.minimum(light, self._extreme) < FLASH_DARK)
        fields = np.flatnonzero(turned)
        if not len(fields):
            return False
        self._rising[fields] = ~self._rising[fields]
        self._extreme[fields] = light[fields]
        self._turns[self._next[fields], fields] = at
        self._next[fields] = (self._next[fields] + 1) % len(self._turns)
        dangerous = at - self._turns.min(axis=0) <= 1.0
        return bool(dangerous.mean() >= FLASH_AREA)


def luminance(small: Grey) -> NDArray[np.float64]:
    """Relative luminance (0..1) of each field of the grid."""
    height, width = small.shape
    rows, columns = np.arange(ROWS) * height // ROWS, np.arange(COLUMNS) * width // COLUMNS
    sums = np.add.reduceat(np.add.reduceat(small, rows, axis=0, dtype=np.int64), columns, axis=1)
    areas = np.outer(np.diff(np.append(rows, height)), np.diff(np.append(columns, width)))
    signal = np.clip((sums / areas - 16.0) / 219.0, 0.0, 1.0)
    light: NDArray[np.float64] = signal.ravel() ** 2.4
    return light
