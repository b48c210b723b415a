"""The few words of a thumbnail: at most five, those of the title that make one curious."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_WORDS = 5
MOST_CHARACTERS, MOST_LETTERS = 11, 20
"""Of a script without spaces: ideographs and kana; letters of Thai and its neighbours, marks not counted."""

FEWEST_CHARACTERS = 4
"""Of such a script, that stand for a title alone."""
_SPACELESS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_NARROW = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_MARKS = re.compile(r"[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece]")
_ASKS = re.compile("なぜ|どうして|どうやって|为什么|怎么|ทำไม|ทําไม")
"""Words with which the question begins in a title of such a script."""
_PAUSE = re.compile("[、，,：:]")
_LONG_PHRASE = re.compile(r"(?<=[\u30a0-\u30ff]{3})(?=[\u3040-\u309f]{3})|(?<=[\u3040-\u309f])(?=[\u4e00-\u9fff\u30a0-\u30ff])")
_CHUNK = re.compile(r"[A-Za-z0-9]+|[\u4e00-\u9fff々\u30a0-\u30ff]+[\u3040-\u309f]*|[\u3040-\u309f]+|\S")
_SMALL = frozenset(
    """a an the of to in on for and or with by from at as is are was were be been it its this that these those your our my
    their his her they them we us you he she into about than
    de la el los las un una y o en del al con por para es son que se su sus tu tus mi nos lo
    der die das des dem den ein eine einer und oder mit von zu im am ist sind für auf ihr ihre ihren sein seine unser unsere
    في من على إلى و أو هو هي هذا هذه عن مع بين لا את של על עם זה היא הוא
    का की के में और या है हैं से को पर यह""".split()
)
_QUESTIONS = frozenset(
    "why how what who when where warum wie was wer por porque qué cómo wann wo لماذا كيف ما من क्यों कैसे क्या".split()
)

_ARTICLES = frozenset("a an the el la los las un una unos unas der die das des dem den ein eine einen einem einer".split())
_TURNS = frozenset(
    """without when while where because that which who after before if until unless but cuando donde porque que sin mientras
    pero wenn weil dass ohne während damit sondern aber بدون عندما لأن الذي التي لكن जब क्योंकि जो ताकि लेकिन
    แต่ เพราะ ที่ และ 却 但 因为""".split()
)
"""Words before which a long title may end and still be whole."""
_HOW = re.compile(r"^how\s+(?:to\s+|(?!many|much|long|old|far|big|often|fast|few)(?=\S))", re.IGNORECASE)


def thumbnail_words(title: str, phrases: Sequence[str] = ()) -> tuple[str, ...]:
    """The words to set, in order, in the smallest pieces between which a line may break.

    A title of five words at most stays whole; of a longer one the part before its colon or comma is taken, then it is made a
    headline: without articles, or up to the word where its second half begins; at last its small words go, from the last on. In
    a script without spaces the pieces are its `phrases`, as far as somebody knows them. Never empty.
    """
    plain = re.sub(r"[\"“”„«»「」『』()\[\]]|(?<=\d)\s(?=[%€°٪])", "", title).strip(" .。!！") or "…"
    if _SPACELESS.search(plain):
        return _known(plain, phrases) or _phrases(plain)
    head, _, rest = re.sub(r"(?<=[?!؟])\s+|(?<!\d)[:,](?=\d)|[:,](?!\d)\s*|[;،–—|]\s*|\s-\s", "\0", plain, count=1).partition("\0")
    counted = re.match(r"\d+\s+[^\W\d_]+", rest)
    if len(head.split()) <= 2 and counted and not head[-1:].isdigit() and len(plain.split()) > MOST_WORDS:
        head = f"{head} {counted[0]}"  # `Elden Ring: 7 mistakes ...`
    if len(head.split()) < 2 or len(plain.split()) <= MOST_WORDS:
        head = plain
    words = _headline(head.split())
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
        while len(words) > 2 and words[-1].casefold() in _SMALL | _TURNS:
            words.pop()
    if words and plain[0] == "¿" and plain[-1] == "?" and words[-1][-1] != "?":
        words[-1] += "?"
    if plain[0].isupper():
        words[:1] = [word[:1].upper() + word[1:] if word[1:] == word[1:].lower() else word for word in words[:1]]
    return tuple(words) or ("…",)


def _headline(words: list[str]) -> list[str]:
    """A title as newspapers set it, only as short as it must be."""
    if len(words) <= MOST_WORDS:
        return words
    lead = _HOW.match(" ".join(words))
    if lead and (lead[0].split()[1:] or len(words) == MOST_WORDS + 1):
        words = words[len(lead[0].split()) :]
    if len(words) > MOST_WORDS and words[0].casefold() in _ARTICLES:
        words = words[1:]
    articles = [place for place, word in enumerate(words) if word.casefold() in _ARTICLES]
    if MOST_WORDS < len(words) <= MOST_WORDS + len(articles):
        for place in reversed(articles[len(words) - MOST_WORDS :] if False else articles[-(len(words) - MOST_WORDS) :]):
            del words[place]
    if len(words) <= MOST_WORDS:
        return words
    for place in range(2, min(len(words), MOST_WORDS + 1)):
        if words[place].casefold() in _TURNS and _telling(words[:place]):
            return [*words[: place - 1], words[place - 1] + words[-1][-1]] if words[-1][-1] in "?؟" else words[:place]
    return words


def shortened(words: tuple[str, ...]) -> tuple[str, ...]:
    """One word fewer: the last small one, else the last, with what only led to it; a figure does not stay without what it counts,
    and where nothing telling would be left the words stay as they are."""
    small = [place for place, word in enumerate(words) if word.casefold() in _SMALL - _QUESTIONS]
    gone = small[-1] if small else len(words) - 1
    left = words[:gone] + words[gone + 1 :]
    while len(left) > 2 and (left[-1].isdigit() or left[-1].casefold() in _TURNS):
        left = left[:-1]
    return left if _telling(left) else words


def _telling(words: Sequence[str]) -> list[str]:
    return [word for word in words if word.casefold().strip("¿?¡!.,؟") not in _SMALL | _QUESTIONS]


def _known(text: str, phrases: Sequence[str]) -> tuple[str, ...]:
    """The whole title, its first clause or the question at its end, whichever fits first; else the leading phrases that do.

    Empty where no phrase is known.
    """
    narrow = bool(_NARROW.search(text))
    most = MOST_LETTERS if narrow else MOST_CHARACTERS + 2
    kept = [bare for phrase in phrases if (bare := phrase.strip(" 、，,：:"))]
    head = _PAUSE.split(text, maxsplit=1)[0]
    clause = [one for place, one in enumerate(kept) if len("".join(kept[: place + 1])) <= len(head)]
    clause = clause if len(head) >= FEWEST_CHARACTERS else kept
    asks = next((place for place, one in enumerate(kept) if place and _ASKS.match(one)), len(kept))
    for whole in (kept, clause, kept[asks:]):
        found = _pieces(whole, most, narrow)
        if found and sum(map(len, found)) == sum(map(len, whole)):
            return tuple(_merged(found))
    turn = next((place for place, one in enumerate(clause) if place > 1 and one in _TURNS), len(clause))
    return tuple(_merged(_pieces(clause[:turn], most, narrow)))


def _pieces(phrases: Sequence[str], most: int, narrow: bool) -> list[str]:
    """Phrases, long ones cut where their script changes, as many as fit."""
    found: list[str] = []
    for phrase in phrases:
        parts = [phrase] if narrow or len(phrase) <= FEWEST_CHARACTERS else [part for part in _LONG_PHRASE.split(phrase) if part]
        if len(_MARKS.sub("", "".join((*found, *parts)))) > most:
            break
        found += parts
    return found


def _merged(pieces: list[str]) -> list[str]:
    """Neighbours joined, the shortest first, until they are few enough."""
    while len(pieces) > MOST_WORDS:
        place = min(range(len(pieces) - 1), key=lambda at: len(pieces[at]) + len(pieces[at + 1]))
        pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
    return pieces


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
    telling = _telling(words) or list(words)
    return figures[0] if figures else max(telling, key=lambda word: (len(word), word))
