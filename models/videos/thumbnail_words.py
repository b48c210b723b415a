"""The few words of a thumbnail: at most five, those of the title that make one curious."""

from __future__ import annotations

import re

MOST_WORDS = 5
MOST_CHARACTERS = 11
"""Of a script without spaces."""

FEWEST_CHARACTERS = 4
"""Of such a script, that stand for a title alone."""
_SPACELESS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_CHUNK = re.compile(r"[A-Za-z0-9]+|[\u4e00-\u9fff々\u30a0-\u30ff]+[\u3040-\u309f]*|[\u3040-\u309f]+|\S")
_SMALL = frozenset(
    """a an the of to in on for and or with by from at as is are was were be been it its this that these those your our my
    their his her they them we us you he she into about than
    de la el los las un una y o en del al con por para es son que se su sus tu tus mi nos lo
    der die das des dem den ein eine einer und oder mit von zu im am ist sind für auf ihr ihre ihren sein seine unser unsere
    في من على إلى و أو هو هي هذا هذه عن مع بين لا
    का की के में और या है हैं से को पर यह""".split()
)
_QUESTIONS = frozenset(
    "why how what who when where warum wie was wer por porque qué cómo wann wo لماذا كيف ما من क्यों कैसे क्या".split()
)


def thumbnail_words(title: str) -> tuple[str, ...]:
    """The words to set, in order, in the smallest pieces between which a line may break.

    A title of five words at most stays whole; of a longer one the part before its colon or comma is taken, then its small
    words go, from the last on. In a script without spaces the pieces are its phrases. Never empty.
    """
    plain = re.sub(r"[\"“”„«»「」『』()\[\]]", "", title).strip(" .。!！") or "…"
    if _SPACELESS.search(plain):
        return _phrases(plain)
    head = re.split(r"(?<=[?!؟])\s+|[:;،,–—|]\s*|\s-\s", plain, maxsplit=1)[0].strip()
    if len(head.split()) < 2 or len(plain.split()) <= MOST_WORDS:
        head = plain
    words = head.split()
    for place in range(len(words) - 1, -1, -1):
        if len(words) <= MOST_WORDS:
            break
        if words[place].casefold() in _SMALL and not (place == 0 and words[0].casefold() in _QUESTIONS):
            del words[place]
    if len(words) > MOST_WORDS:
        words = words[:MOST_WORDS]
        # A second question that is cut off, and words that lead on to what is gone, go too.
        again = [place for place, word in enumerate(words) if place > 1 and word.removeprefix("و") in _QUESTIONS]
        words = words[: again[0]] if again else words
        while len(words) > 2 and words[-1].casefold() in _SMALL:
            words.pop()
    return tuple(words) or ("…",)


def shortened(words: tuple[str, ...]) -> tuple[str, ...]:
    """One word fewer: the last small one, else the last; a figure does not stay without what it counts."""
    small = [place for place, word in enumerate(words) if word.casefold() in _SMALL - _QUESTIONS]
    gone = small[-1] if small else len(words) - 1
    left = words[:gone] + words[gone + 1 :]
    return left[:-1] if len(left) > 2 and left[-1].isdigit() else left


def _phrases(text: str) -> tuple[str, ...]:
    chunks: list[str] = []
    head = re.split("[、，,：:]", text, maxsplit=1)[0]
    text = head if len(head) >= FEWEST_CHARACTERS else re.sub("[、，]", "", text)
    for chunk in _CHUNK.findall(text):
        if sum(map(len, chunks)) + len(chunk) > MOST_CHARACTERS and chunks:
            break
        chunks.append(chunk)
    return tuple(chunk[:MOST_CHARACTERS] for chunk in chunks[:MOST_WORDS])


def joined_words(words: tuple[str, ...]) -> str:
    """Words as one line: with spaces where the script has them."""
    return ("" if any(_SPACELESS.search(word) for word in words) else " ").join(words)


def strongest(words: tuple[str, ...]) -> str:
    """The word to stress: one with a figure, else the longest that is no small word."""
    figures = [word for word in words if any(c.isdigit() for c in word)]
    telling = [word for word in words if word.casefold().strip("¿?¡!.,؟") not in _SMALL | _QUESTIONS] or list(words)
    return figures[0] if figures else max(telling, key=lambda word: (len(word), word))
