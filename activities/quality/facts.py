"""What is measured on a film: plain values, without a judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

LEVELS_A_SECOND = 100
"""How many sound levels are kept for each second."""


@dataclass(frozen=True)
class Span:
    """A stretch of the film in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start

    def overlap(self, other: Span) -> float:
        """Seconds that both share."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True)
class FileFacts:
    """The file as boxes of bytes."""

    size: int
    mp4: bool = True
    missing: int = 0
    """Bytes that the boxes promise and the file lacks."""
    moov: bool = True
    moov_first: bool = True


@dataclass(frozen=True)
class PictureFacts:
    """The video stream and what is seen on it. Rates in kbit/s, times in seconds of the film."""

    codec: str = ""
    profile: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    pixels: str = ""
    colours: tuple[int, int, int, int] = (2, 2, 2, 0)
    """Primaries, transfer, matrix, range, as ISO 23001-8 numbers them; (1, 1, 1, 1) is BT.709 in limited range."""
    rate: float = 0.0
    declared: int = 0
    """Frames that the container announces."""
    frames: int = 0
    """Frames that were decoded."""
    start: float = 0.0
    end: float = 0.0
    keyframe_gap: float = 0.0
    """The longest time from a keyframe to the next."""
    uneven: tuple[float, ...] = ()
    """Times of frames that come too early or too late."""
    corrupt: tuple[float, ...] = ()
    black: tuple[Span, ...] = ()
    frozen: tuple[Span, ...] = ()
    flashing: tuple[Span, ...] = ()
    flashes: float = 0.0
    """The most flashes within a second, on a quarter of the picture."""


@dataclass(frozen=True)
class SoundFacts:
    """The audio stream and what is heard on it. Loudness in LUFS, peak in dBTP, rate in kbit/s."""

    codec: str = ""
    sample_rate: int = 0
    channels: int = 0
    rate: float = 0.0
    start: float = 0.0
    end: float = 0.0
    loudness: float = -70.0
    true_peak: float = -120.0
    levels: Sequence[float] = field(default=(), repr=False)
    """RMS in dBFS, a hundred values a second."""
    momentary: Sequence[float] = field(default=(), repr=False)
    """Momentary loudness in LUFS, ten values a second."""
    silent: tuple[Span, ...] = ()
    offsets: tuple[tuple[float, float], ...] = ()
    """How much later than planned speech is heard: (time in the film, seconds late), at a few places."""
    voice: bool = False
    """Whether the planned speech holds a voice at all, where it was looked for."""
    unheard: tuple[float, ...] = ()
    """Where speech was planned and is not heard, of those places."""


@dataclass(frozen=True)
class FilmFacts:
    """Everything measured in one pass over a film."""

    file: FileFacts
    picture: PictureFacts | None = None
    sound: SoundFacts | None = None
    unreadable: str = ""
    """Why it cannot be opened at all."""
    breaks_off: float | None = None
    """Where reading ended before the file did."""
    undecodable: tuple[tuple[str, float], ...] = ()
    """Packets that do not decode: `video` or `audio`, and about when."""


def clock(seconds: float) -> str:
    """A time as people read it: `1:02.5`, or `1:02`."""
    minutes, rest = divmod(max(0, round(seconds * 10)), 600)
    return f"{minutes}:{rest // 10:02}.{rest % 10}".removesuffix(".0")


def spread(items: Sequence[T], most: int = 5) -> list[T]:
    """At most so many of the items, from the first to the last at even distances."""
    count = min(most, len(items))
    return [items[round(place * (len(items) - 1) / max(1, count - 1))] for place in range(count)]
