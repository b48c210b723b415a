"""Reading clips: frames in order of time as BT.709 limited planes, upright, whatever the file's own rate, range or matrix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av

from activities.render.colours import standard, upright
from activities.render.fields import Moment
from activities.render.moving import source_of
from activities.render.planes import Planes
from models.errors import MediaError

_FAULTS = (av.error.FFmpegError, OSError, ValueError, SyntaxError, EOFError)
"""What FFmpeg and Pillow say of broken files."""


class ClipReader:
    """One clip, read forwards; `frame_at` gives what it shows at a time.

    Raises:
        MediaError: from every method, naming the file, when it is no clip, is broken, or holds no picture.
    """

    def __init__(self, path: Path, name: str, *, smallest: int = 0, threads: int = 0) -> None:
        """`smallest`: pixels of the shorter side that suffice; much larger frames are halved while they are read."""
        self.name = name
        self._smallest = smallest
        self._moments: Iterator[Moment] | None = None
        self._now: tuple[int, Planes] | None = None
        self._at = 0.0
        self._next: Moment | None = None
        self._last: Moment | None = None
        self._length: float | None = None
        self._lies = False
        try:
            self._source = source_of(path, threads)
        except _FAULTS as error:
            raise self._broken(str(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._moments = None
        self._now = self._next = self._last = None
        self._source.close()

    def frame_at(self, t: float) -> tuple[int, Planes] | None:
        """What shows at `t` seconds of the clip, with a number that tells frames apart; None: the clip ended before.

        Reading forwards is cheap, backwards seeks.
        """
        if self._moments is None or (self._now is not None and t < self._at - self._source.slack):
            self._seek(t)
        reached = t + self._source.slack
        while self._next is not None and self._next.at <= reached:
            moment, self._next = self._next, self._advance()
            if self._next is None or self._next.at > reached:
                self._show(moment)
        if self._now is None and self._next is not None:
            # Before the first frame (a late start): the first one.
            self._show(self._next)
        if self._next is None and self._length is not None and t >= self._length - 1e-6:
            return None
        return self._now

    @property
    def position(self) -> float:
        """Seconds of the clip that were read."""
        return self._at if self._now is not None else 0.0

    @property
    def length(self) -> float | None:
        """Seconds from the first to the end of the last frame, known once the end was read."""
        return self._length

    @property
    def pixel_aspect(self) -> float:
        """Width of a pixel of the picture, as it was shown last, to its height."""
        return 1 / self._source.pixel_aspect if self._lies else self._source.pixel_aspect

    def hold(self) -> tuple[int, Planes]:
        """The frame that was read last."""
        if self._now is None:
            raise self._broken("it holds no picture")
        return self._now

    def _seek(self, t: float) -> None:
        try:
            self._moments = self._source.moments(max(t, 0.0))
        except _FAULTS as error:
            raise self._broken(str(error)) from error
        self._now = None
        self._next = self._advance()
        if self._next is None and self._length is None:
            raise self._broken("it holds no picture")

    def _advance(self) -> Moment | None:
        assert self._moments is not None
        try:
            found = next(self._moments, None)
        except _FAULTS as error:
            raise self._broken(str(error)) from error
        if found is not None:
            self._last = found
        elif self._length is None and self._last is not None:
            self._length = self._last.at + self._last.length
            declared = self._source.declared
            if self._length < declared - max(0.5, 0.05 * declared):
                raise self._broken(f"it ends after {self._length:.1f} of {declared:.1f} seconds; it was cut off while copied")
        return found

    def _show(self, moment: Moment) -> None:
        if moment.damaged:
            raise self._broken(f"its picture is damaged at {moment.at:.2f} s")
        turned = moment.frame.rotation
        self._lies = round(turned / 90) % 2 == 1
        self._at = moment.at
        self._now = (moment.number, upright(standard(moment.frame, self._source.said, self._smallest), turned))

    def _broken(self, why: str) -> MediaError:
        return MediaError(f"The clip {self.name} cannot be used: {why}.", hint="Convert it to MP4 (H.264) and give the new file.")
