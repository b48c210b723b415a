"""Where a word that is longer than its line may be cut. Pure rules for Latin letters; no dictionary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

VOWELS = frozenset("aeiouyæøœı")
ONSETS = re.compile(r"(?:(?:sch|th|ph|ch|sh|pf|[bcdfgkptv](?=[lr]))?[lrmnw]?|sch|th|ph|ch|sh|pf|qu|.)$")
"""What begins a syllable together: `sch`, `ch`, `pr`, `schl`; else one consonant."""
FEWEST = 3
"""Letters that stand on either side of a cut at least."""
_LETTERS = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"[/@_\\]|\w\.\w|\d")
_SEPARATOR = re.compile(r"[/@_\\.?&=:-]+(?=\w)")


@lru_cache(maxsize=2048)
def cuts_of(word: str) -> tuple[int, ...]:
    """Places in a word at which it may go on in the next line: between syllables, in an address after its separators.

    A syllable begins with the last consonants before its vowel that are spoken together. Empty where no rule knows one.
    """
    if is_address(word):
        return tuple(found.end() for found in _SEPARATOR.finditer(word))
    return tuple(found.start() + at for found in _LETTERS.finditer(word) for at in _syllables(found[0]))


def is_address(word: str) -> bool:
    """Whether it is an address, a file's name or a code: a hyphen at its cut would be taken for a part of it."""
    return bool(_ADDRESS.search(word))


def hyphenated(text: str, fits: Callable[[str], bool]) -> str:
    """The text, its words that do not fit a line cut between syllables, each part as long as fits."""
    found = []
    for word in re.split(r"(\s+)", text):
        rest, begin = word, 0
        ends = cuts_of(word) if word.strip() and not fits(word) else ()
        mark = "" if is_address(word) else "-"
        while not fits(rest):
            inside = [end for end in ends if end > begin and fits(f"{word[begin:end]}{mark}")]
            if not inside:
                break
            part = word[begin : inside[-1]]
            found.append(f"{part}\u2060{mark}\u200b" if mark and part[-1] not in "-‐" else f"{part}\u200b")
            begin, rest = inside[-1], word[inside[-1] :]
        found.append(rest)
    return "".join(found)


def in_parts(word: str, count: int) -> tuple[str, ...]:
    """A word in at most `count` parts of about equal length, those before the last with a hyphen; whole where no cut is known."""
    cuts, ends = cuts_of(word), [0]
    for place in range(1, count):
        after = [cut for cut in cuts if cut > ends[-1]]
        if after:
            ends.append(min(after, key=lambda cut: abs(cut - len(word) * place / count)))
    parts = [word[begin:end] for begin, end in pairwise([*ends, len(word)])]
    mark = "" if is_address(word) else "-"
    return (*(part if part.endswith("-") else f"{part}{mark}" for part in parts[:-1]), parts[-1])


def _syllables(letters: str) -> list[int]:
    sounds = [unicodedata.normalize("NFD", one.lower())[0] for one in letters]
    if not all(unicodedata.name(one, "").startswith("LATIN") for one in letters):
        return []
    found: list[int] = []
    since = -1  # the last vowel
    for place, sound in enumerate(sounds):
        if sound not in VOWELS:
            continue
        between = "".join(sounds[since + 1 : place])
        if since >= 0 and between:
            onset = ONSETS.search(between)
            at = place - max(1, len(onset[0]) if onset else 1)
            if FEWEST <= at <= len(letters) - FEWEST:
                found.append(at)
        since = place
    return found
