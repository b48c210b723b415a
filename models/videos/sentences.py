"""Where sentences end, by the rules of their language: an abbreviation, an initial or the number of a day ends none.

The rules and lists of abbreviations are those of `sentencex`; what it leaves open is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import sentencex

ORDINALS = frozenset(("de", "da", "no", "nb", "fi", "is", "cs", "sk", "pl", "hu", "sl", "hr", "tr", "et", "lv"))
"""Languages that write `3.` for third: a short number with a point may be one."""
LONGEST = 200
"""Characters from which sentences inside quotation marks or brackets are told apart as well."""

_GOES_ON = re.compile(r"^\W*(?:\d{1,2}|[^\W\d_])\.$|(?:^|\s)(?:د|أ|डॉ|प्रो)\.$")
"""A point in a list (`1.`, `A.`), an initial, a title that is no sentence: what follows belongs to it."""
_ORDINAL = re.compile(r"(?:^|\s)\d{1,2}\.$")
_INNER = re.compile(r"(?<=[.!?…])(?=\s+\S)|(?<=[。！？؟।])(?=.)")


def sentences_of(text: str, language: str) -> list[str]:
    """The sentences of a text in order, each with its end mark; `language` is a BCP 47 tag."""
    code = language.replace("_", "-").split("-")[0].lower()
    whole: list[str] = []
    for piece in _pieces(text, code):
        if whole and _joins(whole[-1], code):
            whole[-1] = f"{whole[-1]} {piece}"
        else:
            whole.append(piece)
    return whole


def sentence_ends(words: Sequence[str], language: str) -> frozenset[int]:
    """Places of the words, of a text in a script with spaces, that end a sentence."""
    places, at = set[int](), -1
    for sentence in sentences_of(" ".join(words), language):
        at += len(sentence.split())
        places.add(at)
    return frozenset(places)


def _pieces(text: str, code: str) -> Iterator[str]:
    for piece in sentencex.segment(code, text):
        for part in [piece] if len(piece) <= LONGEST else _INNER.split(piece):
            if part.strip():
                yield part.strip()


def _joins(before: str, code: str) -> bool:
    return bool(_GOES_ON.search(before)) or (code in ORDINALS and bool(_ORDINAL.search(before)))
