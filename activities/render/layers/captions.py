"""Captions burnt in: a page at a time, the spoken word highlighted."""

from __future__ import annotations

from collections.abc import Hashable

from activities.render.layers.base import Studio
from activities.render.patches import Patch, blend, patch_of
from activities.render.planes import Planes, yuva_of_rgba
from activities.render.text import caption_states
from activities.render.timeline import CaptionPage, CaptionStyle


class CaptionPainter:
    """The pages of a segment, their times in seconds of it. Only the page that shows is held."""

    def __init__(self, pages: tuple[CaptionPage, ...], style: CaptionStyle, studio: Studio) -> None:
        del studio
        self._pages = pages
        self._style = style
        self._page = -1
        self._patches: list[tuple[float, float, Patch]] = []

    def state(self, t: float) -> Hashable:
        page = self._page_at(t)
        if page is None:
            return None
        self._turn_to(page)
        return next(((page, place) for place, (start, end, _) in enumerate(self._patches) if start <= t < end), None)

    def paint(self, target: Planes, t: float) -> None:
        page = self._page_at(t)
        if page is None:
            return
        self._turn_to(page)
        for start, end, patch in self._patches:
            if start <= t < end:
                blend(target, patch)
                return

    def close(self) -> None:
        self._page, self._patches = -1, []

    def _page_at(self, t: float) -> int | None:
        return next((place for place, page in enumerate(self._pages) if page.start <= t < page.end), None)

    def _turn_to(self, page: int) -> None:
        if page != self._page:
            states = caption_states(self._pages[page], self._style)
            self._patches = [(start, end, patch_of(yuva_of_rgba(rgba), x, y)) for start, end, rgba, x, y in states]
            self._page = page
