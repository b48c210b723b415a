"""Sound in blocks: decoding, filter graphs and writing, a second at a time, so that memory does not grow with a film.

A block is a float32 array of shape (samples, channels) at 48 kHz, full scale 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.error import BlockingIOError as NotYet
from av.error import EOFError as NoMore
from av.error import FFmpegError
from av.filter import Graph
from numpy.typing import NDArray

from models.errors import MediaError

RATE = 48_000
Block = NDArray[np.float32]
LAYOUTS = {1: "mono", 2: "stereo"}


def to_db(ratio: float) -> float:
    """Decibels of an amplitude ratio; -120 for nothing."""
    return 20.0 * float(np.log10(max(ratio, 1e-6)))


def to_ratio(db: float) -> float:
    """Amplitude ratio of decibels."""
    return float(10.0 ** (db / 20.0))


def decode(path: Path, channels: int, *, forgiving: bool = False) -> Iterator[Block]:
    """The first sound of a file at 48 kHz in as many channels as asked, block by block.

    `forgiving` passes over damaged places (tags at the end of an MP3 are enough to trip a decoder) as long as most is whole.

    Raises:
        MediaError: the file cannot be read, has no sound, or is damaged.
    """
    good = bad = samples = 0
    try:
        with av.open(str(path)) as file:
            if not file.streams.audio:
                raise MediaError(f"{path.name} has no sound.", hint="Give a file with an audio track (FLAC, WAV, MP3, M4A).")
            stream = file.streams.audio[0]
            resampler = av.AudioResampler(format="flt", layout=LAYOUTS[channels], rate=RATE)
            for packet in file.demux(stream):
                try:
                    frames = packet.decode()
                except FFmpegError:
                    bad += 1
                    if not forgiving:
                        raise
                    continue
                for frame in frames:
                    good += 1
                    samples += frame.samples
                    for out in resampler.resample(frame):
                        yield samples_of(out, channels)
            for out in resampler.resample(None):
                yield samples_of(out, channels)
            # FFmpeg's FLAC reader leaves damaged frames out without a word: only the announced length tells.
            announced = stream.duration or 0 if stream.codec_context.name == "flac" and not forgiving else 0
            if bad > good or samples < announced:
                raise ValueError("parts of it are damaged")
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            f"The sound of {path.name} cannot be read: {error}.", hint="Open it in a player; replace it if it does not play there."
        ) from error


def frame_of(block: Block, at: int) -> av.AudioFrame:
    """A block as a frame whose time is `at` samples."""
    channels = block.shape[1]
    packed = np.ascontiguousarray(block, np.float32).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=LAYOUTS[channels])
    frame.sample_rate = RATE
    frame.pts = at
    return frame


def samples_of(frame: av.AudioFrame, channels: int) -> Block:
    """The samples of an interleaved float frame, where they lie: not to be written to."""
    return np.frombuffer(memoryview(frame.planes[0]), np.float32, frame.samples * channels).reshape(-1, channels)


class Chain:
    """FFmpeg filters in a row: blocks in, blocks out, and what the filters say about them."""

    def __init__(self, filters: Sequence[tuple[str, str]], channels: int) -> None:
        """`filters` are names with their options, as in `("highpass", "f=80")`."""
        self._channels, self._at = channels, 0
        graph = Graph()
        self._source = graph.add_abuffer(sample_rate=RATE, format="flt", layout=LAYOUTS[channels], time_base=f"1/{RATE}")  # type: ignore[arg-type]
        last = self._source
        for name, options in (*filters, ("aformat", f"sample_fmts=flt:sample_rates={RATE}:channel_layouts={LAYOUTS[channels]}")):
            step = graph.add(name, options)
            last.link_to(step)
            last = step
        self._sink = graph.add("abuffersink")
        last.link_to(self._sink)
        graph.configure()
        self._graph = graph
        self.said: dict[str, str] = {}
        """The metadata of the latest frame, as filters like `ebur128` write it."""

    def push(self, block: Block) -> Iterator[Block]:
        """Give a block; take what comes out so far. An iterator: nothing happens until it is read."""
        return (samples_of(frame, self._channels) for frame in self.frames(block))

    def finish(self) -> Iterator[Block]:
        """The rest, after the last block."""
        return (samples_of(frame, self._channels) for frame in self.frames(None))

    def through(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """All blocks through the filters."""
        for block in blocks:
            yield from self.push(block)
        yield from self.finish()

    def heard(self, frame: av.AudioFrame) -> None:
        """Called with each frame that comes out."""
        self.said = frame.metadata or self.said

    def frames(self, block: Block | None) -> Iterator[av.AudioFrame]:
        """Give a block, or None for the end; what comes out, as it is."""
        if block is None:
            self._source.push(None)
        elif len(block):
            self._source.push(frame_of(block, self._at))
            self._at += len(block)
        while True:
            try:
                frame = self._sink.pull()
            except (NotYet, NoMore):
                return
            assert isinstance(frame, av.AudioFrame)
            self.heard(frame)
            yield frame


class Reader:
    """Blocks of any length as a stream from which any number of samples is read; silence after its end."""

    def __init__(self, blocks: Iterator[Block], channels: int) -> None:
        self._blocks, self._channels = blocks, channels
        self._held: Block = np.zeros((0, channels), np.float32)

    def read(self, samples: int) -> Block:
        """The next `samples` samples."""
        parts, have = [self._held], len(self._held)
        while have < samples:
            block = next(self._blocks, None)
            if block is None:
                parts.append(np.zeros((samples - have, self._channels), np.float32))
                break
            parts.append(block)
            have += len(block)
        whole = np.concatenate(parts)
        self._held = whole[samples:]
        return whole[:samples]


class FlacFile:
    """A FLAC file, stereo, 16 bits, written block by block. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self._file = av.open(str(path), "w", format="flac")
        self._stream = self._file.add_stream("flac", rate=RATE)
        self._stream.codec_context.format = "s16"
        self._stream.codec_context.layout = "stereo"
        self._stream.codec_context.options = {"compression_level": "3"}
        self._at = 0

    def __enter__(self) -> FlacFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._file.mux(self._stream.encode(None))
        self._file.close()

    def write(self, block: Block) -> None:
        """Append a stereo block."""
        whole = np.clip(np.rint(block * 32767.0), -32768, 32767).astype(np.int16).reshape(1, -1)
        for first in range(0, whole.shape[1], 2 * 4608):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(whole[:, first : first + 2 * 4608]), format="s16", layout="stereo"
            )
            frame.sample_rate, frame.pts = RATE, self._at
            self._at += frame.samples
            self._file.mux(self._stream.encode(frame))
