"""Measuring a film: every packet decoded once, sound beside the pictures, pictures on every core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.error import FFmpegError
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from activities.quality.boxes import read_boxes
from activities.quality.decoding import PartsDecoder, Undecodable
from activities.quality.facts import FilmFacts, PictureFacts, SoundFacts
from activities.quality.pictures import Grey, PictureWatch, shrunk
from activities.quality.sounds import Planned, SoundWatch
from activities.render.audio import RATE, Block, samples_of

Look = Callable[[float, av.VideoFrame], None]
GREY = np.full((9, 16), 128, np.uint8)
SKIPPED = {"skip_loop_filter": "noref"}
"""Pictures that no other leans on are left unsmoothed at the edges of their blocks: a tenth of the time, and far below what any
check can see. Not the others: a film that stands still would move at each keyframe. All are decoded."""
HEARD_AT_ONCE = 47
"""Frames of sound that are listened to together: a second."""
LISTED = 20
"""How many times of one kind of fault are remembered."""


class PyavInspector:
    """Measures with PyAV."""

    def __init__(self, threads: int = 0, look: Look = lambda _at, _frame: None) -> None:
        """`threads`: decoders at work at once, 0 for as many as cores. `look` is shown each picture with its time: from several
        threads, and not in the film's order."""
        self._threads, self._look = threads or os.cpu_count() or 1, look

    def inspect(self, film: Path, speech: Sequence[tuple[float, Path]], progress: Callable[[float], None]) -> FilmFacts:
        """See `FilmInspector`."""
        file = read_boxes(film)
        if not file.mp4:
            return FilmFacts(file, unreadable="it is no MP4 file")
        planned = [Planned(at, path) for at, path in speech]
        try:
            with av.open(str(film)) as seen, av.open(str(film)) as listened, ThreadPoolExecutor(1, "listen") as pool:
                sight = _Sight(seen, self._threads, progress, self._look)
                hearing = _Hearing(listened, planned)
                heard = pool.submit(hearing.all)
                picture, sound = sight.all(), heard.result()
        except (FFmpegError, OSError, ValueError) as error:
            why = "its index is missing" if not file.moov else str(error)
            return FilmFacts(file, unreadable=why)
        breaks = [at for at in (sight.breaks_off, hearing.breaks_off) if at is not None]
        undecodable = (*sight.undecodable, *hearing.undecodable)
        return FilmFacts(file, picture, sound, breaks_off=min(breaks, default=None), undecodable=undecodable)


class _Reading:
    """One stream of the film, read to its end."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._bits = 0
        self._broken = False
        self.breaks_off: float | None = None
        self.undecodable: list[tuple[str, float]] = []

    def _packets(self) -> Iterator[Any]:
        """Every packet, to the end of the file or to where it breaks off."""
        try:
            for packet in self._stream.container.demux(self._stream):
                self._bits += 8 * packet.size
                yield packet
        except FFmpegError:
            self._broken = True

    def _ended(self, end: float) -> None:
        """All that came was decoded, up to `end`."""
        if self._broken:
            self.breaks_off = end


class _Sight(_Reading):
    """The pictures."""

    def __init__(self, container: Any, threads: int, progress: Callable[[float], None], look: Look) -> None:
        super().__init__(container.streams.video[0] if container.streams.video else None)
        self._threads, self._progress, self._look = threads, progress, look
        self._told = 0.0
        self._seen = _Pictures()

    def all(self) -> PictureFacts | None:
        """Decode every one."""
        if self._stream is None:
            return None
        with PartsDecoder(self._stream, self._threads, self._picture, SKIPPED) as decoder:
            for packet in self._packets():
                self._seen.packet(packet)
                if packet.size:
                    self._follow(decoder.push(packet))
            self._follow(decoder.finish())
        self._ended(self._seen.end)
        return self._picture_facts()

    def _picture(self, frame: av.VideoFrame) -> _Picture:
        """What is kept of a picture; called on several threads."""
        picture = _picture_of(frame, self._stream.time_base)
        self._look(picture.at, frame)
        return picture

    def _follow(self, pictures: Iterable[_Picture | Undecodable]) -> None:
        for picture in pictures:
            if isinstance(picture, Undecodable):
                self.undecodable.append(("video", self._seen.end))
            else:
                self._seen.picture(picture)
        if self._seen.end >= self._told + 1.0:
            self._told = self._seen.end
            self._progress(self._told)

    def _picture_facts(self) -> PictureFacts:
        seen, context = self._seen, self._stream.codec_context
        fps = float(self._stream.average_rate or 0)
        seen.finish(1 / fps if fps else 0.0)
        return PictureFacts(
            codec=context.name,
            profile=str(context.profile or ""),
            width=context.width,
            height=context.height,
            fps=fps,
            pixels=str(context.pix_fmt),
            colours=seen.colours,
            rate=self._bits / max(seen.end - seen.start, 0.001) / 1000,
            declared=self._stream.frames,
            frames=seen.frames,
            start=seen.start,
            end=seen.end,
            keyframe_gap=seen.keyframe_gap,
            uneven=tuple(seen.uneven),
            corrupt=tuple(seen.corrupt),
            black=tuple(seen.watch.black),
            frozen=tuple(seen.watch.frozen),
            flashing=tuple(seen.watch.flashing),
            flashes=seen.watch.flashes.worst,
        )


class _Hearing(_Reading):
    """The sound, beside the pictures: listening would keep the decoders of the pictures waiting."""

    def __init__(self, container: Any, speech: Sequence[Planned]) -> None:
        super().__init__(container.streams.audio[0] if container.streams.audio else None)
        self._heard = _Sounds(speech)

    def all(self) -> SoundFacts | None:
        """Listen to all of it."""
        if self._stream is None:
            return None
        for packet in self._packets():
            try:
                for frame in packet.decode():
                    self._heard.frame(frame)
            except FFmpegError:
                self.undecodable.append(("audio", self._heard.end))
        self._ended(self._heard.end)
        context, facts = self._stream.codec_context, self._heard.finish()
        return replace(
            facts,
            codec=context.name,
            sample_rate=context.sample_rate,
            channels=context.channels,
            rate=self._bits / max(facts.end - facts.start, 0.001) / 1000,
        )


class _Picture(NamedTuple):
    """What is kept of a picture: its time in seconds, colour tags, whether it is damaged, and small copies of its planes."""

    at: float
    colours: tuple[int, int, int, int]
    corrupt: bool
    luma: Grey
    blue: Grey
    red: Grey


def _picture_of(frame: av.VideoFrame, base: Fraction) -> _Picture:
    planes = frame.planes
    # A grey film has no colour; one of another layout is refused for that, and then only its brightness is followed.
    blue, red = (shrunk(_samples(one), 80) for one in planes[1:3]) if len(planes) == 3 else (GREY, GREY)
    colours = int(frame.color_primaries), int(frame.color_trc), int(frame.colorspace), int(frame.color_range)
    return _Picture(float((frame.pts or 0) * base), colours, bool(frame.is_corrupt), shrunk(_samples(planes[0])), blue, red)


class _Pictures:
    """The video stream as it comes by."""

    def __init__(self) -> None:
        self.watch = PictureWatch()
        self.frames, self.start, self.end, self.keyframe_gap = 0, 0.0, 0.0, 0.0
        self.colours = (2, 2, 2, 0)
        self.uneven: list[float] = []
        self.corrupt: list[float] = []
        self._keyframe: float | None = None
        self._step: float | None = None

    def packet(self, packet: Any) -> None:
        """Follow the keyframes."""
        if packet.is_keyframe and packet.pts is not None:
            at = float(packet.pts * packet.time_base)
            if self._keyframe is not None:
                self.keyframe_gap = max(self.keyframe_gap, at - self._keyframe)
            self._keyframe = at

    def picture(self, picture: _Picture) -> None:
        """Look at the next one."""
        at = picture.at
        if self.frames == 0:
            self.start, self.colours = at, picture.colours
        else:
            step = at - self.end
            self._step = step if self._step is None else self._step
            if abs(step - self._step) > 0.25 * self._step and len(self.uneven) < LISTED:
                self.uneven.append(at)
        if picture.corrupt and len(self.corrupt) < LISTED:
            self.corrupt.append(at)
        self.end = at
        self.frames += 1
        self.watch.see(at, picture.luma, picture.blue, picture.red)

    def finish(self, step: float) -> None:
        """The last picture stays for `step` seconds."""
        if self.frames:
            self.end += step
        if self._keyframe is not None:
            self.keyframe_gap = max(self.keyframe_gap, self.end - self._keyframe)
        self.watch.finish(self.end)


def _samples(plane: VideoPlane) -> NDArray[np.uint8]:
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


class _Sounds:
    """The audio stream as it comes by."""

    def __init__(self, speech: Sequence[Planned]) -> None:
        self.watch = SoundWatch(speech)
        self.start, self.end = 0.0, 0.0
        self._resampler = av.AudioResampler(format="flt", layout="stereo", rate=RATE)
        self._begun = False
        self._held: list[Block] = []

    def frame(self, frame: av.AudioFrame) -> None:
        """Listen to a piece. Sound that starts after the film is heard late, so silence is put before it."""
        at = float(frame.time or 0.0)
        if not self._begun:
            self._begun, self.start = True, at
            if at > 0:
                self.watch.hear(np.zeros((round(at * RATE), 2), np.float32))
        self.end = at + frame.samples / frame.sample_rate
        self._held += [samples_of(out, 2) for out in self._resampler.resample(frame)]
        if len(self._held) >= HEARD_AT_ONCE:
            self._hear()

    def _hear(self) -> None:
        if self._held:
            self.watch.hear(np.concatenate(self._held))
            self._held = []

    def finish(self) -> SoundFacts:
        """The rest of the sound, and the findings of the watch."""
        if self._begun:
            self._held += [samples_of(out, 2) for out in self._resampler.resample(None)]
            self._hear()
        return self.watch.finish(self.start, self.end)
