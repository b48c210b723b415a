"""Speech that came in parts, or with the times of only some words -> one sound with a time for every word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from activities.voice.alignment import aligned, filled_in, within_sound
from activities.voice.port import SAMPLE_RATE
from models.errors import ProviderError
from models.videos.contracts import Word

if TYPE_CHECKING:
    from activities.voice.port import Samples
    from activities.voice.text import Token

Part: TypeAlias = "tuple[Samples, tuple[Word, ...]]"
"""The sound of a part, and when each of its words is spoken."""
BETWEEN = 0.25
"""Seconds of silence between parts; parts end with sentences."""
_EDGE = 0.02
_KNOWN_SHARE = 0.6
_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")


def parts_of(tokens: tuple[Token, ...], *, largest: int, size: int = 0) -> list[tuple[Token, ...]]:
    """The tokens in parts of at most `largest` bytes when read, cut at sentence ends where one lies in the second half.

    `size` is what each token takes beside its own bytes and a space (marks of SSML).
    """
    parts: list[list[Token]] = [[]]
    taken, last_end = 0, 0
    for token in tokens:
        bytes_ = len(token.spoken.encode()) + 1 + size
        if parts[-1] and taken + bytes_ > largest:
            whole = parts[-1]
            at = last_end if last_end > len(whole) // 2 else len(whole)
            parts[-1:] = [whole[:at], whole[at:]]
            taken = sum(len(kept.spoken.encode()) + 1 + size for kept in parts[-1])
            last_end = 0
        parts[-1].append(token)
        taken += bytes_
        if token.spoken.rstrip("\"'”’»)」』").endswith(_ENDS):
            last_end = len(parts[-1])
    return [tuple(part) for part in parts if part]


async def spoken_in(
    parts: Sequence[tuple[Token, ...]],
    speak: Callable[[tuple[Token, ...]], Awaitable[Part]],
    price: Callable[[Sequence[tuple[Token, ...]]], Awaitable[Decimal]],
) -> list[Part]:
    """Each part spoken by a call of its own, in order.

    Raises:
        ProviderError: a call failed. Where others went before it, `detail["cost"]` is what they cost, with the failed one's price
            unless that surely cost nothing.
    """
    made: list[Part] = []
    for part in parts:
        try:
            made.append(await speak(part))
        except ProviderError as error:
            if made:
                error.detail["cost"] = str(await price(parts[: len(made) + (error.billed != "no")]))
            raise
    return made


def timed(tokens: tuple[Token, ...], begins: dict[int, float], samples: Samples) -> tuple[Word, ...]:
    """Words from the beginnings that the provider gave, by token; by our own alignment where it gave too few, or out of order."""
    length = len(samples) / SAMPLE_RATE
    known = {index: at for index, at in sorted(begins.items()) if 0 <= index < len(tokens) and 0 <= at <= length}
    ordered = list(known.values()) == sorted(known.values())
    if not ordered or len(known) < _KNOWN_SHARE * len(tokens):
        return aligned(samples, tokens)
    return within_sound(filled_in(tokens, known, length), samples)


def trimmed(samples: Samples, words: tuple[Word, ...]) -> tuple[Samples, tuple[Word, ...]]:
    """Without the silence around the speech, so that every provider's scenes begin and end alike."""
    loud = np.flatnonzero(np.abs(samples) > 0.003)
    if loud.size == 0:
        return samples, words
    first = max(0, int(loud[0]) - round(_EDGE * SAMPLE_RATE))
    last = min(len(samples), int(loud[-1]) + round(_EDGE * SAMPLE_RATE))
    start, length = first / SAMPLE_RATE, (last - first) / SAMPLE_RATE

    def moved(at: float) -> float:
        return round(min(max(at - start, 0.0), length), 3)

    return samples[first:last], tuple(Word(text=word.text, start=moved(word.start), end=moved(word.end)) for word in words)


def joined(parts: list[tuple[Samples, tuple[Word, ...]]]) -> tuple[Samples, tuple[Word, ...]]:
    """The parts one after the other, a short silence between."""
    gap = np.zeros(round(BETWEEN * SAMPLE_RATE), dtype=np.float32)
    sounds: list[Samples] = []
    words: list[Word] = []
    at = 0.0
    for samples, spoken in parts:
        if sounds:
            sounds.append(gap)
            at += BETWEEN
        sounds.append(samples)
        words += [Word(text=word.text, start=round(word.start + at, 3), end=round(word.end + at, 3)) for word in spoken]
        at += len(samples) / SAMPLE_RATE
    return np.concatenate(sounds), tuple(words)
