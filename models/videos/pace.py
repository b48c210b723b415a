"""How long text takes when it is read aloud, before anybody has read it."""

from __future__ import annotations

import re

WORDS_A_MINUTE = {"en": 150, "es": 148, "de": 138, "fr": 150, "ar": 108, "hi": 150}
"""Measured on the local voice with running text; 140 where nothing was measured."""
MORAE_A_SECOND = 6.0
"""Japanese and Chinese are counted by characters: a kanji is about two morae, a kana one."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_WORD = re.compile(r"\S*\w\S*")


def word_count(text: str) -> int:
    """Words of running text; for scripts without spaces, two characters count as a word."""
    spaceless = len(_HAN.findall(text)) + len(_KANA.findall(text))
    if spaceless:
        rest = _HAN.sub(" ", _KANA.sub(" ", text))
        return (spaceless + 1) // 2 + len(_WORD.findall(rest))
    return len(_WORD.findall(text))


def spoken_seconds(text: str, language: str) -> float:
    """Seconds that `text` takes at a calm narrator's pace."""
    han, kana = len(_HAN.findall(text)), len(_KANA.findall(text))
    rest = _HAN.sub(" ", _KANA.sub(" ", text))
    pace = WORDS_A_MINUTE.get(language.replace("_", "-").split("-")[0].lower(), 140)
    return (1.9 * han + kana) / MORAE_A_SECOND + len(_WORD.findall(rest)) * 60 / pace


def words_in(seconds: float, language: str) -> int:
    """About how many words fit into `seconds`."""
    code = language.replace("_", "-").split("-")[0].lower()
    if code in ("ja", "zh"):
        return int(seconds * MORAE_A_SECOND / 1.4 / 2)
    return int(seconds * WORDS_A_MINUTE.get(code, 140) / 60)
