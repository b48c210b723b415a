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
_AROUND = re.compile(r"[\"“”„«»()\[\]「」『』]")
_OPENS = re.compile(r"(?:\s|[“„«(\[「『]|(?<=\s)\")+$")


def sentences_of(text: str, language: str) -> list[str]:
    """The sentences of a text in order, as they stand there, each with its end mark; `language` is a BCP 47 tag."""
    code = language.replace("_", "-").split("-")[0].lower()
    whole: list[str] = []
    for piece in _pieces(text, code):
        if whole and (_GOES_ON.search(before := whole[-1].strip()) or (code in ORDINALS and _ORDINAL.search(before))):
            whole[-1] += piece
        else:
            whole.append(piece)
    return [sentence for piece in whole if (sentence := piece.strip())]


def sentence_ends(words: Sequence[str], language: str) -> frozenset[int]:
    """Places of the words, of a text in a script with spaces, that end a sentence."""
    places, at = set[int](), -1
    for sentence in sentences_of(" ".join("".join(word.split()) or "-" for word in words), language):
        at += len(sentence.split())
        places.add(at)
    return frozenset(places)


def _pieces(text: str, code: str) -> Iterator[str]:
    """The text cut at what `sentencex` takes for ends."""
    for piece in sentencex.segment(code, text):
        yield from [piece] if len(piece) <= LONGEST or not _AROUND.search(piece) else _inner(piece, code)


def _inner(piece: str, code: str) -> Iterator[str]:
    """A long piece cut as if nothing in it were quoted; a mark that opens stays with what it opens."""
    first = last = 0
    for part in sentencex.segment(code, _AROUND.sub(" ", piece)):
        last += len(part)
        opens = _OPENS.search(piece, first, last)
        cut = opens.start() if opens and last < len(piece) else last
        yield piece[first:cut]
        first = cut
    yield piece[first:]
