"""Which clip of a library fits a scene: shape, length, resolution and words. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Literal

from pydantic import Field

from models.videos.contracts import Contract

LEAST_SHOWN = 0.5
"""Of a picture's area that is still seen when it fills the frame: a square in 16:9 may, a vertical clip may not."""
LEAST_SCALE = 0.66
"""Source pixels to frame pixels: 720p may fill 1080p."""
STEM = 5
"""Letters by which words are compared, so that `mountains` finds `mountain`."""
_PLACE = 0.02
"""What each place further down in the library's own order costs."""


class Rendition(Contract):
    """One file of a clip or picture."""

    url: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    size: int = Field(default=0, description="bytes, 0 where the library does not say")


class StockItem(Contract):
    """A clip or picture as a library describes it."""

    source_id: str = Field(min_length=1)
    kind: Literal["clip", "still"]
    seconds: float = 0.0
    renditions: tuple[Rendition, ...] = Field(min_length=1)
    words: tuple[str, ...] = Field(default=(), description="its tags, or the words of its page's address; small letters")
    author: str = ""
    page: str = ""


class Wish(Contract):
    """What a scene needs: pixels of the frame, seconds of the scene, and the words that were searched."""

    width: int = Field(gt=0)
    height: int = Field(gt=0)
    seconds: float
    words: tuple[str, ...] = ()


def shown_share(width: int, height: int, wish: Wish) -> float:
    """Share (0..1) of a picture's area that is seen when it fills the frame."""
    own, frame = width / height, wish.width / wish.height
    return min(own, frame) / max(own, frame)


def scale(rendition: Rendition, wish: Wish) -> float:
    """Pixels of the file for each pixel of the frame it fills (1: exactly enough)."""
    return min(rendition.width / wish.width, rendition.height / wish.height)


def best_rendition(item: StockItem, wish: Wish) -> Rendition:
    """The smallest file that fills the frame without enlarging, else the largest."""
    enough = [one for one in item.renditions if scale(one, wish) >= 1]
    if enough:
        return min(enough, key=lambda one: (one.width * one.height, one.size))
    return max(item.renditions, key=lambda one: (scale(one, wish), one.width * one.height))


def fits(item: StockItem, wish: Wish) -> bool:
    """Shape, resolution and, for a clip, length suffice."""
    best = best_rendition(item, wish)
    long_enough = item.kind == "still" or item.seconds >= wish.seconds
    return long_enough and shown_share(best.width, best.height, wish) >= LEAST_SHOWN and scale(best, wish) >= LEAST_SCALE


def score(item: StockItem, wish: Wish, place: int) -> float:
    """How well it fits, higher is better: words weigh most, then shape and resolution, then a length near the scene's."""
    best = best_rendition(item, wish)
    asked = {word[:STEM] for word in wish.words}
    has = {word[:STEM] for word in item.words}
    overlap = len(asked & has) / len(asked) if asked else 0.0
    length = wish.seconds / item.seconds if item.kind == "clip" and item.seconds else 0.0
    return 3 * overlap + shown_share(best.width, best.height, wish) + min(1.0, scale(best, wish)) + 0.3 * length - _PLACE * place


def ranked(items: Iterable[StockItem], wish: Wish, used: Set[str] = frozenset()) -> list[StockItem]:
    """Those that fit and are not used yet, the best first; equal ones in the library's order."""
    fitting = [(place, item) for place, item in enumerate(items) if item.source_id not in used and fits(item, wish)]
    return [item for place, item in sorted(fitting, key=lambda pair: -score(pair[1], wish, pair[0]))]
