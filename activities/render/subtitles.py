"""Caption pages as SRT and WebVTT files."""

from __future__ import annotations

import re

from activities.render.phrases import is_rtl, join_words
from activities.render.timeline import CaptionPage, CaptionPages

RIGHT_TO_LEFT = "\u200f"
WORD_JOINER = "\u2060"


def srt_of(captions: CaptionPages) -> str:
    """SubRip: times to the millisecond, `\\n` line ends, no byte order mark.

    SRT knows no escape: a word that a player would take for a tag gets an invisible mark after its `<` or `{`, and `-->` is
    written as an arrow.
    """
    blocks = []
    for number, page in enumerate(captions.pages, start=1):
        start, end = _milliseconds(page)
        lines = (re.sub(r"[<{](?=[\\/a-zA-Z])", rf"\g<0>{WORD_JOINER}", line).replace("-->", "→") for line in _lines(page))
        blocks.append(f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n" + "\n".join(lines) + "\n")
    return "\n".join(blocks)


def vtt_of(captions: CaptionPages) -> str:
    """WebVTT with the same times; `&`, `<` and `>` escaped."""
    blocks = ["WEBVTT\n"]
    for page in captions.pages:
        start, end = _milliseconds(page)
        lines = (line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in _lines(page))
        blocks.append(f"{_clock(start, '.')} --> {_clock(end, '.')}\n" + "\n".join(lines) + "\n")
    return "\n".join(blocks)


_CUE = re.compile(r"(\d+):(\d\d):(\d\d)[,.](\d{3}) --> (\d+):(\d\d):(\d\d)[,.](\d{3})[^\n]*\n((?:[^\n]+\n?)+)")


def read_srt(text: str) -> list[tuple[float, float, str]]:
    """The cues of an SRT file (or WebVTT with hours): start and end in seconds, text. Unreadable ones are left out."""
    cues = []
    for found in _CUE.finditer(text.replace("\r\n", "\n") + "\n"):
        h1, m1, s1, f1, h2, m2, s2, f2 = (int(part) for part in found.groups()[:8])
        cues.append((h1 * 3600 + m1 * 60 + s1 + f1 / 1000, h2 * 3600 + m2 * 60 + s2 + f2 / 1000, found.group(9).strip()))
    return cues


def _milliseconds(page: CaptionPage) -> tuple[int, int]:
    start, end = round(page.start * 1000), round(page.end * 1000)
    return start, max(end, start + 1)


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


def _lines(page: CaptionPage) -> list[str]:
    lines = [join_words([word.text for word in line], page.language) for line in page.lines]
    if any(is_rtl(line, page.language) for line in lines if any(map(str.isalpha, line))):
        # A mark at both ends: the line's direction, and its closing full stop or number, are right in every player.
        return [f"{RIGHT_TO_LEFT}{line}{RIGHT_TO_LEFT}" for line in lines]
    return lines
