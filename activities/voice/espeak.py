"""The local voice: espeak-ng, one short process a phrase, with word times from the engine itself."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import espeakng_loader
import numpy as np

from activities.voice.alignment import aligned, filled_in, within_sound
from activities.voice.port import SAMPLE_RATE, Spoken, Voice
from activities.voice.sound import filtered, levelled, resampled
from activities.voice.text import Token, language_of, tokens_of
from models.errors import BadOutput, Unavailable
from models.money import ZERO

if TYPE_CHECKING:
    from activities.voice.port import Samples

WORD_EVENT = 1
_CHILD = Path(__file__).with_name("espeak_child.py")
_TIMEOUT = 60.0
_TONE = (
    ("highpass", "f=75"),
    ("equalizer", "f=180:t=q:w=0.9:g=2.5"),
    ("equalizer", "f=2600:t=q:w=1.2:g=-2.5"),
    ("equalizer", "f=4800:t=q:w=1.0:g=-3"),
    ("treble", "f=8000:g=-4"),
    ("acompressor", "threshold=0.12:ratio=2.2:attack=8:release=120:makeup=1.4"),
)
"""Warmth under, less of the synthesiser's buzz above, and an even level."""

VOICES = {
    "en": "en-us",
    "en-gb": "gmw/en-GB-x-rp",
    "es": "es-419",
    "es-es": "es",
    "zh": "cmn",
    "pt": "pt-br",
    "no": "nb",
}
"""The engine's voice where it is not simply the language's code (`en-gb` by that name fails)."""

RATES = {"en": 132, "de": 140, "es": 150, "fr": 150, "it": 150, "pt": 150, "nl": 145, "ja": 150, "ar": 150, "hi": 150}
"""Words a minute as the engine counts them, chosen so that each language is heard at the pace of a calm narrator."""

# fmt: off
LANGUAGES = frozenset({
    "af", "ar", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "eo", "es", "et", "eu", "fa", "fi", "fr", "ga",
    "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "kn", "ko", "la", "lb", "lt", "lv", "mk", "ml",
    "mr", "ms", "mt", "nb", "ne", "nl", "no", "pa", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te",
    "th", "tr", "tt", "uk", "ur", "uz", "vi", "zh",
})
# fmt: on


class EspeakVoice:
    """espeak-ng from its wheel. Free, offline, the same sound for the same text."""

    name = "espeak"
    version = "espeak-ng-1.52/6"
    account = "local"
    paid = False

    def __init__(
        self, *, speed: float = 1.0, pitch: int = 44, pitch_range: int = 58, word_gap: int = 0, variant: str = "m3"
    ) -> None:
        """`speed` multiplies the language's pace; `pitch` and `pitch_range` are 0-100; `word_gap` is in hundredths of a second;
        `variant` is the timbre.
        """
        self._speed = speed
        self._settings = {"pitch": pitch, "range": pitch_range, "gap": word_gap}
        self._variant = variant

    def voice_for(self, language: str, wished: str) -> Voice | None:
        """The engine's voice of the language; `wished` may name a variant of timbre (`f2`, `m7`, `Annie`)."""
        tag = language.replace("_", "-").lower()
        code = language_of(tag)
        if code not in LANGUAGES:
            return None
        variants = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
        variant = wished if wished and (variants / Path(wished).name).is_file() else self._variant
        return Voice(name=f"{VOICES.get(tag) or VOICES.get(code, code)}+{variant}", language=language)

    async def estimate(self, text: str, voice: Voice) -> Decimal:
        """Nothing."""
        return ZERO

    async def synthesise(self, text: str, voice: Voice) -> Spoken:
        """Speak `text`.

        Raises:
            BadOutput: there is nothing to read in it, or no sound came.
            Unavailable: the engine crashed or does not answer.
        """
        return await asyncio.to_thread(self._speak, text, voice)

    def _speak(self, text: str, voice: Voice) -> Spoken:
        tokens = tokens_of(text, voice.language)
        if not tokens:
            raise BadOutput(f"There is nothing to read aloud in {text[:60]!r}.", provider=self.name)
        read, starts = _joined(tokens)
        rate, raw, events = self._engine(read, voice)
        samples = levelled(filtered(resampled(raw, rate), _TONE))
        begins = _from_events(tokens, starts, events, rate)
        words = filled_in(tokens, begins, len(samples) / SAMPLE_RATE) if begins else aligned(samples, tokens)
        return Spoken(samples=samples, words=within_sound(words, samples))

    def _engine(self, text: str, voice: Voice) -> tuple[int, Samples, list[tuple[int, int, int, int]]]:
        asked = {
            "library": espeakng_loader.get_library_path(),
            "data": espeakng_loader.get_data_path(),
            "text": text,
            "voice": voice.name,
            "rate": round(RATES.get(language_of(voice.language), 155) * self._speed),
            **self._settings,
        }
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", str(_CHILD)],
                input=json.dumps(asked).encode(),
                capture_output=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"espeak-ng did not answer within {_TIMEOUT:.0f} s.", provider=self.name) from error
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace")[-300:]
            raise Unavailable(
                f"espeak-ng ended with status {done.returncode} (voice {voice.name}): {said}",
                provider=self.name,
                hint="`./ytempire doctor` checks the voice engine.",
            )
        head, _, pcm = done.stdout.partition(b"\n")
        answer = json.loads(head)
        if len(pcm) < 2:
            raise BadOutput(f"espeak-ng gave no sound for {text[:60]!r}.", provider=self.name)
        samples = (np.frombuffer(pcm, dtype=np.int16) / 32768).astype(np.float32)
        return answer["sample_rate"], samples, [tuple(event) for event in answer["events"]]


def _joined(tokens: tuple[Token, ...]) -> tuple[str, list[int]]:
    """What is read, and where in it (characters) each token begins."""
    starts, at = [], 0
    for token in tokens:
        starts.append(at)
        at += len(token.spoken) + 1
    return " ".join(token.spoken for token in tokens), starts


def _from_events(
    tokens: tuple[Token, ...], starts: list[int], events: list[tuple[int, int, int, int]], rate: int
) -> dict[int, float]:
    """When each token begins (seconds), as far as the engine says so; empty where its times cannot be trusted.

    An event is `(kind, character position from 1, length, sample)`; several may belong to one token ("42"), and now and then a
    token has none (the engine speaks short words as one with their neighbour).
    """
    begins: dict[int, float] = {}
    current = -1
    for kind, position, _, sample in events:
        if kind != WORD_EVENT:
            continue
        token = int(np.searchsorted(starts, position - 1, side="right")) - 1
        if token < current or (begins and sample / rate < begins[current]):
            return {}
        if token != current:
            begins[token] = sample / rate
            current = token
    return begins if 2 * len(begins) > len(tokens) else {}
