"""Topics as people type them, made fit to be said, shown and searched for."""

from __future__ import annotations

import re
import unicodedata

LONGEST_TITLE = 70
_SPACES = re.compile(r"\s+")
_ENDS = " \t.,;:!?…。！？؟।-–—\"'“”„«»"


def clean_line(text: str) -> str:
    """One line: control characters gone, spaces single, in composed form (NFC). Joiners that scripts need are kept."""
    kept = [
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Zs") else char
        for char in unicodedata.normalize("NFC", text)
        if char in "\u200c\u200d\u200e\u200f" or unicodedata.category(char) not in ("Cf", "Cs", "Co", "Cn") or char.isspace()
    ]
    return _SPACES.sub(" ", "".join(kept)).strip()


def composed(name: str) -> str:
    """A file's name in the form in which scripts are read (NFC): archives from a Mac bring letters and accents apart."""
    return unicodedata.normalize("NFC", name)


def clean_tag(tag: str) -> str:
    """A tag as it is published."""
    return clean_line(tag).lstrip("#")[:60]


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words, with an ellipsis where something is left out."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    at = cut.rfind(" ")
    return (cut[:at] if at > limit // 2 else cut).rstrip(_ENDS) + "…"


def spoken_topic(topic: str, wordless: str, *, limit: int = 120) -> str:
    """The topic as a phrase inside a sentence: without emoji and end punctuation. A topic of emoji alone is named by them.

    `wordless` is said where even the emoji have no names.
    """
    line = clean_line(topic)
    bare = clean_line("".join(" " if unicodedata.category(char) in ("So", "Sk") else char for char in line)).strip(_ENDS)
    if any(char.isalnum() for char in bare):
        return shortened(bare, limit)
    names = [unicodedata.name(char, "").lower() for char in line if unicodedata.category(char) == "So"]
    named = [name.removesuffix(" symbol").removesuffix(" face") for name in names if name and "selector" not in name]
    return shortened(", ".join(dict.fromkeys(named)), limit) if named else wordless


def title_of(topic: str, wordless: str) -> str:
    """A title of at most 70 characters in the words of the topic, its first letter a capital."""
    line = shortened(clean_line(topic), LONGEST_TITLE) or wordless
    return line[0].upper() + line[1:]


_LITTLE_WORDS = (
    "a an the of in on at to for and or is are was were be do does did how why what when where which who it its this that with",
    "from by",
    "el la los las un una de del en y o es son por qué que cómo como para con su",
    "der die das ein eine des dem den im in und oder ist sind warum wie was wann wo wer für mit von zu",
    "في من على إلى ما لماذا كيف هل هو هي و",
    "का की के को में से है हैं क्यों कैसे क्या और यह",
)
_LITTLE = frozenset(word for line in _LITTLE_WORDS for word in line.split())


def content_words(topic: str) -> tuple[str, ...]:
    """The words that say what a topic is about, in their order (dogs may be better than cats), each once."""
    words = re.findall(r"[^\W_]+(?:[\u0300-\u036f\u0900-\u097f\u0600-\u06ff]+)*", clean_line(topic).casefold())
    return tuple(dict.fromkeys(word for word in words if word not in _LITTLE))
