"""Japanese without spaces -> phrases with their readings in katakana, by SudachiPy (Apache-2.0) and its small dictionary."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Any

_PARTICLES = {"は": "ワ", "へ": "エ", "を": "オ"}
_JOINS_BEFORE = ("助詞", "助動詞", "接尾辞", "補助記号")
_DIGITS = re.compile(r"\d[\d,.]*")
_POWERS = {"十": "ジュウ", "百": "ヒャク", "千": "セン", "万": "マン", "億": "オク", "兆": "チョウ"}
_LARGE = re.compile(r"(?=.*\d)[\d,.十百千万億兆]+")
_LOCK = threading.Lock()


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from sudachipy import Dictionary, SplitMode

    return Dictionary(dict="small").create(mode=SplitMode.C)


def japanese_tokens(text: str, signs: dict[str, str]) -> list[tuple[str, str]]:
    """Phrases (a content word with the particles after it) as written and as read, punctuation kept at their ends."""
    phrases: list[list[str]] = []
    previous = ""
    with _LOCK:
        morphemes = [(m.surface(), m.reading_form(), m.part_of_speech()) for m in _tokenizer().tokenize(text)]
    for (surface, reading, kind), following in zip(morphemes, [*(one[0] for one in morphemes[1:]), ""], strict=True):
        if not surface.strip():
            previous = ""
            continue
        read = _reading(surface, reading, kind, signs if surface != "#" or following[:1].isdigit() else {})
        counter = previous == "数詞" and ("数詞" in kind or "助数詞可能" in kind)
        joins = counter or (kind[0] in _JOINS_BEFORE and (previous != "補助記号" or kind[0] == "補助記号"))
        joins = joins or (kind[0] in ("動詞", "形容詞") and kind[1] == "非自立可能" and previous == "接続助詞")
        if kind[0] == "補助記号" and kind[1] == "括弧開":
            joins = False
        if phrases and previous and (joins or previous == "括弧開"):
            phrases[-1][0] += surface
            phrases[-1][1] += read
        else:
            phrases.append([surface, read])
        previous = kind[1] if kind[1] in ("数詞", "接続助詞", "括弧開", "括弧閉") else kind[0]
    return [(shown, read) for shown, read in phrases]


def _reading(surface: str, reading: str, kind: tuple[str, ...], signs: dict[str, str]) -> str:
    if kind[0] == "助詞" and surface in _PARTICLES:
        return _PARTICLES[surface]
    if surface in signs:
        return signs[surface]
    if kind[0] in ("補助記号", "空白"):
        return "" if kind[1].startswith("括弧") else surface
    if _DIGITS.fullmatch(surface):
        return surface
    if _LARGE.fullmatch(surface):  # the dictionary reads the figures of 30万 one by one
        return "".join(_POWERS.get(char, char) for char in surface)
    return reading or surface
