"""The musical bed: generated from a seed and a mood, or the operator's own file.

The generated bed is a loop of sixteen bars in three stems (pads, plucks, pulse) that is made once and repeated while the
stems come and go, so a film of any length needs the memory of one loop and never hears the same minute twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from activities.render.audio import RATE, Block, Reader, decode
from activities.render.loudness import SILENT, Meter
from activities.render.synthesis import BARS, HALF, compose
from activities.render.timeline import Music
from models.errors import MediaError

HALF_BAND = 16
"""Samples on each side from which one between them is told."""
_AWAY = np.arange(-HALF_BAND, HALF_BAND) + 0.5
BETWEEN = (np.sinc(_AWAY) * np.kaiser(2 * HALF_BAND, 7.0)).astype(np.float32)
CROSSFADE = 2 * RATE
"""Samples over which the end of a file that is too short passes into its beginning."""


MEAN = np.float32(0.7)
"""About how far plucks and pulse are in."""
PLUCK_LEVELS, PULSE_LEVELS = (0.25, 0.6, 0.85, 1.0), (0.0, 0.5, 0.8, 1.0)


class _Source(Protocol):
    def read(self, samples: int) -> Block:
        """The next samples."""
        ...


@dataclass
class Bed:
    """Music without an end. `loudness` is its own in LUFS; `gain` is the reader's to set."""

    source: _Source
    loudness: float
    gain: float = 0.0

    def read(self, samples: int) -> Block:
        """The next stereo samples, without the gain."""
        return self.source.read(samples)


def open_bed(music: Music, file: Path | None) -> Bed:
    """The bed that a film asks for.

    Raises:
        MediaError: the file cannot be read, has no sound or is silent.
    """
    if file is None:
        loop = _Loop(music.seed, music.mood)
        return Bed(loop, loop.loudness())
    loudness = Meter(2, peaks=False).measure(decode(file, 2, forgiving=True)).integrated
    if loudness <= SILENT:
        raise MediaError(f"The music file {file.name} is silent.", hint="Give another one, or none: the film then gets its own.")
    return Bed(Reader(_repeated(file), 2), loudness)


class _Loop:
    """The generated bed."""

    def __init__(self, seed: int, mood: str) -> None:
        self._stems = compose(seed, mood)
        self._length = len(self._stems[0])
        self._bar = self._length // BARS
        self._seed = seed
        self._at = 0

    def loudness(self) -> float:
        """Of one round with every stem at its mean."""
        pads, plucks, pulse = self._stems
        seconds = (slice(at, at + HALF) for at in range(0, self._length, HALF))
        blocks = (doubled(pads[part] + MEAN * (plucks[part] + pulse[part])) for part in seconds)
        return Meter(2, peaks=False).measure(blocks).integrated

    def read(self, samples: int) -> Block:
        first, last = self._at // 2 - HALF_BAND, (self._at + samples + 1) // 2 + HALF_BAND
        whole = doubled(self._mixed(first, last - first))
        begin = self._at - 2 * first
        self._at += samples
        return whole[begin : begin + samples]

    def _mixed(self, first: int, samples: int) -> Block:
        """All stems at their levels, at the half rate, from any place of the endless loop."""
        block = np.zeros((samples, 2), np.float32)
        sections = (first / self._bar / 4, (first + samples) / self._bar / 4)  # of four bars
        for number, stem in enumerate(self._stems):
            begin, end = (self._level(number, max(at, 0.0)) for at in sections)
            level = np.linspace(begin, end, samples, dtype=np.float32)[:, None]
            done = 0
            while done < samples:
                place = (first + done) % self._length
                count = min(samples - done, self._length - place)
                block[done : done + count] += stem[place : place + count] * level[done : done + count]
                done += count
        return block

    def _level(self, stem: int, at: float) -> float:
        """How far a stem is in: slowly from one section's level to the next."""
        section = int(at)
        return self._section(stem, section) * (section + 1 - at) + self._section(stem, section + 1) * (at - section)

    def _section(self, stem: int, section: int) -> float:
        if stem == 0:
            return 1.0
        if section == 0:
            return 0.55 if stem == 1 else 0.35
        rng = np.random.default_rng([self._seed, stem, section])
        return float(rng.choice(PLUCK_LEVELS if stem == 1 else PULSE_LEVELS))


def doubled(block: Block) -> Block:
    """Sound of the half rate at the whole rate: the samples, and between them what a half-band filter says."""
    whole = np.empty((2 * len(block), 2), np.float32)
    whole[::2] = block
    for side in (0, 1):
        whole[1::2, side] = np.convolve(block[:, side], BETWEEN, "full")[HALF_BAND : HALF_BAND + len(block)]
    return whole


def _repeated(file: Path) -> Iterator[Block]:
    """The file again and again, its end over its beginning."""
    tail: Block = np.zeros((0, 2), np.float32)
    while True:
        held, read = np.zeros((0, 2), np.float32), 0
        for block in _begun_with(tail, decode(file, 2, forgiving=True)):
            held = np.concatenate([held, block])
            read += len(block)
            if len(held) > CROSSFADE:
                yield held[:-CROSSFADE]
                held = held[-CROSSFADE:]
        fade = min(CROSSFADE, len(held), read // 3)
        if not fade:
            return
        yield held[: len(held) - fade]
        tail = held[len(held) - fade :]


def _begun_with(tail: Block, blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks, the first samples crossfaded from `tail` at equal power."""
    done = 0
    for block in blocks:
        count = min(len(tail) - done, len(block))
        if count > 0:
            angle = (np.arange(done, done + count, dtype=np.float32) + 0.5) / len(tail) * np.float32(np.pi / 2)
            block = block.copy()
            block[:count] = block[:count] * np.sin(angle)[:, None] + tail[done : done + count] * np.cos(angle)[:, None]
            done += count
        yield block
