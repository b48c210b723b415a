"""Segments and sound become the film: nothing is encoded again but the sound; the index lies in front."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from activities.render.timeline import Output
from models.errors import ComponentDown, MediaError

AAC_FRAME = 1024


class Cancelled(Exception):
    """The render was told to stop; what is finished is kept."""


def packets_of(path: Path) -> av.container.InputContainer:
    """A file opened for its packets. PyAV's look at a file decodes a picture of it, which takes ten times as long as all else; here
    it does not, and the pixel format stays unknown until the first one is decoded."""
    return av.open(str(path), stream_options=[{"skip_frame": "all"}])  # type: ignore[list-item] # the stubs say strings


def encode_sound(
    sound: Path | None, to: Path, output: Output, frames: int, *, cancelled: Callable[[], bool] = lambda: False
) -> None:
    """Write `sound` (None: silence) as AAC, of exactly the length of so many frames of picture.

    Raises:
        MediaError: the sound cannot be read.
        ComponentDown: the disk is full.
        Cancelled: told to stop.
    """
    length = round(Fraction(frames, output.fps) * output.sample_rate)
    try:
        with av.open(str(to), "w", format="mp4") as container:
            track = container.add_stream("aac", rate=output.sample_rate, layout="stereo", options=_aac_options(output))
            for place, packet in enumerate(_aac(track, _samples(sound, output, length))):
                if place % 64 == 0 and cancelled():
                    raise Cancelled
                container.mux(packet)
    except OSError as error:
        raise _unwritable(to, error) from error


def _aac_options(output: Output) -> dict[str, str]:
    # FFmpeg's documentation: the fast coder is better and much faster at high rates, worse under 64 kb/s.
    return {"b": f"{output.audio_rate}k", "aac_coder": "fast"}


def join(segments: Sequence[Path], sound: Path, to: Path, output: Output, *, cancelled: Callable[[], bool] = lambda: False) -> None:
    """Write the film as `to`: pictures as they lie in the segments, sound as `encode_sound` made it.

    Raises:
        ComponentDown: the segments do not belong together, or the disk is full.
        Cancelled: told to stop.
    """
    try:
        with av.open(str(to), "w", format="mp4", options={"movflags": "+faststart"}) as film, av.open(str(sound)) as heard:
            _mux(film, segments, heard, output, cancelled)
    except OSError as error:
        raise _unwritable(to, error) from error


def _unwritable(to: Path, error: OSError) -> ComponentDown:
    return ComponentDown(f"The film could not be written to {to.parent}: {error}.", hint="Free space on that disk.")


def _mux(
    film: av.container.OutputContainer,
    segments: Sequence[Path],
    heard: av.container.InputContainer,
    output: Output,
    cancelled: Callable[[], bool],
) -> None:
    with av.open(str(segments[0])) as first:
        picture = film.add_stream_from_template(first.streams.video[0])
    # A time base that whole frames and the container's own ticks share.
    picture.time_base = Fraction(1, output.fps * 512)
    spoken = heard.streams.audio[0]
    track = film.add_stream_from_template(spoken)
    audio = (packet for packet in heard.demux(spoken) if packet.size)
    ahead: av.Packet[Any] | None = next(audio, None)
    tick = float(spoken.time_base or 0)
    for place, packet in enumerate(_pictures(segments, output)):
        if place % 64 == 0 and cancelled():
            raise Cancelled
        now = (packet.dts or 0) / output.fps
        packet.stream = picture
        film.mux(packet)
        while ahead is not None and (ahead.pts or 0) * tick <= now:
            ahead.stream = track
            film.mux(ahead)
            ahead = next(audio, None)
    while ahead is not None:
        ahead.stream = track
        film.mux(ahead)
        ahead = next(audio, None)


def _pictures(segments: Sequence[Path], output: Output) -> Iterator[av.Packet[Any]]:
    """The packets of all segments in decoding order, their times in frames of the film."""
    delay = max(_delay(path, output.fps) for path in segments)
    base = Fraction(1, output.fps)
    first, decoded = 0, 0
    header: bytes | None = None
    for path in segments:
        with packets_of(path) as segment:
            extra = bytes(segment.streams.video[0].codec_context.extradata or b"")
            if header is not None and extra != header:
                raise ComponentDown(f"The segment {path.name} was encoded with other settings.", hint="Render the film again.")
            header = extra
            count = 0
            for place, packet in _places(segment, output.fps):
                # In decoding order, frame after frame; the encoder's own figures differ for very short segments.
                packet.time_base = base
                packet.pts, packet.dts = first + place, decoded - delay
                packet.duration = 1
                decoded += 1
                count += 1
                yield packet
            first += count


def _delay(path: Path, fps: int) -> int:
    """By how many frames decoding must run ahead of showing."""
    with packets_of(path) as segment:
        return max((decoded - shown for decoded, (shown, _) in enumerate(_places(segment, fps))), default=0)


def _places(segment: av.container.InputContainer, fps: int) -> Iterator[tuple[int, av.Packet[Any]]]:
    """Each packet in decoding order, with the number of the frame that it shows."""
    stream = segment.streams.video[0]
    frames_a_tick = float((stream.time_base or 0) * fps)
    for packet in segment.demux(stream):
        if packet.size:
            yield round((packet.pts or 0) * frames_a_tick), packet


def _samples(sound: Path | None, output: Output, length: int) -> Iterator[av.AudioFrame]:
    """Exactly `length` samples of the sound, silence where it ends before."""
    given = 0
    for frame in _decoded(sound, output):
        rest = length - given
        if rest <= 0:
            return
        if frame.samples > rest:
            frame = _cut(frame, rest)
        given += frame.samples
        yield frame
    while given < length:
        samples = min(AAC_FRAME, length - given)
        given += samples
        yield _silence(samples, output.sample_rate)


def _decoded(sound: Path | None, output: Output) -> Iterator[av.AudioFrame]:
    if sound is None:
        return
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=output.sample_rate)
    heard = False
    try:
        with av.open(str(sound)) as container:
            for frame in container.decode(audio=0):
                heard = True
                yield from resampler.resample(frame)
            yield from resampler.resample(None)
    except (av.error.FFmpegError, IndexError) as error:
        raise MediaError(f"The soundtrack {sound.name} cannot be read: {error}.") from error
    if not heard:
        raise MediaError(f"The soundtrack {sound.name} cannot be read: it holds no sound.")


def _cut(frame: av.AudioFrame, samples: int) -> av.AudioFrame:
    short = av.AudioFrame.from_ndarray(frame.to_ndarray()[:, :samples].copy(), format="fltp", layout="stereo")
    short.sample_rate = frame.sample_rate
    return short


def _silence(samples: int, rate: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="fltp", layout="stereo", samples=samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate = rate
    return frame


def _aac(track: av.AudioStream, samples: Iterator[av.AudioFrame]) -> Iterator[av.Packet[Any]]:
    """Packets whose times count from the first sample; the encoder's own lead-in (1024 samples) lies before 0 and is cut
    by the container's edit list."""
    at = 0
    for frame in samples:
        frame.pts = at
        frame.time_base = Fraction(1, frame.sample_rate)
        at += frame.samples
        yield from track.encode(frame)
    yield from track.encode(None)
