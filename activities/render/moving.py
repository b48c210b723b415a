"""What moving pictures are read from: files that FFmpeg decodes, and animated pictures, which Pillow does."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PIL import Image as Pillow

from activities.render.colours import Said
from activities.render.fields import Moment, whole
from models.videos.media_facts import PICTURE_FORMATS

_BACK = (0.0, 2.0, 10.0)
"""Seconds before a moment at which reading is tried: files without an index land behind the moment, or find nothing."""
LARGEST_FRAME = 36_000_000
"""Pixels of a clip's picture: 8K, of which decoding keeps many at once."""
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that read alpha, where FFmpeg's own leave it out."""


class Source(Protocol):
    """A moving picture that can be read from any moment on."""

    said: Said
    pixel_aspect: float
    declared: float
    """Seconds that the header promises, 0 where it does not."""
    slack: float
    """Seconds by which its times may be late: Matroska and WebM round to thousandths, and no frame may miss its moment."""

    def moments(self, t: float) -> Iterator[Moment]:
        """Its pictures, from the one that shows at `t` seconds or earlier on."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class VideoFile:
    """A clip that FFmpeg reads.

    Raises:
        av.error.FFmpegError, OSError, ValueError: from any method, where it is none, or is broken.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        self._path, self._threads = path, threads
        self._fresh = True
        self._open()
        stream, context = self._stream, self._stream.codec_context
        self.said = Said(
            int(context.color_trc), int(context.color_primaries), int(context.colorspace), int(context.color_range) == 2
        )
        ratio = stream.sample_aspect_ratio or context.sample_aspect_ratio
        self.pixel_aspect = float(ratio) if ratio else 1.0
        self._base = stream.time_base or Fraction(1, 90_000)
        self._start = float((stream.start_time or 0) * self._base)
        self.declared = float((stream.duration or 0) * self._base)
        rate = stream.average_rate or stream.guessed_rate
        self.slack = min(float(self._base), 0.001) + 1e-6
        self._usual = float(1 / rate) if rate else 1 / 30

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows, as they are stored."""
        return self._stream.width, self._stream.height

    @property
    def sound(self) -> bool:
        """Whether there is any."""
        return bool(self._container.streams.audio)

    @property
    def seconds(self) -> float:
        """Length by the header of the picture, else of the file."""
        return self.declared or (self._container.duration or 0) / 1_000_000

    def moments(self, t: float) -> Iterator[Moment]:
        """See `Source`."""
        if self._fresh and t <= 0:
            self._fresh = False
            return whole(self._decoded())
        for back in _BACK:
            self._seek(max(t - back, 0.0))
            found = self._decoded()
            first = next(found, None)
            if first is not None and first.at <= t + self.slack:
                return whole(chain((first,), found))
        self._container.close()
        self._open()
        return whole(self._decoded())

    def close(self) -> None:
        """See `Source`."""
        self._container.close()

    def _open(self) -> None:
        self._container = av.open(str(self._path))
        try:
            if not self._container.streams.video:
                raise ValueError("it holds no picture")
            self._stream = self._container.streams.video[0]
            self._stream.thread_type = "AUTO"
            self._stream.codec_context.thread_count = self._threads
            self._stream.codec_context.options = {"max_pixels": str(LARGEST_FRAME)}  # it may grow inside
            self._decoder = self._with_alpha()
        except BaseException:
            self._container.close()
            raise

    def _seek(self, t: float) -> None:
        self._fresh = False
        self._container.seek(int((t + self._start) / self._base), stream=self._stream, backward=True)
        if self._decoder is not None:
            self._decoder.flush_buffers()

    def _decoded(self) -> Iterator[Moment]:
        for frame in self._frames():
            if frame.pts is None:
                continue
            at = float(frame.pts * self._base) - self._start
            length = float(frame.duration * self._base) if frame.duration else self._usual
            yield Moment(2 * frame.pts, at, length, frame, frame.is_corrupt)

    def _frames(self) -> Iterator[VideoFrame]:
        if self._decoder is None:
            yield from self._container.decode(self._stream)
            return
        for packet in self._container.demux(self._stream):
            yield from self._decoder.decode(packet if packet.size else None)

    def _with_alpha(self) -> VideoCodecContext | None:
        """VP8 and VP9 keep alpha in a picture of its own; the file's header says so."""
        name = _WITH_ALPHA.get(self._stream.codec_context.name)
        said = {key.casefold(): value for key, value in self._stream.metadata.items()}
        if name is None or said.get("alpha_mode") != "1":
            return None
        decoder = VideoCodecContext.create(name, "r")
        assert isinstance(decoder, VideoCodecContext)
        return decoder


class AnimatedPicture:
    """A WebP, AVIF or PNG of several pictures. One is held at a time.

    Raises:
        OSError, SyntaxError, ValueError, EOFError: from any method, where it is broken.
    """

    said = Said()
    pixel_aspect = 1.0
    declared = 0.0
    slack = 1e-6

    def __init__(self, path: Path) -> None:
        self._picture = Pillow.open(path, formats=PICTURE_FORMATS)

    def moments(self, t: float) -> Iterator[Moment]:
        """See `Source`. The times of later pictures follow from the earlier ones, so all are read."""
        at = 0.0
        for number, seconds in animation(self._picture):
            if at + seconds > t - 1e-6:
                frame = VideoFrame.from_ndarray(np.asarray(self._picture.convert("RGBA")), format="rgba")
                yield Moment(number, at, seconds, frame)
            at += seconds

    def close(self) -> None:
        """See `Source`."""
        self._picture.close()


def source_of(path: Path, threads: int = 0) -> Source:
    """The file's source. Raises as `VideoFile` and `AnimatedPicture` do."""
    return AnimatedPicture(path) if is_animated(path) else VideoFile(path, threads)


def is_animated(path: Path) -> bool:
    """Whether a file is a WebP, AVIF or PNG that moves."""
    with path.open("rb") as file:
        begin = file.read(12)
    if not (begin[8:] == b"WEBP" or begin[:4] == b"\x89PNG" or begin[4:] in (b"ftypavis", b"ftypavif")):
        return False
    try:
        with Pillow.open(path, formats=PICTURE_FORMATS) as picture:
            return getattr(picture, "n_frames", 1) > 1
    except (OSError, ValueError):
        return False


def animation(picture: Pillow.Image) -> Iterator[tuple[int, float]]:
    """Goes to each picture of an animation in turn: its number and the seconds that it shows, as browsers take them."""
    for number in range(int(getattr(picture, "default_image", False)), getattr(picture, "n_frames", 1)):
        picture.seek(number)
        picture.load()
        told = float(picture.info.get("duration") or 0) / 1000
        yield number, told if told > 0.01 else 0.1
