"""Rules of scenes: how long one is, where a long one is cut, what kind its words make it."""

from __future__ import annotations

import re

from models.videos.contracts import SceneKind
from models.videos.pace import word_count
from models.videos.scene_content import only_named
from models.videos.sentences import sentences_of
from models.videos.topics import shortened

MOST_WORDS = 34
"""A scene is one idea of 12-30 spoken words; a little over is better than a cut."""
FEWEST_WORDS = 8
MOST_SHOWN, MOST_LINKED = 8, 6
"""Points of a list or timeline, and links of a diagram, that a picture has room for."""
LONGEST_LABEL = 72
"""Characters of what a number counts."""
LONGEST_SHOWN = 64
"""Characters of a text on the picture."""

_CLAUSE_ENDS = re.compile(r"(?<=[,;:、，؛،])\s*")
_UNITS = (
    "%|°[CF]?|percent|per cent|million|billion|trillion|Millionen|Milliarden|Prozent|millones|por ciento|km|kg|years|Jahre|años|"
    "hours|Stunden|horas|Mio\\.|Mrd\\.|mil millones|करोड़|लाख|مليون|مليار"
)
_FIGURE = re.compile(rf"(?<![\w.,])(?P<figure>[-−]?[$€£]?\d[\d.,]*\d|[-−]?[$€£]?\d)\s?(?P<unit>{_UNITS})?(?!\w)")
_YEAR = re.compile(r"\b(1[0-9]\d\d|20\d\d)\b")


def split_narration(text: str, language: str) -> list[str]:
    """The narration in pieces of spoken length, cut at sentences, then at clauses, then between words."""
    pieces: list[str] = []
    for sentence in sentences_of(text, language):
        pieces += [sentence] if word_count(sentence) <= MOST_WORDS else _cut(sentence)
    return _packed(pieces)


def _cut(sentence: str) -> list[str]:
    parts: list[str] = []
    for clause in (part for part in _CLAUSE_ENDS.split(sentence) if part.strip()):
        if word_count(clause) <= MOST_WORDS:
            parts.append(clause.strip())
            continue
        words = clause.split()
        if len(words) > 1:
            step = MOST_WORDS - 6
            parts += [" ".join(words[at : at + step]) for at in range(0, len(words), step)]
        else:
            step = 2 * (MOST_WORDS - 6)
            parts += [clause[at : at + step] for at in range(0, len(clause), step)]
    return _packed(parts)


def _packed(pieces: list[str]) -> list[str]:
    """Neighbours joined while they stay short; a very short rest goes with the piece before it."""
    packed: list[str] = []
    for piece in pieces:
        size = word_count(piece)
        if packed:
            before = word_count(packed[-1])
            limit = 26 if size >= FEWEST_WORDS and before >= FEWEST_WORDS else MOST_WORDS + FEWEST_WORDS
            if before + size <= limit:
                packed[-1] = f"{packed[-1]}{'' if packed[-1][-1] in '。、！？，' else ' '}{piece}"
                continue
        packed.append(piece)
    return packed


def kind_of(narration: str) -> tuple[SceneKind, tuple[str, ...]]:
    """A kind for plain narration, with what is shown: a figure of its own is a number scene, anything else a statement."""
    figures = [found for found in _FIGURE.finditer(narration) if not _YEAR.fullmatch(found["figure"]) or found["unit"]]
    if len(figures) != 1 or (not figures[0]["unit"] and len(figures[0]["figure"]) < 3):
        return SceneKind.STATEMENT, ()
    found = figures[0]
    figure = f"{found['figure']} {found['unit']}" if found["unit"] else found["figure"]
    if only_named(figure):
        return SceneKind.STATEMENT, ()
    after = re.split(r"[.!?;,:。！？।؟؛،、，]", narration[found.end() :].strip(), maxsplit=1)[0].strip()
    # What is counted stands after a bare figure; behind a unit a word or two (`$300 more`) say nothing without their sentence.
    bare = not found["unit"] and figure[-1].isdigit() and figure.lstrip("-−")[0].isdigit()
    tells = len(after) >= 4 if bare else word_count(after) >= 3
    return SceneKind.NUMBER, (figure, shortened(after, LONGEST_LABEL)) if tells else (figure,)


def shown(text: str) -> str:
    """A text short enough for the picture: up to its first colon or dash where that says something, else shortened."""
    if len(text) <= LONGEST_SHOWN:
        return text.rstrip(" .;,。")
    head = re.split(r"\s*[:–—]\s+|[。.;]\s*", text, maxsplit=1)[0]
    return shortened(head, LONGEST_SHOWN).rstrip(" .;,")


def repeats(kinds: list[SceneKind], kind: SceneKind) -> bool:
    """Whether `kind` would be the third of its sort in a row."""
    return kinds[-2:] == [kind, kind]
