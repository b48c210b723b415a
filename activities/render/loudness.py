"""Loudness: measured as ITU-R BS.1770 asks (FFmpeg's `ebur128`), and brought to a target under a true-peak ceiling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av

from activities.render.audio import RATE, Block, Chain, FlacFile, decode, to_db, to_ratio

SILENT = -70.0
"""LUFS of silence: the absolute gate of BS.1770."""
CEILING_MARGIN = 0.7
"""How far below the asked true peak the soundtrack stays, in dB: AAC lets peaks grow by about half a decibel."""
NEAR_ENOUGH = 0.05
"""LU from the target at which no further pass is made."""
PASSES = 6


class Meter(Chain):
    """Integrated and momentary loudness and true peak of all blocks that it hears, or that are pushed through it unchanged."""

    def __init__(self, channels: int, *, peaks: bool = True) -> None:
        super().__init__([("ebur128", "metadata=1:framelog=quiet" + (":peak=true" if peaks else ""))], channels)
        self.momentary: list[float] = []
        """Momentary loudness in LUFS, ten values a second."""
        self.true_peak = -120.0
        """dBTP."""

    def heard(self, frame: av.AudioFrame) -> None:
        """Read what the filter wrote on a frame of 100 ms."""
        super().heard(frame)
        if "lavfi.r128.M" in self.said:
            self.momentary.append(max(SILENT, float(self.said["lavfi.r128.M"])))
        if "lavfi.r128.true_peak" in self.said:
            self.true_peak = max(self.true_peak, to_db(float(self.said["lavfi.r128.true_peak"])))

    @property
    def integrated(self) -> float:
        """LUFS; -70 for silence."""
        return max(SILENT, float(self.said.get("lavfi.r128.I", SILENT)))

    def hear(self, block: Block | None) -> None:
        """The next block, or None for the end; only the figures are kept."""
        for _ in self.frames(block):
            pass

    def measure(self, blocks: Iterable[Block]) -> Meter:
        """Hear all blocks to the end."""
        for block in blocks:
            self.hear(block)
        self.hear(None)
        return self


@dataclass(frozen=True)
class AudioFacts:
    """What is to be known of a sound file. Loudness in LUFS, peak in dBTP."""

    seconds: float
    loudness: float
    true_peak: float
    momentary: tuple[float, ...] = field(default=(), repr=False)


def probe_audio(path: Path) -> AudioFacts:
    """Decode a sound file once and measure it.

    Raises:
        MediaError: the file cannot be read or has no sound.
    """
    meter, samples = Meter(2), 0
    for block in decode(path, 2):
        samples += len(block)
        meter.hear(block)
    meter.hear(None)
    return AudioFacts(samples / RATE, meter.integrated, meter.true_peak, tuple(meter.momentary))


@dataclass(frozen=True)
class Mastered:
    """A finished file: LUFS, dBTP, the gain it took in dB and how many passes."""

    loudness: float
    true_peak: float
    gain: float
    passes: int


def master(
    mix: Callable[[], Iterator[Block]], loudness: float, target: float, true_peak: float, out: Path, after_pass: Callable[[], None]
) -> Mastered:
    """Write `mix` (stereo, of `loudness` LUFS) as FLAC at `target` LUFS with a true peak under `true_peak` dBTP.

    The limiter takes loudness away and lets some peaks between the samples through, so the result is tried, measured and made
    again until both are right. `mix` is called once a pass; `after_pass` after each.
    """
    ceiling = true_peak - CEILING_MARGIN
    gain, limit = target - loudness, ceiling - 0.1
    for done in range(1, PASSES + 1):
        trial = done % 2 == 1 and done < PASSES
        meter = _trial(mix(), gain, limit) if trial else _written(mix(), gain, limit, out)
        after_pass()
        short = target - meter.integrated
        over = 0.0 if trial else meter.true_peak - ceiling
        if not trial and abs(short) <= NEAR_ENOUGH and over <= 0.0:
            break
        gain += 1.1 * short
        limit -= over + 0.03 if over > 0.0 else 0.0
    return Mastered(meter.integrated, meter.true_peak, gain, done)


def _trial(mix: Iterator[Block], gain: float, limit: float) -> Meter:
    """How loud it would be: a pass that costs a third of one that writes."""
    return Meter(2, peaks=False).measure(_limited(mix, gain, limit))


def _limited(mix: Iterator[Block], gain: float, limit: float) -> Iterator[Block]:
    ratio = to_ratio(gain)
    limiter = Chain([("alimiter", f"limit={to_ratio(limit):.6f}:attack=4:release=60:level=disabled:latency=1")], 2)
    return limiter.through(block * ratio for block in mix)


def _written(mix: Iterator[Block], gain: float, limit: float, out: Path) -> Meter:
    meter = Meter(2)
    with FlacFile(out) as file:
        for block in meter.through(_limited(mix, gain, limit)):
            file.write(block)
    return meter
