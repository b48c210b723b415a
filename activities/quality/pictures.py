"""Watching the pictures of a film: black, frozen, flashing. Fed with small copies of each frame's planes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from activities.quality.facts import Span
from activities.quality.flashes import FlashWatch

Grey = NDArray[np.uint8]

BLACK = 28
"""Luma (limited range, black is 16) that nearly no pixel passes in a black picture."""
BLACK_SECONDS = 0.5
FROZEN_SECONDS = 4.0
CHANGED_BY, CHANGED_SHARE, CHANGED_MEAN = 6, 0.0005, 1.0
"""A picture has changed when this share of its pixels differs by more than so many steps of luma, or all by so much on average;
what a codec does to a picture that stands still remains below."""


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
        self._still: tuple[float, Grey] | None = None
        self.flashes = FlashWatch()

    def see(self, at: float, small: Grey, blue: Grey, red: Grey) -> None:
        """The frame that appears at `at` seconds: small copies of its planes."""
        self._see_black(at, small)
        self._see_still(at, small)
        since = self.flashes.see(at, small, blue, red)
        if since is not None:
            span = Span(since, at)
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

    def _see_still(self, at: float, small: Grey) -> None:
        if self._still is not None:
            change = cv2.absdiff(small, self._still[1])
            if np.count_nonzero(change > CHANGED_BY) <= CHANGED_SHARE * change.size and cv2.mean(change)[0] <= CHANGED_MEAN:
                return
            self._end_still(at)
        self._still = (at, small)

    def _end_still(self, at: float) -> None:
        if self._still is not None and at - self._still[0] >= FROZEN_SECONDS:
            self.frozen.append(Span(self._still[0], at))
