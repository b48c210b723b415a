"""Captions: spoken words to pages of at most two lines.

Pure rules. A page is cut where a reader would pause, keeps the voice's times, never lies over another, and stays a little
after its last word so that a short one can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from activities.render.phrases import (
    Unit,
    cut_cost,
    language_of,
    spacer,
    units_of,
    width,
)
from activities.render.timeline import CaptionPage, CaptionPages, CaptionWord
from models.videos.contracts import Word
from models.videos.sentences import sentence_ends


@dataclass(frozen=True)
class CaptionRules:
    """Sizes in columns (a wide character takes two), times in seconds."""

    widest: int = 42
    lines: int = 2
    fastest: float = 20.0
    """Columns a second that a page asks of its reader at most, as far as the pause after it allows."""
    shortest_page: float = 1.0
    longest_page: float = 6.5
    linger: float = 0.4
    """How long a page stays after its last word when nothing follows."""
    bridge: float = 0.7
    """A page stays until the next one when less than this is between them: no flicker."""
    pause: float = 1.0
    """A silence within a page is shorter than this."""


HORIZONTAL = CaptionRules()
VERTICAL = CaptionRules(widest=20, longest_page=4.0)


@dataclass(frozen=True)
class SpokenScene:
    """The words of a scene and where it lies in the film, in seconds."""

    words: Sequence[Word]
    start: float
    end: float
    language: str = "en"


@dataclass(frozen=True)
class _Page:
    lines: tuple[tuple[Unit, ...], ...]
    language: str


def pages_of(scenes: Sequence[SpokenScene], rules: CaptionRules = HORIZONTAL) -> CaptionPages:
    """The caption pages of a film. A page holds words of one scene only."""
    cut: list[_Page] = []
    for scene in scenes:
        moved = [Word(text=w.text, start=w.start + scene.start, end=w.end + scene.start) for w in scene.words]
        units = units_of(moved, language_of(scene.language), rules.widest)
        cut.extend(_Page(lines, scene.language) for lines in _cut(units, language_of(scene.language), rules))
    return CaptionPages(pages=tuple(_with_times(cut, scenes[-1].end if scenes else 0.0, rules)))


# --- cutting ----------------------------------------------------------------------------------------------------------

PAGE_COST = 9.0
"""What one more page costs; keeps sentences together that fit."""
TORN = 10.0
"""A page that holds the end of one sentence and the beginning of another, and tears one of them."""
MID_SENTENCE = 30.0
"""A cut after a point that ends no sentence: of an abbreviation, an initial, a day."""
LONE = 24.0
"""A line or page of one short word."""


class _Text:
    """The units of a scene with what is asked of them again and again."""

    def __init__(self, units: Sequence[Unit], language: str, rules: CaptionRules) -> None:
        self.units, self.rules, self.count = units, rules, len(units)
        self._upto = [0]
        self._space: list[int] = []
        for one, after in zip_longest(units, units[1:]):
            self._space.append(len(spacer(one.text, after.text, language)) if after else 0)
            self._upto.append(self._upto[-1] + width(one.text) + self._space[-1])
        self._ends = sentence_ends([unit.text for unit in units], language) if any(self._space) else None
        self.cut = [self._cut_after(place, language) for place in range(self.count)]

    def wide(self, first: int, last: int) -> int:
        """Columns of the line of units `first` to `last`."""
        return self._upto[last + 1] - self._upto[first] - self._space[last]

    def _cut_after(self, place: int, language: str) -> float:
        if place + 1 == self.count:
            return 0.0
        one, after = self.units[place], self.units[place + 1]
        cost = cut_cost(one.text, after.text, language)
        if cost == 0.0 and one.text[-1] == "." and self._ends is not None and place not in self._ends:
            return MID_SENTENCE
        return min(cost, 4.0) if after.start - one.end > 0.25 else cost

    def lone(self, first: int, last: int) -> bool:
        """A line of one short word that is no sentence of its own."""
        return first == last and self.wide(first, last) <= 6 and not self._whole(first, last)

    def _whole(self, first: int, last: int) -> bool:
        return self.cut[last] == 0.0 and (first == 0 or self.cut[first - 1] == 0.0)

    def best_lines(self, first: int, last: int) -> tuple[float, int]:
        """Cost of the page of units `first` to `last` and where its first line ends; infinite when it does not fit."""
        widest, best = self.rules.widest, (float("inf"), last)
        if self.wide(first, last) <= widest:
            best = (LONE if self.lone(first, last) else 0.0, last)
        if self.rules.lines < 2:
            return best
        for middle in range(last - 1, first - 1, -1):
            lower = self.wide(middle + 1, last)
            if lower > widest:
                break
            upper = self.wide(first, middle)
            if upper > widest:
                continue
            cost = 1.0 + self.cut[middle] + 12.0 * abs(upper - lower) / (upper + lower)
            cost += LONE * (self.lone(first, middle) + self.lone(middle + 1, last))
            best = min(best, (cost, middle))
        return best

    def page_cost(self, first: int, last: int) -> float:
        """What the page's times and its end cost, whatever its lines."""
        seconds = self.units[last].end - self.units[first].start
        cost = PAGE_COST + 1.4 * self.cut[last]
        if seconds > self.rules.longest_page:
            cost += 20.0 * (seconds - self.rules.longest_page)
        if seconds < self.rules.shortest_page:
            cost += 4.0 + 10.0 * (1.0 - seconds / self.rules.shortest_page)
        inner = range(first, last)
        torn = self.cut[last] > 3.0 or (first > 0 and self.cut[first - 1] > 3.0)
        if torn and any(self.cut[place] == 0.0 for place in inner):
            cost += TORN
        if any(self.units[place + 1].start - self.units[place].end > self.rules.pause for place in inner):
            cost += 60.0
        return cost


def _cut(units: Sequence[Unit], language: str, rules: CaptionRules) -> Iterator[tuple[tuple[Unit, ...], ...]]:
    """The cheapest way to cut a scene into pages and lines (dynamic programming over where a page ends)."""
    text = _Text(units, language, rules)
    best: list[tuple[float, int, int]] = [(0.0, 0, 0)]
    for last in range(text.count):
        found = (float("inf"), last, last)
        for first in range(last, -1, -1):
            if text.wide(first, last) > rules.lines * rules.widest + 1:
                break
            lines, middle = text.best_lines(first, last)
            if lines < float("inf"):
                found = min(found, (best[first][0] + lines + text.page_cost(first, last), first, middle))
        best.append(found)
    ends, at = [], text.count
    while at > 0:
        _, first, middle = best[at]
        ends.append((first, middle, at - 1))
        at = first
    for first, middle, last in reversed(ends):
        upper, lower = tuple(units[first : middle + 1]), tuple(units[middle + 1 : last + 1])
        yield (upper, lower) if lower else (upper,)


# --- times ------------------------------------------------------------------------------------------------------------


def _with_times(pages: Sequence[_Page], film_end: float, rules: CaptionRules) -> Iterator[CaptionPage]:
    for place, page in enumerate(pages):
        start, spoken = page.lines[0][0].start, page.lines[-1][-1].end
        following = pages[place + 1].lines[0][0].start if place + 1 < len(pages) else max(film_end, spoken)
        columns = sum(width(unit.text) for line in page.lines for unit in line)
        wished = max(spoken + rules.linger, start + rules.shortest_page, start + columns / rules.fastest)
        end = following if following - max(wished, spoken) < rules.bridge - rules.linger else wished
        yield CaptionPage(
            start=start,
            end=max(spoken, min(end, following)),
            lines=tuple(tuple(CaptionWord(text=u.text, start=u.start, end=u.end) for u in line) for line in page.lines),
            language=page.language,
        )
