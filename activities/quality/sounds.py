"""Listening to the sound of a film: loudness, peaks, silence, and whether speech is heard when it was planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from activities.quality.facts import LEVELS_A_SECOND, SoundFacts, Span
from activities.render.audio import RATE, Block, decode
from activities.render.loudness import Meter

SILENCE_DB = -60.0
SILENCE_SECONDS = 2.0
HOP = RATE // LEVELS_A_SECOND
WINDOW = 3.0
"""Seconds of a speech that are looked for in the film, and by how much it may be early or late: half a second."""
REACH = 0.5
SURE = 0.3
"""Correlation from which speech counts as found."""


@dataclass(frozen=True)
class Planned:
    """A speech that should be heard from `at` seconds on."""

    at: float
    path: Path


class SoundWatch:
    """Follows the sound block by block and remembers levels and the few stretches in which speech is looked for."""

    def __init__(self, speech: Sequence[Planned]) -> None:
        self.meter = Meter(2)
        self._levels: list[NDArray[np.float32]] = []
        self._held: Block = np.zeros((0, 2), np.float32)
        self._samples = 0
        self._searches = [_Search(one) for one in speech]

    def hear(self, block: Block) -> None:
        """The next stereo samples."""
        self.meter.hear(block)
        for search in self._searches:
            search.hear(self._samples, block)
        self._samples += len(block)
        held = np.concatenate([self._held, block])
        whole = len(held) // HOP * HOP
        self._levels.append((held[:whole] ** 2).reshape(-1, HOP * 2).mean(axis=1))
        self._held = held[whole:]

    def finish(self, start: float, end: float) -> SoundFacts:
        """All that was heard in a stream that lasts from `start` to `end`."""
        self.meter.hear(None)
        power = np.concatenate(self._levels) if self._levels else np.zeros(0, np.float32)
        levels = (10 * np.log10(np.maximum(power, 1e-12))).astype(np.float32)
        results = [(search.planned.at, search.result()) for search in self._searches]
        return SoundFacts(
            start=start,
            end=end,
            loudness=self.meter.integrated,
            true_peak=self.meter.true_peak,
            levels=levels.tolist(),
            momentary=self.meter.momentary,
            silent=tuple(_runs(levels < SILENCE_DB, SILENCE_SECONDS)),
            offsets=tuple((at, result) for at, result in results if isinstance(result, float)),
            voice=any(result != "silent" for _, result in results),
            unheard=tuple(at for at, result in results if result == "missing"),
        )


def _runs(mask: NDArray[np.bool_], least: float) -> list[Span]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))).reshape(-1, 2)
    spans = [Span(float(first) / LEVELS_A_SECOND, float(last) / LEVELS_A_SECOND) for first, last in edges]
    return [span for span in spans if span.seconds >= least]


class _Search:
    """Keeps the film's sound around a planned speech and finds the speech in it."""

    def __init__(self, planned: Planned) -> None:
        self.planned = planned
        self._first = round((planned.at - REACH) * RATE)
        self._sound = np.zeros(round((WINDOW + 2 * REACH) * RATE), np.float32)

    def hear(self, at: int, block: Block) -> None:
        low, high = max(self._first, at), min(self._first + len(self._sound), at + len(block))
        if low < high:
            self._sound[low - self._first : high - self._first] = block[low - at : high - at].mean(axis=1)

    def result(self) -> float | Literal["silent", "missing"]:
        """Seconds by which the speech is late in the film, or that it is `silent` or cannot be found in the film."""
        speech = np.zeros(0, np.float32)
        for block in decode(self.planned.path, 1):
            speech = np.concatenate([speech, block[:, 0]])[: round(WINDOW * RATE)]
            if len(speech) == round(WINDOW * RATE):
                break
        # The differences of neighbouring samples: consonants, which have sharp edges in time, weigh more than the voice.
        wanted, sound = np.diff(speech), np.diff(self._sound)
        if not len(wanted) or float((wanted**2).sum()) < 1e-6:
            return "silent"
        size = 1 << (len(sound) + len(wanted)).bit_length()
        match = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(wanted, size)), size)[: round(2 * REACH * RATE)]
        best = int(match.argmax())
        around = sound[best : best + len(wanted)]
        strength = match[best] / np.sqrt(float((wanted[: len(around)] ** 2).sum()) * float((around**2).sum()) + 1e-12)
        return best / RATE - REACH if strength >= SURE else "missing"
