"""Reading clips: frames in order of time as BT.709 limited planes, upright, whatever the file's own rate, range or matrix."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from activities.render.planes import Image, Planes, planes_of
from models.errors import MediaError

BT709, BT601, BT2020 = (0.2126, 0.0722), (0.299, 0.114), (0.2627, 0.0593)
"""Weights of red and blue in luma: ITU-R BT.709, BT.601, BT.2020."""
_MATRICES = {1: BT709, 4: BT601, 5: BT601, 6: BT601, 9: BT2020, 10: BT2020}
"""By the code points of ITU-T H.273."""
_LARGEST_SD = 576
"""Untagged pictures up to this height are BT.601, as players assume."""


class ClipReader:
    """One clip, read forwards; `frame_at` gives what it shows at a time.

    Raises:
        MediaError: from every method, naming the file, when it is no clip, is broken, or holds no picture.
    """

    def __init__(self, path: Path, name: str, *, smallest: int = 0, threads: int = 0) -> None:
        """`smallest`: pixels of the shorter side that suffice; much larger frames are halved while they are read."""
        self.name = name
        self._path = path
        self._smallest = smallest
        self._frames: Iterator[VideoFrame] | None = None
        self._now: tuple[int, Planes] | None = None
        self._next: VideoFrame | None = None
        self._ended = False
        self._last_pts = self._last_duration = 0
        self._length: float | None = None
        try:
            self._container = av.open(str(path))
            self._stream = next(iter(self._container.streams.video), None)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise self._broken(str(error)) from error
        if self._stream is None:
            self._container.close()
            raise self._broken("it holds no picture")
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = threads
        base = self._stream.time_base or Fraction(1, 90_000)
        self._base = float(base)
        self._start = float((self._stream.start_time or 0) * base)
        ratio = self._stream.sample_aspect_ratio
        self.pixel_aspect = float(ratio) if ratio else 1.0

    def close(self) -> None:
        """Let go of the file."""
        self._frames = None
        self._now = self._next = None
        self._container.close()

    def frame_at(self, t: float) -> tuple[int, Planes] | None:
        """What shows at `t` seconds of the clip, with a number that tells frames apart; None: the clip ended before.

        Reading forwards is cheap, backwards seeks.
        """
        if self._frames is None or (self._now is not None and t < self._seconds(self._now[0]) - 1e-6):
            self._seek(t)
        while self._next is not None and self._seconds(self._next.pts or 0) <= t + 1e-6:
            frame, self._next = self._next, self._advance()
            if self._next is None or self._seconds(self._next.pts or 0) > t + 1e-6:
                self._now = (frame.pts or 0, self._planes(frame))
        if self._now is None and self._next is not None:
            # Before the first frame (a late start): the first one.
            self._now = (self._next.pts or 0, self._planes(self._next))
        if self._next is None and self._length is not None and t >= self._length - 1e-6:
            return None
        return self._now

    @property
    def position(self) -> float:
        """Seconds of the clip that were read."""
        return self._seconds(self._now[0]) if self._now is not None else 0.0

    @property
    def length(self) -> float | None:
        """Seconds from the first to the end of the last frame, known once the end was read."""
        return self._length

    def hold(self) -> tuple[int, Planes]:
        """The frame that was read last."""
        if self._now is None:
            raise self._broken("it holds no picture")
        return self._now

    def _seconds(self, pts: int) -> float:
        return pts * self._base - self._start

    def _seek(self, t: float) -> None:
        assert self._stream is not None
        try:
            if t > 0 or self._frames is not None:
                offset = int((max(t, 0.0) + self._start) / self._base)
                self._container.seek(offset, stream=self._stream, backward=True)
            self._frames = self._container.decode(self._stream)
        except av.error.FFmpegError as error:
            raise self._broken(str(error)) from error
        self._now, self._ended = None, False
        self._next = self._advance()
        if self._next is None and self._length is None:
            raise self._broken("it holds no picture")

    def _advance(self) -> VideoFrame | None:
        assert self._frames is not None
        try:
            for frame in self._frames:
                if frame.pts is None:
                    continue
                self._last_pts = frame.pts
                self._last_duration = frame.duration or 0
                return frame
        except av.error.FFmpegError as error:
            raise self._broken(str(error)) from error
        if not self._ended:
            self._ended = True
            self._length = self._measured()
            declared = float((self._stream.duration or 0) * self._base) if self._stream else 0.0
            if self._length < declared - max(0.5, 0.05 * declared):
                raise self._broken(f"it ends after {self._length:.1f} of {declared:.1f} seconds; it was cut off while copied")
        return None

    def _measured(self) -> float:
        assert self._stream is not None
        rate = self._stream.average_rate or self._stream.guessed_rate or Fraction(30)
        tail = self._last_duration * self._base if self._last_duration else float(1 / rate)
        return self._seconds(self._last_pts) + tail

    def _planes(self, frame: VideoFrame) -> Planes:
        if frame.is_corrupt:
            raise self._broken(f"its picture is damaged at {self._seconds(frame.pts or 0):.2f} s")
        planes = _standard(frame)
        while self._smallest and min(planes.width, planes.height) >= 2 * self._smallest:
            planes = _half(planes)
        return _upright(planes, frame.rotation)

    def _broken(self, why: str) -> MediaError:
        return MediaError(f"The clip {self.name} cannot be used: {why}.", hint="Convert it to MP4 (H.264) and give the new file.")


def _standard(frame: VideoFrame) -> Planes:
    """BT.709 limited planes of a frame of any format."""
    name = frame.format.name
    full = frame.color_range == ColorRange.JPEG or name.startswith("yuvj")
    matrix = _MATRICES.get(int(frame.colorspace), BT601 if frame.height <= _LARGEST_SD else BT709)
    if name not in ("yuv420p", "yuvj420p"):
        is_rgb = frame.format.is_rgb
        # The converter keeps a YUV picture's matrix and range when both ends are declared equal; from RGB it makes 601.
        if is_rgb:
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU601", dst_color_range="MPEG")
            matrix, full = BT601, False
        else:
            side = "JPEG" if full else "MPEG"
            frame = frame.reformat(format="yuv420p", src_color_range=side, dst_color_range=side)
    planes = _even(planes_of(frame))
    if full:
        planes = _limited(planes)
    return planes if matrix == BT709 else _rematrixed(planes, matrix)


def _even(planes: Planes) -> Planes:
    width, height = planes.width // 2 * 2, planes.height // 2 * 2
    if (width, height) == (planes.width, planes.height):
        return planes
    return Planes(
        planes.y[:height, :width], planes.u[: height // 2, : width // 2], planes.v[: height // 2, : width // 2], planes.frame
    )


def _limited(planes: Planes) -> Planes:
    """From full range (0..255) to limited (16..235, 16..240)."""
    y = np.round(np.arange(256) * 219 / 255 + 16).astype(np.uint8)
    c = np.clip(np.round((np.arange(256) - 128.0) * 224 / 255 + 128), 0, 255).astype(np.uint8)
    return Planes(cv2.LUT(planes.y, y), cv2.LUT(planes.u, c), cv2.LUT(planes.v, c))


def matrix_change(source: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Y, Cb, Cr of `source` weights to those of BT.709 (both limited range, chroma about 0)."""
    return _from_rgb(BT709) @ np.linalg.inv(_from_rgb(source))


def _from_rgb(weights: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    red, blue = weights
    luma = np.array([red, 1 - red - blue, blue])
    blueness = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
    redness = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
    return np.stack([luma * 219, blueness * 224, redness * 224])


def _rematrixed(planes: Planes, source: tuple[float, float]) -> Planes:
    change = matrix_change(source)
    u, v = planes.u.astype(np.float32) - 128, planes.v.astype(np.float32) - 128
    shift = cv2.resize(change[0, 1] * u + change[0, 2] * v, (planes.width, planes.height), interpolation=cv2.INTER_LINEAR)
    return Planes(
        _rounded(planes.y + shift.astype(np.float32)),
        _rounded(change[1, 1] * u + change[1, 2] * v + 128),
        _rounded(change[2, 1] * u + change[2, 2] * v + 128),
    )


def _rounded(plane: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Image:
    rounded: Image = np.clip(plane + 0.5, 0, 255).astype(np.uint8)
    return rounded


def _half(planes: Planes) -> Planes:
    y, u, v = (
        cv2.resize(plane, (size[0], size[1]), interpolation=cv2.INTER_AREA)
        for plane, size in (
            (planes.y, (planes.width // 4 * 2, planes.height // 4 * 2)),
            (planes.u, (planes.width // 4, planes.height // 4)),
            (planes.v, (planes.width // 4, planes.height // 4)),
        )
    )
    return Planes(y, u, v)


def _upright(planes: Planes, rotation: float) -> Planes:
    """Turned as the file asks: `rotation` is counter-clockwise degrees."""
    quarter = round(rotation / 90) % 4
    if quarter == 0:
        return planes
    way = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}[quarter]
    y, u, v = (cv2.rotate(plane, way) for plane in planes.each())
    return Planes(y, u, v)
