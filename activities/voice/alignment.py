"""Word times by our own hand, for voices that give none: the sound's pauses anchor the phrases, syllables share the rest.

The sound is cut into runs of speech at its silences; a dynamic programme lays the words over the runs so that each run's
length fits its words' weight and runs end, where possible, at punctuation. Inside a run a word's share is its weight.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from activities.voice.port import SAMPLE_RATE
from activities.voice.sound import FRAME, envelope
from models.videos.contracts import Word

if TYPE_CHECKING:
    from activities.voice.port import Samples
    from activities.voice.text import Token

SILENCE = 0.11
"""Seconds of quiet that count as a pause: longer than the closure of a plosive."""
_VOWELS = re.compile(r"[aeiouyäöüáéíóúàèìòùâêîôûœæåøıаеёиоуыэюяαεηιουω]+", re.IGNORECASE)
_PHRASE_END = 0.2
_CLOSING = "\"'”’»)」』"
_SMALL_KANA = set("ャュョァィゥェォゃゅょぁぃぅぇぉ")
_FULL_STOPS = tuple(".!?…。！？؟।")
_PAUSES = tuple(".!?…;:,。、！？؟،؛।—–")


def weight_of(spoken: str) -> float:
    """How long a word takes, in seconds at a calm pace: by its letters and syllables, more at the end of a phrase.

    The figures are a least-squares fit over the local voice's own word times in six languages.
    """
    bare = "".join(char for char in spoken if char.isalnum() or unicodedata.category(char).startswith("M"))
    ends = _PHRASE_END if spoken.rstrip(_CLOSING).endswith(_PAUSES) else 0.0
    if not bare:
        return 0.1
    digits = sum(char.isdigit() for char in bare)
    kana = sum("\u3040" <= char <= "\u30ff" and char not in _SMALL_KANA for char in bare)
    han = sum("\u3400" <= char <= "\u9fff" for char in bare)
    latin = sum(char.isalpha() and ord(char) < 0x530 for char in bare)
    others = len(bare) - digits - latin - kana - han
    if kana or han:
        return 0.06 + 0.123 * kana + 0.24 * han + 0.3 * digits + ends
    syllables = max(1, len(_VOWELS.findall(bare))) if latin else 1
    return 0.035 + 0.03 * syllables + 0.06 * latin + 0.085 * others + 0.3 * digits + ends


def runs_of(samples: Samples) -> list[tuple[float, float]]:
    """Stretches of speech in seconds, cut where it is quiet for `SILENCE` or more."""
    loud = envelope(samples)
    if loud.size == 0:
        return []
    threshold = max(float(np.quantile(loud, 0.95)) * 0.05, 1e-4)
    speaking = loud > threshold
    runs: list[tuple[int, int]] = []
    for index in np.flatnonzero(speaking):
        if runs and (index - runs[-1][1]) * FRAME <= SILENCE:
            runs[-1] = (runs[-1][0], int(index) + 1)
        else:
            runs.append((int(index), int(index) + 1))
    kept = [(start, end) for start, end in runs if (end - start) * FRAME >= 0.05]
    return [(start * FRAME, end * FRAME) for start, end in kept or runs]


def aligned(samples: Samples, tokens: tuple[Token, ...]) -> tuple[Word, ...]:
    """The tokens with times in `samples` (48 kHz), in order, none overlapping; empty sound gives evenly spread words."""
    if not tokens:
        return ()
    length = len(samples) / SAMPLE_RATE
    runs = runs_of(samples) or [(0.0, max(length, 0.01 * len(tokens)))]
    weights = [weight_of(token.spoken) for token in tokens]
    while len(runs) > len(tokens):
        runs = _closest_joined(runs)
    words: list[Word] = []
    for (start, end), (first, last) in zip(runs, _laid(runs, tokens, weights), strict=True):
        total = sum(weights[first:last])
        at = start
        for index in range(first, last):
            until = at + (end - start) * weights[index] / total
            words.append(Word(text=tokens[index].text, start=round(at, 3), end=round(until, 3)))
            at = until
    return tuple(words)


def filled_in(tokens: tuple[Token, ...], begins: dict[int, float], length: float) -> tuple[Word, ...]:
    """Words from the beginnings that are known; a token without one shares the time of the token before it, by weight."""
    known = sorted(begins) if 0 in begins else [0, *sorted(begins)]
    words: list[Word] = []
    for at, first in enumerate(known):
        last = known[at + 1] if at + 1 < len(known) else len(tokens)
        start, end = begins.get(first, 0.0), begins[known[at + 1]] if at + 1 < len(known) else length
        weights = [weight_of(token.spoken) for token in tokens[first:last]]
        for token, weight in zip(tokens[first:last], weights, strict=True):
            until = start + (end - begins.get(first, 0.0)) * weight / sum(weights)
            words.append(Word(text=token.text, start=round(start, 3), end=round(until, 3)))
            start = until
    return tuple(words)


def within_sound(words: tuple[Word, ...], samples: Samples) -> tuple[Word, ...]:
    """The same words, each beginning no earlier and ending no later than its sound does: a pause belongs to no word."""
    runs = runs_of(samples)
    fitted: list[Word] = []
    for word in words:
        heard = [(start, end) for start, end in runs if start < word.end and end > word.start]
        start = max(word.start, heard[0][0]) if heard else word.start
        start = max(start, fitted[-1].end) if fitted else start
        end = min(word.end, heard[-1][1] + FRAME) if heard else word.end
        fitted.append(word.model_copy(update={"start": round(start, 3), "end": round(max(end, start + FRAME), 3)}))
    return tuple(fitted)


def _closest_joined(runs: list[tuple[float, float]]) -> list[tuple[float, float]]:
    gaps = [runs[index + 1][0] - runs[index][1] for index in range(len(runs) - 1)]
    at = gaps.index(min(gaps))
    return [*runs[:at], (runs[at][0], runs[at + 1][1]), *runs[at + 2 :]]


def _laid(runs: list[tuple[float, float]], tokens: tuple[Token, ...], weights: list[float]) -> list[tuple[int, int]]:
    """Which words each run speaks: `(first, after last)` for each run, every run at least one word.

    A run should last as its words do; a long pause belongs after a mark, and a sentence should not end without a pause.
    """
    count, spans = len(tokens), [end - start for start, end in runs]
    gaps = [after[0] - before[1] for before, after in pairwise(runs)] + [0.0]
    pace = sum(spans) / sum(weights)
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    ends = [token.spoken.rstrip(_CLOSING) for token in tokens]
    unheard = np.array([0.3 if end.endswith(_FULL_STOPS) else 0.06 if end.endswith(_PAUSES) else 0.0 for end in ends])
    passed = np.concatenate([[0.0], np.cumsum(unheard)])
    best = np.full((len(runs) + 1, count + 1), float("inf"))
    came = np.zeros((len(runs) + 1, count + 1), dtype=int)
    best[0, 0] = 0.0
    for run, span in enumerate(spans):
        out_of_place = 0.03 + 0.9 * max(0.0, gaps[run] - SILENCE)
        for last in range(run + 1, count - (len(runs) - run - 1) + 1):
            firsts = np.arange(run, last)
            expected = (sums[last] - sums[firsts]) * pace
            costs = best[run, firsts] + (expected - span) ** 2 / (expected + span) + passed[last - 1] - passed[firsts]
            choice = int(np.argmin(costs))
            best[run + 1, last] = costs[choice] + (out_of_place if last < count and not unheard[last - 1] else 0.0)
            came[run + 1, last] = firsts[choice]
    cuts, last = [], count
    for run in range(len(runs), 0, -1):
        cuts.append((int(came[run, last]), last))
        last = int(came[run, last])
    return cuts[::-1]
