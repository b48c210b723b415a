"""Composing and synthesising a quiet loop of music: chords, plucks over them, a soft pulse.

Everything is made on a circle: what rings on after the last bar sounds in the first, and the hall is a circular
convolution, so the loop has no seam. Stems are kept at half the film's rate (nothing in them is above 10 kHz); those of pure tones,
whose highest harmonic lies under 5 kHz, are played at a quarter of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from activities.render.audio import RATE, Block

BARS = 16
BEATS = 4
HALF, QUARTER = RATE // 2, RATE // 4
Wave = NDArray[np.float32]

CHORDS = {
    "": (0, 4, 7), "m": (0, 3, 7), "maj7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "7sus": (0, 5, 7, 10), "sus4": (0, 5, 7),
    "sus2": (0, 2, 7), "add9": (0, 4, 7, 14), "madd9": (0, 3, 7, 14), "6": (0, 4, 7, 9), "maj9": (0, 4, 11, 14),
}  # fmt: skip
"""Semitones over the root."""


@dataclass(frozen=True)
class Mood:
    """What a mood sounds like. Chords are `semitones over the tonic:kind`, one a bar, in rows of four."""

    tempo: tuple[int, int]
    rows: tuple[str, ...]
    bright: float
    """Hertz from which the pads grow dull."""
    pluck: tuple[int, ...]
    """Steps of the plucked figure, in eighths of a bar; -1 rests, others count up the chord."""
    pluck_seconds: float
    pulse: str
    """Which beats: `none`, `heart`, `steady`, `light`."""


MOODS = {
    "calm": Mood(
        (64, 74), ("0:maj7 9:m7 5:maj7 7:sus4", "5:maj7 4:m7 2:m7 7:7sus"),
        1100, (0, -1, 2, -1, 1, -1, 3, -1), 1.8, "none",
    ),
    "warm": Mood(
        (70, 80), ("0:add9 5:maj7 9:m7 5:add9", "2:m7 5:maj7 0:add9 7:sus4"),
        1200, (0, -1, 1, 2, -1, 3, -1, 2), 1.6, "heart",
    ),
    "bright": Mood(
        (94, 106), ("0:add9 7: 9:m7 5:add9", "5:add9 0: 7:sus4 7:"),
        1700, (0, 2, 1, 3, 2, 1, 3, -1), 0.9, "light",
    ),
    "curious": Mood(
        (84, 94), ("0:maj7 2:6 0:maj7 2:6", "9:m7 2:6 5:maj7 7:sus4"),
        1400, (0, -1, 2, 1, -1, 3, 2, -1), 1.1, "light",
    ),
    "playful": Mood(
        (104, 114), ("0:6 9:m7 2:m7 7:7sus", "5:6 0: 2:m7 7:sus4"),
        1600, (0, -1, 2, -1, 3, 1, -1, 2), 0.45, "light",
    ),
    "tense": Mood(
        (72, 82), ("0:m 8: 0:m 10:sus2", "5:m 8: 0:m 7:sus4"),
        750, (0, -1, -1, 0, -1, -1, 1, -1), 1.2, "heart",
    ),
    "epic": Mood(
        (80, 90), ("0:m 8: 3: 10:", "0:madd9 3: 8: 10:sus4"),
        1300, (0, 1, 2, 3, 2, 1, 2, 1), 0.8, "steady",
    ),
    "sad": Mood(
        (60, 68), ("0:madd9 8:maj7 3: 10:sus4", "5:m7 8:maj7 0:madd9 7:sus4"),
        900, (0, -1, 1, -1, 2, -1, 1, -1), 2.0, "none",
    ),
}  # fmt: skip
"""A mood that is not here sounds like `calm`."""


@dataclass(frozen=True)
class Score:
    """What is played: for each bar the bass and the voiced chord, as MIDI notes; seconds of a beat."""

    mood: Mood
    bars: tuple[tuple[int, tuple[int, ...]], ...]
    beat: float
    seed: int

    @property
    def bar(self) -> int:
        """Samples of a bar at the half rate: whole fiftieths of a second, as many as are quickly transformed."""
        wished = self.beat * BEATS * 50
        return min(_QUICK, key=lambda count: abs(count - wished)) * (HALF // 50)


def _quick(length: int) -> bool:
    """Whether it has no prime factor over 7: a Fourier transform of such a length takes half the time of others."""
    for factor in (2, 3, 5, 7):
        while length % factor == 0:
            length //= factor
    return length == 1


_QUICK = [count for count in range(80, 300) if _quick(count)]


def score_of(seed: int, mood: str) -> Score:
    """The piece of a seed and mood: key, tempo, which rows in which order, and voices that move as little as they can."""
    rng = np.random.default_rng([seed, 7])
    kind = MOODS.get(mood, MOODS["calm"])
    tonic = int(rng.integers(-5, 7))
    order = [0, 0, 1, 1] if rng.random() < 0.5 else [0, 1, 0, 1]
    bars: list[tuple[int, tuple[int, ...]]] = []
    voices: tuple[int, ...] = (55, 60, 64, 67)
    for name in (chord for row in order for chord in kind.rows[row % len(kind.rows)].split()):
        root, quality = name.split(":")
        tones = [(int(root) + step + tonic) % 12 for step in CHORDS[quality]]
        voices = _led(voices, tones)
        bass = 36 + (int(root) + tonic) % 12
        bars.append((bass if bass < 45 else bass - 12, voices))
    return Score(kind, tuple(bars), 60 / float(rng.uniform(*kind.tempo)), seed)


def _led(voices: tuple[int, ...], tones: list[int]) -> tuple[int, ...]:
    """Each tone of the chord at the place nearest to the last chord's voices, between F3 and A4 (D3 and C5 where it must be),
    never a semitone beside another nor, where it can be, an octave and a semitone apart: held like that they growl."""
    wanted = [*tones, *tones[:1]][: max(4, len(tones))]
    placed: list[int] = []
    for tone in wanted:
        clear = [note for note in range(50, 73) if note % 12 == tone and all(abs(note - other) > 1 for other in placed)]
        sweet = [note for note in clear if all(abs(note - other) != 13 for other in placed)] or clear
        near = [note for note in sweet if 53 <= note <= 69] or sweet
        if near:
            placed.append(min(near, key=lambda note: (min(abs(note - voice) for voice in voices), note)))
    return tuple(sorted(placed))


def hertz(note: float) -> float:
    """Frequency of a MIDI note in equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((note - 69) / 12))


def compose(seed: int, mood: str) -> tuple[Block, Block, Block]:
    """The loop's stems at the half rate, stereo, each of the same length and at a level that sits well with the others."""
    score = score_of(seed, mood)
    rng = np.random.default_rng([seed, 11])
    length = score.bar * BARS
    pads = _finished(_pads(score, length // 2, rng), QUARTER, rng, 0.35, 2.2, score.mood.bright)
    plucks = _finished(_plucks(score, length // 2), QUARTER, rng, 0.4, 1.8, 5000.0)
    if score.mood.pulse == "none":
        return _at(pads, 0.1), _at(plucks, 0.045), np.zeros_like(pads)
    pulse = _pulse(score, length, rng)
    # Brushed noise carries far: where it is all of the pulse, it stays a breath.
    return _at(pads, 0.1), _at(plucks, 0.045), _at(pulse, 0.007 if score.mood.pulse == "light" else 0.035)


def _at(stem: Block, rms: float) -> Block:
    power = float(np.sqrt((stem**2).mean()))
    return stem * np.float32(rms / power) if power > 0 else stem


def _add(target: Wave, first: int, sound: Wave) -> None:
    """Add a stereo sound on the circle."""
    length = len(target)
    first %= length
    while len(sound):
        part = min(len(sound), length - first)
        target[first : first + part] += sound[:part]
        sound, first = sound[part:], 0


def _table(strengths: list[float]) -> Wave:
    """One cycle of a wave with these harmonics."""
    phase = 2 * np.pi * np.arange(4096) / 4096
    return sum((s * np.sin(n * phase) for n, s in enumerate(strengths, 1)), np.zeros(4096)).astype(np.float32)


def _tone(table: Wave, frequency: float, samples: int, phase: float) -> Wave:
    """At the quarter rate. The place in the table is counted in fractions of 2^32 of a cycle, which overflow as it goes round."""
    step, first = round(frequency / QUARTER * 2**32), round(phase % 1.0 * 2**32)
    place = np.arange(samples, dtype=np.uint32) * np.uint32(step) + np.uint32(first)
    wave: Wave = table[place >> np.uint32(20)]
    return wave


def _pads(score: Score, length: int, rng: np.random.Generator) -> Wave:
    """Chords held through their bar, each voice twice a side and slightly apart, over a round bass."""
    out = np.zeros((length, 2), np.float32)
    soft, round_ = _table([1.0, 0.5, 0.25, 0.14, 0.08, 0.05]), _table([1.0, 0.22, 0.06])
    whole = score.bar // 2
    samples = int(whole * 1.25)
    shape = _swell(samples, 0.22 * whole, 0.45 * whole)
    bass_shape = _swell(samples, 0.05 * whole, 0.5 * whole) * np.float32(0.6)
    for bar, (bass, voices) in enumerate(score.bars):
        chord = np.zeros((2, samples), np.float32)
        for note in voices:
            for side in (0, 1):
                for cents in (-4.0, 4.5):
                    tuned = hertz(note + (cents + (1.2 if side else -1.2)) / 100)
                    chord[side] += _tone(soft, tuned, samples, float(rng.random()))
        chord *= shape / np.float32(len(voices))
        chord += _tone(round_, hertz(bass), samples, 0.0) * bass_shape
        _add(out, bar * whole, chord.T)
    return out


def _swell(samples: int, attack: float, release: float) -> Wave:
    place = np.arange(samples)
    rise, fall = np.clip(place / attack, 0, 1), np.clip((samples - place) / release, 0, 1)
    shape: Wave = (np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2).astype(np.float32)
    return shape


def _plucks(score: Score, length: int) -> Wave:
    """A figure over the chord, an octave above the pads, wandering between the loudspeakers."""
    out = np.zeros((length, 2), np.float32)
    rng = np.random.default_rng([score.seed, 13])
    step = score.bar / 16
    plucked: dict[int, Wave] = {}
    for bar, (_, voices) in enumerate(score.bars):
        turn = int(rng.integers(0, 3)) if bar % 4 == 3 else 0
        for place, which in enumerate(score.mood.pluck):
            if which < 0 or rng.random() < 0.08:
                continue
            note = voices[(which + turn) % len(voices)] + 12
            if note not in plucked:
                plucked[note] = _pluck(hertz(note), score.mood.pluck_seconds)
            pan = 0.5 + 0.3 * np.sin(2.4 * (bar * 8 + place))
            force = (1.0 if place in (0, 4) else 0.75) * float(rng.uniform(0.8, 1.0))
            late = int(rng.uniform(0, 0.008) * QUARTER)
            sides = np.array([np.cos(np.pi / 2 * pan), np.sin(np.pi / 2 * pan)], np.float32) * np.float32(force)
            _add(out, round((bar * 8 + place) * step) + late, plucked[note][:, None] * sides)
    return out


def _pluck(frequency: float, seconds: float) -> Wave:
    """A string that is plucked, at the quarter rate: three harmonics, the higher ones gone sooner."""
    at = np.arange(int(min(4 * seconds, 6.0) * QUARTER)) / QUARTER
    sound = np.sin(2 * np.pi * frequency * at) * np.exp(-at / (0.3 * seconds))
    sound += 0.28 * np.sin(4 * np.pi * frequency * at) * np.exp(-at / (0.14 * seconds))
    sound += 0.1 * np.sin(8 * np.pi * frequency * at) * np.exp(-at / (0.04 * seconds))
    wave: Wave = (sound * np.clip(at / 0.006, 0, 1)).astype(np.float32)
    return wave


BEATS_OF = {"none": (), "heart": ((0.0, 1.0), (0.5, 0.6)), "steady": ((0.0, 1.0), (1.0, 0.5), (2.0, 0.8), (3.0, 0.5)), "light": ()}
"""Soft low beats: place in beats and force."""


def _pulse(score: Score, length: int, rng: np.random.Generator) -> Wave:
    """Thumps and brushed noise. Each is put into its hall once: it rings on for less than two seconds."""
    out = np.zeros((length, 2), np.float32)
    beat = score.bar / BEATS
    at = np.arange(2 * HALF)[:, None] / HALF
    thump = np.sin(2 * np.pi * (52 * at + 1.1 * (1 - np.exp(-at / 0.03)))) * np.exp(-at / 0.11) * np.clip(at / 0.004, 0, 1)
    thump = _finished(np.repeat(thump.astype(np.float32), 2, axis=1), HALF, rng, 0.12, 0.8, 5000.0)
    noise = np.diff(rng.standard_normal((2 * HALF, 2)), axis=0, prepend=0) * np.exp(-at / 0.018) * np.clip(at / 0.004, 0, 1)
    grain = _finished(noise.astype(np.float32), HALF, rng, 0.12, 0.8, 5000.0)
    for bar in range(BARS):
        for place, force in BEATS_OF[score.mood.pulse]:
            _add(out, round(bar * score.bar + place * beat), thump * np.float32(force))
        if score.mood.pulse in ("light", "steady"):
            for eighth in range(8):
                force = (0.10 if eighth % 2 else 0.05) * float(rng.uniform(0.7, 1.0))
                _add(out, round(bar * score.bar + eighth * beat / 2), grain * np.float32(force))
    return out


def _finished(stem: Wave, rate: int, rng: np.random.Generator, wet: float, seconds: float, bright: float) -> Block:
    """The stem of `rate` in a hall, without rumble, dull above `bright`, a little thinner where speech is understood, at the
    half rate."""
    length = len(stem)
    spectrum = np.fft.rfft(stem, axis=0)  # in single precision, as the stem is
    if wet:
        tail = int(seconds * rate)
        hall = rng.standard_normal((tail, 2)) * np.exp(-6.0 * np.arange(tail) / tail)[:, None]
        hall *= np.clip(np.arange(tail) / (0.02 * rate), 0, 1)[:, None]
        hall /= np.sqrt((hall**2).sum(axis=0))
        spectrum *= 1.0 + np.float32(wet) * np.fft.rfft(hall.astype(np.float32), length, axis=0)
    at = np.fft.rfftfreq(length, 1 / rate)[:, None]
    octaves = np.log2(np.maximum(at, 1.0) / 2500.0)
    shape = (
        1 / (1 + (45 / np.maximum(at, 1.0)) ** 4) / np.sqrt(1 + (at / bright) ** 4) * (1 - 0.35 * np.exp(-((octaves / 0.7) ** 2)))
    )
    spectrum *= shape.astype(np.float32)
    more = HALF // rate
    whole: Block = np.fft.irfft(spectrum, more * length, axis=0).astype(np.float32) * np.float32(more)
    return whole
