"""Interlaced pictures made whole: camcorders record two half pictures a frame, a moment apart, which comb where something moves."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

from activities.render.planes import plane_of

_STICKS_OUT = 10
"""Steps by which a row must pass both its neighbours, on the same side, to count as combed."""
_BLOCK = (16, 8)
_COMBED = 0.25
"""Share of such pixels in some block from which a frame is taken to be combed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A picture that shows from `at` for `length` seconds; equal `number`s, equal pictures. A file's own have even ones."""

    number: int
    at: float
    length: float
    frame: VideoFrame
    damaged: bool = False


def whole(moments: Iterator[Moment]) -> Iterator[Moment]:
    """The clip's moments with each interlaced frame as two, one for each of its fields.

    Every other row of such a picture is made anew by FFmpeg's `bwdif` from neighbours in time and place; still parts keep all rows.
    Frames that say they are interlaced and comb nowhere pass as they are: much of what camcorders and broadcasters store like this
    was taken progressively, and would lose sharpness.
    """
    weaver: _Fields | None = None
    for moment in moments:
        if weaver is not None and not weaver.takes(moment.frame):
            yield from weaver.end()
            weaver = None
        if weaver is None and moment.frame.interlaced_frame:
            weaver = _Fields(moment.frame)
        if weaver is None:
            yield moment
        else:
            yield from weaver.put(moment)
    if weaver is not None:
        yield from weaver.end()


class _Fields:
    """The filter, and the frames that it has not answered yet. It counts in whole numbers of its own, two a frame."""

    def __init__(self, frame: VideoFrame) -> None:
        self._shape = _shape(frame)
        self._graph = Graph()
        self._graph.threads = 2
        source = self._graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000))
        bwdif, sink = self._graph.add("bwdif", "mode=send_field:deint=interlaced"), self._graph.add("buffersink")
        source.link_to(bwdif)
        bwdif.link_to(sink)
        self._graph.configure()
        self._given: deque[tuple[int, Moment]] = deque()
        self._count = 0

    def takes(self, frame: VideoFrame) -> bool:
        """Whether it is a picture of the same size and kind."""
        return _shape(frame) == self._shape

    def put(self, moment: Moment) -> Iterator[Moment]:
        """What is finished once this frame is there too."""
        self._given.append((self._count, moment))
        frame = moment.frame
        stamp = frame.pts, frame.time_base
        frame.pts, frame.time_base = self._count, Fraction(1, 1000)
        self._count += 1
        self._graph.push(frame)
        frame.pts, frame.time_base = stamp
        yield from self._finished()

    def end(self) -> Iterator[Moment]:
        """What is left."""
        self._graph.push(None)
        yield from self._finished()

    def _finished(self) -> Iterator[Moment]:
        with contextlib.suppress(BlockingIOError, EOFError, av.error.EOFError):
            while True:
                made = self._graph.pull()
                assert isinstance(made, VideoFrame) and made.pts is not None and made.time_base is not None
                place, second = divmod(round(made.pts * made.time_base * 2000), 2)
                while len(self._given) > 1 and self._given[0][0] < place:
                    self._given.popleft()
                yield from self._field(self._given[0][1], made, bool(second))

    def _field(self, moment: Moment, made: VideoFrame, second: bool) -> Iterator[Moment]:
        if not moment.frame.interlaced_frame or not combed(moment.frame):
            if not second:
                yield Moment(moment.number, moment.at, moment.length, moment.frame, moment.damaged)
            return
        half = moment.length / 2
        yield Moment(moment.number + second, moment.at + half * second, half, made, moment.damaged)


def combed(frame: VideoFrame) -> bool:
    """Whether rows of the frame's picture lie beside each other that were taken at different moments."""
    bits = frame.format.components[0].bits
    rows = plane_of(frame, 0, np.uint16 if bits > 8 else np.uint8)
    rows = rows[: (frame.height - 1) // 2 * 2 + 1]
    above, row, below = rows[0:-2:2], rows[1:-1:2], rows[2::2]
    step = _STICKS_OUT << (bits - 8)
    over = cv2.subtract(row, cv2.max(above, below))
    under = cv2.subtract(cv2.min(above, below), row)
    marked = cv2.threshold(cv2.max(over, under), step, 255, cv2.THRESH_BINARY)[1]
    blocks = (max(marked.shape[1] // _BLOCK[0], 1), max(marked.shape[0] // _BLOCK[1], 1))
    return bool(cv2.resize(marked, blocks, interpolation=cv2.INTER_AREA).max() > _COMBED * 255)


def _shape(frame: VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
