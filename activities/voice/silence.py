"""The last resort when no voice speaks: silence of the right length, so that the captions tell the film."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from activities.voice.alignment import weight_of
from activities.voice.port import SAMPLE_RATE, Spoken, Voice
from activities.voice.text import tokens_of
from models.money import ZERO
from models.videos.contracts import Word
from models.videos.pace import spoken_seconds

SLOWER = 1.15
"""Reading along takes a little longer than listening."""


class SilentVoice:
    """Timed silence in every language. Free, and never fails."""

    name = "silence"
    version = "1"
    account = "local"
    paid = False

    def voice_for(self, language: str, wished: str) -> Voice | None:
        """There is one silence."""
        return Voice(name="silence", language=language)

    async def estimate(self, text: str, voice: Voice) -> Decimal:
        """Nothing."""
        return ZERO

    async def synthesise(self, text: str, voice: Voice) -> Spoken:
        """Silence in which each word has the time that it takes to read."""
        tokens = tokens_of(text, voice.language)
        seconds = max(1.5, spoken_seconds(text, voice.language) * SLOWER)
        total = sum(weight_of(token.spoken) for token in tokens)
        words, at = [], 0.0
        for token in tokens:
            until = at + seconds * weight_of(token.spoken) / total
            words.append(Word(text=token.text, start=round(at, 3), end=round(until, 3)))
            at = until
        return Spoken(samples=np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32), words=tuple(words))
