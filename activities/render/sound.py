"""The soundtrack of a film: speech cleaned and levelled, music ducked under it, effects, mastered to a loudness.

Works scene by scene and in blocks of a second, so memory does not grow with the film. Cleaned speech and mix are kept,
uncompressed, beside the result until it is done (35 MB a minute of film).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from activities.artifacts import ArtifactStore
from activities.render.audio import RATE, Block, Chain, decode, to_ratio
from activities.render.effects import LEAD, effect
from activities.render.loudness import SILENT, Meter, master
from activities.render.music import Bed, open_bed
from activities.render.timeline import Effect, Music, Sound, SoundTrack
from models.errors import ComponentDown

SPEECH_LEVEL = -20.0
"""LUFS of each scene's speech in the mix; all else is set against it."""
HIGH_PASS = ("highpass", "f=80")
COMPRESSOR = ("acompressor", "threshold=-24dB:ratio=2:attack=8:release=160:knee=4")
HOP = RATE // 100
"""Samples of one step of the side chain: 10 ms."""
SPEECH_FLOOR = -28.0
"""dB under a scene's loudness below which its voice counts as silent."""
PAUSE = 1.0
"""Seconds of silence from which the music rises."""
DUCK_SECONDS, RISE_SECONDS = 0.35, 0.6
"""How long the music takes to give way, and to come back."""
EDGE = RATE // 200
"""Samples over which speech fades in and out at its ends (5 ms): no click at a join."""
CLIP_FADE = RATE // 4
"""Samples over which a clip that is heard itself fades out."""
CLIP_FLOOR = -40.0
"""dB under such a clip's loudness below which it has ended, and the music comes back."""
RESULT = "out.flac"
FADE_IN, FADE_OUT = 0.6, 1.8
"""Seconds over which music comes in at the film's beginning and leaves at its end."""


class SoundCancelled(Exception):  # noqa: N818 - it is no error
    """The caller asked to stop; the result was not written."""


@dataclass(frozen=True)
class SoundReport:
    """What the soundtrack measures. Loudness in LUFS, true peak in dBTP, gain in dB."""

    seconds: float
    samples: int
    loudness: float
    true_peak: float
    gain: float
    passes: int
    speech: bool
    ducked_seconds: float


@dataclass(frozen=True)
class _Piece:
    """A cleaned piece of speech: where it lies in the film (samples), the gain that levels it, in which 10 ms steps somebody
    speaks, and where its samples are kept."""

    first: int
    samples: int
    gain: float
    active: NDArray[np.bool_]
    kept: Path
    offset: int

    def read(self, start: int, count: int) -> Block:
        """Some of its samples (mono), levelled and faded at its ends."""
        block = np.fromfile(self.kept, np.float32, count, offset=4 * (self.offset + start))
        place = np.arange(start, start + len(block), dtype=np.float32)
        near = np.minimum(place, self.samples - 1 - place) / EDGE
        if near.min(initial=1.0) < 1.0:
            block *= np.sin(np.pi / 2 * np.clip(near, 0.0, 1.0)) ** 2
        return block[:, None] * np.float32(to_ratio(self.gain))


def master_soundtrack(
    track: SoundTrack,
    seconds: float,
    store: ArtifactStore,
    out: Path,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SoundReport:
    """Write the soundtrack as FLAC (48 kHz, stereo, 16 bits), exactly `seconds` long, rounded to a sample.

    A track without sound gives silence. `progress` hears the share that is done (0..1), `cancelled` is asked about once a
    second of sound.

    Raises:
        MediaError: a speech or the operator's music cannot be read.
        NotFound: a sound is no longer in the store.
        ComponentDown: the disk is full.
        SoundCancelled: `cancelled` said so; nothing is left at `out`.
    """
    whole = max(1, round(seconds * RATE))
    step = _Steps(progress, cancelled)
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".sound-") as folder:
            report = _made(track, whole, store, Path(folder), step)
            (Path(folder) / RESULT).replace(out)
    except OSError as error:
        raise ComponentDown(
            f"The soundtrack could not be written to {out.parent}: {error}.",
            hint="Free space on that disk; the step is tried again.",
        ) from error
    step.done(1.0)
    return report


def _made(track: SoundTrack, whole: int, store: ArtifactStore, folder: Path, step: _Steps) -> SoundReport:
    """The soundtrack as `RESULT` in the folder."""
    pieces = _clean_all(track.speech, store, folder / "speech", step)
    speaking = _speaking(pieces, whole)
    heard = [clip for one in track.clips if (clip := _heard(one, store.path(one.media))) is not None]
    mixer = _Mixer(pieces, heard, _bed(track.music, store, speaking.any()), track.music, track.effects, speaking, whole)
    meter, raw = Meter(2, peaks=False), folder / "mix"
    with raw.open("wb") as file:
        for at, block in mixer.blocks():
            block.tofile(file)
            meter.hear(block)
            step.done(0.4 + 0.2 * at / whole)
    meter.hear(None)
    level = goal = meter.integrated
    if level > SILENT:  # effects alone are raised as they would be beside a voice, not to the loudness of one
        goal = track.loudness if speaking.any() or mixer.bed or heard else level + track.loudness - SPEECH_LEVEL
    out = folder / RESULT
    made = master(lambda: _read(raw, step), level, goal, track.true_peak, out, lambda: step.done(min(0.95, step.share + 0.12)))
    return SoundReport(
        seconds=whole / RATE,
        samples=whole,
        loudness=made.loudness,
        true_peak=made.true_peak,
        gain=made.gain,
        passes=made.passes,
        speech=bool(speaking.any()),
        ducked_seconds=float(speaking.sum() * HOP / RATE),
    )


class _Steps:
    """Tells the progress and stops when asked."""

    def __init__(self, progress: Callable[[float], None] | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress, self._cancelled, self.share = progress, cancelled, 0.0

    def done(self, share: float) -> None:
        if self._cancelled is not None and self._cancelled():
            raise SoundCancelled
        self.share = share
        if self._progress is not None:
            self._progress(share)


def _read(raw: Path, step: _Steps) -> Iterator[Block]:
    with raw.open("rb") as file:
        while len(data := np.fromfile(file, np.float32, 2 * RATE)):
            step.done(step.share)
            yield data.reshape(-1, 2)


# --- speech -----------------------------------------------------------------------------------------------------------


def _clean_all(speech: Sequence[Sound], store: ArtifactStore, kept: Path, step: _Steps) -> list[_Piece]:
    """Every speech, cleaned and kept one after the other in one file; without those in which nobody speaks."""
    pieces: list[_Piece] = []
    with kept.open("wb") as file:
        for place, one in enumerate(speech):
            step.done(0.4 * place / len(speech))
            piece = _cleaned(one, store.path(one.media), file)
            if piece is not None:
                pieces.append(piece)
    return pieces


def _cleaned(sound: Sound, path: Path, file: BinaryIO) -> _Piece | None:
    """The piece with the gain that brings it to the common level; None where nobody speaks.

    Levelled before the compressor too, so that it works on every voice alike.
    """
    whole = np.concatenate(list(Chain([HIGH_PASS], 1).through(decode(path, 1))))
    level = Meter(1, peaks=False).measure(_seconds(whole)).integrated
    if level <= SILENT + 5.0:
        return None
    whole *= np.float32(to_ratio(SPEECH_LEVEL - level))
    whole = np.concatenate(list(Chain([COMPRESSOR], 1).through(_seconds(whole))))
    level = Meter(1, peaks=False).measure(_seconds(whole)).integrated
    offset = file.tell() // 4
    whole.tofile(file)
    file.flush()
    steps = whole[: len(whole) // HOP * HOP].reshape(-1, HOP)
    active = np.einsum("ij,ij->i", steps, steps) / HOP > to_ratio(level + SPEECH_FLOOR) ** 2
    # A voice is mono; on two loudspeakers it is 3 dB louder than measured on one.
    gain = SPEECH_LEVEL - (level + 3.01) + sound.gain_db
    return _Piece(round(sound.at * RATE), len(whole), gain, active, Path(file.name), offset)


def _seconds(whole: Block) -> Iterator[Block]:
    return (whole[at : at + RATE] for at in range(0, len(whole), RATE))


def _speaking(pieces: Sequence[_Piece], whole: int) -> NDArray[np.bool_]:
    """In which 10 ms steps of the film the music gives way: where somebody speaks, and in pauses shorter than a second."""
    found = np.zeros(-(-whole // HOP), np.bool_)
    for piece in pieces:
        first = piece.first // HOP
        last = min(len(found), first + len(piece.active))
        found[first:last] |= piece.active[: max(0, last - first)]
    edges = np.flatnonzero(np.diff(found.astype(np.int8)))
    for left, right in pairwise(edges):
        if not found[left + 1] and right - left < PAUSE * RATE / HOP:
            found[left : right + 1] = True
    return found


@dataclass(frozen=True)
class _Heard:
    """A clip that is heard itself: where it begins in the film (samples), and its sound, levelled."""

    first: int
    sound: Block


def _heard(one: Sound, path: Path) -> _Heard | None:
    """At the loudness of a voice up to where its sound ends, faded at its ends; None where it is silent."""
    most = round(one.seconds * RATE) if one.seconds else None
    blocks: list[Block] = []
    for block in decode(path, 2, forgiving=True):
        blocks.append(block)
        if most is not None and sum(map(len, blocks)) >= most:
            break
    whole = np.concatenate(blocks)[:most] if blocks else np.zeros((0, 2), np.float32)
    level = Meter(2, peaks=False).measure(_seconds(whole)).integrated
    if level <= SILENT + 5.0:
        return None
    steps = whole[: len(whole) // HOP * HOP].reshape(-1, 2 * HOP)
    loud = np.flatnonzero(np.einsum("ij,ij->i", steps, steps) / (2 * HOP) > to_ratio(level + CLIP_FLOOR) ** 2)
    whole = whole[: (int(loud[-1]) + 1) * HOP + CLIP_FADE]
    place = np.arange(len(whole), dtype=np.float32)
    edge = np.clip(np.minimum(place / EDGE, (len(whole) - 1 - place) / CLIP_FADE), 0.0, 1.0)
    gain = np.float32(to_ratio(SPEECH_LEVEL - level + one.gain_db))
    return _Heard(round(one.at * RATE), whole * (gain * np.sin(np.pi / 2 * edge) ** 2)[:, None])


def _room(heard: Sequence[_Heard], whole: int) -> NDArray[np.float64]:
    """How much of the music is let through at each 10 ms step: none under a clip that is heard, all away from it."""
    steps = np.arange(-(-whole // HOP)) * HOP
    share = np.ones(len(steps))
    for one in heard:
        away = np.maximum(one.first - steps, steps - (one.first + len(one.sound) - CLIP_FADE)) / (DUCK_SECONDS * RATE)
        share = np.minimum(share, np.sin(np.pi / 2 * np.clip(away, 0.0, 1.0)) ** 2)
    return share


# --- the mix ----------------------------------------------------------------------------------------------------------


def _bed(music: Music | None, store: ArtifactStore, speech: np.bool_) -> Bed | None:
    if music is None:
        return None
    bed = open_bed(music, store.path(music.media) if music.media else None)
    under = music.under_speech_db if speech else 0.0
    bed.gain = SPEECH_LEVEL + under - bed.loudness
    return bed


def _music_gain(speaking: NDArray[np.bool_], rise_db: float) -> NDArray[np.float32]:
    """The side chain: gain of the music in dB at each 10 ms step, 0 under speech and `rise_db` in pauses.

    It knows the speech ahead, so the music has given way when a word begins; it moves along a cosine, so it is not heard to pump.
    """
    away, back = round(DUCK_SECONDS * RATE / HOP), round(RISE_SECONDS * RATE / HOP)
    gives_way = np.convolve(speaking.astype(np.float32), np.ones(away + 1, np.float32), "full")[away:] > 0.5
    share = np.where(gives_way, 0.0, 1.0)
    for edge in np.flatnonzero(np.diff(gives_way.astype(np.int8))).tolist():
        steps = away if gives_way[edge + 1] else back
        part = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, min(steps, len(share) - edge - 1) + 1) / steps)
        share[edge + 1 : edge + 1 + steps] = 1.0 - part if gives_way[edge + 1] else part
    return (share * rise_db).astype(np.float32)


class _Mixer:
    """Everything at its place, a second at a time."""

    def __init__(
        self,
        pieces: Sequence[_Piece],
        heard: Sequence[_Heard],
        bed: Bed | None,
        music: Music | None,
        effects: Sequence[Effect],
        speaking: NDArray[np.bool_],
        whole: int,
    ) -> None:
        self.bed, self._whole = bed, whole
        self._pieces, self._heard = pieces, heard
        self._room = _room(heard, whole)
        self._effects: list[tuple[int, Effect, int]] = [
            (round((one.at - LEAD[one.kind]) * RATE), one, place) for place, one in enumerate(effects)
        ]
        rise = music.rise_db if music and speaking.any() else 0.0
        self._music = _music_gain(speaking, rise)

    def blocks(self) -> Iterator[tuple[int, Block]]:
        """Blocks of a second with the sample after each."""
        for first in range(0, self._whole, RATE):
            count = min(RATE, self._whole - first)
            block = np.zeros((count, 2), np.float32)
            self._add_speech(block, first)
            for one in self._heard:
                _add(block, first, one.first, one.sound)
            if self.bed is not None:
                block += self.bed.read(count) * self._envelope(first, count)[:, None]
            self._add_effects(block, first)
            end = np.clip((self._whole - 1 - np.arange(first, first + count, dtype=np.float32)) / EDGE, 0.0, 1.0)
            yield first + count, block * end.astype(np.float32)[:, None]

    def _envelope(self, first: int, count: int) -> NDArray[np.float32]:
        """Gain of the music, found every 10 ms and drawn through."""
        steps = np.arange(first // HOP, (first + count) // HOP + 2, dtype=np.float64)
        place = np.minimum(steps.astype(np.intp), len(self._music) - 1)
        db, room = self._music[place], self._room[place]
        into, left = np.clip(steps * HOP / RATE / FADE_IN, 0, 1), np.clip((self._whole - steps * HOP) / RATE / FADE_OUT, 0, 1)
        assert self.bed is not None
        gain = 10.0 ** ((db + self.bed.gain) / 20.0) * np.sin(np.pi / 2 * into) ** 2 * np.sin(np.pi / 2 * left) ** 2 * room
        drawn: NDArray[np.float32] = np.interp(np.arange(first, first + count), steps * HOP, gain).astype(np.float32)
        return drawn

    def _add_speech(self, block: Block, first: int) -> None:
        for piece in self._pieces:
            low, high = max(piece.first, first), min(piece.first + piece.samples, first + len(block))
            if low < high:
                block[low - first : high - first] += piece.read(low - piece.first, high - low)

    def _add_effects(self, block: Block, first: int) -> None:
        for start, one, seed in self._effects:
            _add(block, first, start, effect(one.kind, seed % 3), to_ratio(SPEECH_LEVEL + one.gain_db))


def _add(block: Block, first: int, start: int, sound: Block, gain: float = 1.0) -> None:
    """Add to a block that begins at sample `first` what of a sound that begins at `start` lies in it."""
    low, high = max(start, first), min(start + len(sound), first + len(block))
    if low < high:
        block[low - first : high - first] += sound[low - start : high - start] * np.float32(gain)
