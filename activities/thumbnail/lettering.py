"""The words of a thumbnail in lines: which stand together, and how large they then are."""

from __future__ import annotations

import re

from activities.render.hyphens import in_parts
from activities.render.text import measure
from activities.render.timeline import Font, TextContent
from activities.thumbnail.port import ThumbnailOrder
from models.videos.palettes import luminance
from models.videos.thumbnail_words import joined_words, shortened

LEAST_CAPITAL = 720 / 7
"""Height of a capital letter in pixels, at least."""
NEARLY = 0.85
"""Share of that at which words that cannot be fewer are still set whole."""
CAPITAL = 0.714
"""Height of Noto Sans' capitals as a share of the size."""
_MOST_LINES = 4
_LATIN = re.compile(r"^[\u0000-\u024f\u1e00-\u1eff\u2000-\u214f]*$")


def _font(size: float, colour: str) -> Font:
    bright = luminance(colour) > 0.4
    return Font(
        family="display", size=size, weight=700, colour=colour, outline=size * 0.035 if bright else 0.0,
        outline_colour="#05070c", shadow=size * 0.12 if bright else 0.0, line_height=1.0,
    )  # fmt: skip


def line_of(order: ThumbnailOrder, text: str, size: float, colour: str) -> TextContent:
    """Text on one line, in the thumbnail's type."""
    return TextContent(text=text, font=_font(size, colour), max_lines=1, language=order.language)


def _breaks(words: tuple[str, ...]) -> list[list[tuple[str, ...]]]:
    """Every way to set words in at most four lines."""
    found: list[list[tuple[str, ...]]] = []
    for pattern in range(1 << (len(words) - 1)):
        lines: list[tuple[str, ...]] = []
        begin = 0
        for place in range(len(words)):
            if place == len(words) - 1 or pattern >> place & 1:
                lines.append(words[begin : place + 1])
                begin = place + 1
        if len(lines) <= _MOST_LINES:
            found.append(lines)
    return found


def best_lines(order: ThumbnailOrder, width: float, height: float) -> tuple[list[tuple[str, ...]], float, float]:
    """The lines in which the words can be set largest in a box, how high they then are together, and their size.

    Where capitals would be lower than they must be, words are left out from the last on (two stay at least), then the longest is
    cut between syllables.
    """
    words = order.words
    while True:
        lines, tall, size = set_in(order, words, width, height)
        if size * CAPITAL >= LEAST_CAPITAL:
            return lines, tall, size
        fewer = shortened(words) if len(words) > 2 else words
        if fewer == words:
            break
        words = fewer
    if size * CAPITAL >= NEARLY * LEAST_CAPITAL:
        return lines, tall, size  # better than a torn word
    longest = max(words, key=len)
    for kept in (words, (longest,)):
        for count in range(2, _MOST_LINES + 1):
            torn = tuple(part for word in kept for part in (in_parts(word, count) if word == longest else (word,)))
            other = set_in(order, torn, width, height)
            if other[2] > size:
                lines, tall, size = other
        if size * CAPITAL >= LEAST_CAPITAL:
            break
    return lines, tall, size


def set_in(
    order: ThumbnailOrder, words: tuple[str, ...], width: float, height: float
) -> tuple[list[tuple[str, ...]], float, float]:  # fmt: skip
    """The lines in which these words are largest, how high they then are together, and their size."""
    leading = 1.1 if _LATIN.match(joined_words(words)) else 1.28
    ways = [lines for lines in _breaks(words) if not any(word.endswith("-") for line in lines for word in line[:-1])]
    wide = {line: float(measure(line_of(order, joined_words(line), 100, "#000000")).text_width) for way in ways for line in way}

    def size_of(lines: list[tuple[str, ...]]) -> float:
        return min(100 * (width - 30) / max(wide[line] for line in lines), height / (len(lines) * leading), 250)

    def ragged(lines: list[tuple[str, ...]]) -> float:
        return max(wide[line] for line in lines) - min(wide[line] for line in lines)

    largest = max(map(size_of, ways))
    near = [lines for lines in ways if size_of(lines) >= 0.97 * largest]
    best = min(near, key=lambda lines: (len(lines), ragged(lines)))
    size = size_of(best)
    return best, size * leading * len(best), size
