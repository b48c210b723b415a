"""Numbers as a language writes them."""

from __future__ import annotations

import re


def format_number(value: float, decimals: int, language: str) -> str:
    """`1234.5` as `1,234.5`, `1.234,5`, `1 234,5`, or `12,34,567` in the languages of India."""
    tag = language.lower().split("-")[0]
    whole, _, part = f"{abs(value):.{decimals}f}".partition(".")
    groups = {"de": (".", ","), "es": (".", ","), "it": (".", ","), "pt": (".", ","), "nl": (".", ","), "tr": (".", ","),
              "fr": ("\u202f", ","), "pl": ("\u202f", ","), "ru": ("\u202f", ","), "sv": ("\u202f", ",")}  # fmt: skip
    thousands, point = groups.get(tag, (",", "."))
    if tag in ("hi", "bn", "mr", "gu", "ta", "te") and len(whole) > 3:
        head = re.sub(r"(?<=\d)(?=(?:\d\d)+$)", thousands, whole[:-3])
        whole = f"{head}{thousands}{whole[-3:]}"
    else:
        whole = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", thousands, whole)
    sign = "−" if value < 0 and float(f"{abs(value):.{decimals}f}") else ""
    return f"{sign}{whole}{point}{part}" if part else f"{sign}{whole}"
