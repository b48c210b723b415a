"""Numbers as a language writes them, and what a written number is worth in it."""

from __future__ import annotations

import re

_POINTS = "bs ca da de el es eu gl hr id is it lb mk nl pt ro sl sr tr vi"
_SPACES = "af bg cs eo et fi fr hu hy ka kk lt lv nb nn no pl ru sk sq sv tt uk uz"
_GROUPED = {
    **dict.fromkeys(_POINTS.split(), (".", ",")),
    **dict.fromkeys(_SPACES.split(), ("\u202f", ",")),
}
"""What a language writes between thousands and before decimals, where it is not a comma and a point."""


_POINTED = frozenset(f"es-{place}" for place in ("419", "mx", "us", "gt", "sv", "hn", "ni", "pa", "do", "pr", "pe"))
"""Where Spanish is written with a point before decimals."""


def _marks(language: str) -> tuple[str, str]:
    if language.lower().replace("_", "-") in _POINTED:
        return ",", "."
    return _GROUPED.get(_base(language), (",", "."))


def _base(language: str) -> str:
    return language.lower().replace("_", "-").split("-")[0]


def format_number(value: float, decimals: int, language: str) -> str:
    """`1234.5` as `1,234.5`, `1.234,5`, `1 234,5`, or `12,34,567` in the languages of India."""
    whole, _, part = f"{abs(value):.{decimals}f}".partition(".")
    thousands, point = _marks(language)
    if _base(language) in ("hi", "bn", "mr", "gu", "ta", "te") and len(whole) > 3:
        head = re.sub(r"(?<=\d)(?=(?:\d\d)+$)", thousands, whole[:-3])
        whole = f"{head}{thousands}{whole[-3:]}"
    else:
        whole = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", thousands, whole)
    sign = "−" if value < 0 and float(f"{abs(value):.{decimals}f}") else ""
    return f"{sign}{whole}{point}{part}" if part else f"{sign}{whole}"


def number_of(written: str, language: str) -> tuple[float, int]:
    """The value and decimals of `1,234.5`, `1.234,5`, `-9,3` or `1 000`.

    Three digits behind a single mark are decimals where the language writes its decimals so (`1.618`, in German `1,618`), and
    behind whatever cannot stand before thousands; else they are thousands.
    """
    plain = re.sub(r"[\u202f\u00a0 ]", "", written).replace("−", "-")
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return float(plain), 0
    mark, head, tail = plain[last], re.sub(r"[.,]", "", plain[:last]), plain[last + 1 :]
    alone = plain == written.replace("−", "-") and len(head) == last
    grouped = head.strip("-") != "0" and len(head.strip("-")) <= 3 and mark != _marks(language)[1]
    if plain.count(mark) > 1 or (alone and len(tail) == 3 and grouped):
        return float(head + tail), 0
    return float(f"{head}.{tail}"), len(tail)
