"""Where and when: a frame with its safe areas, and the times of a scene and its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from activities.render.designs.motion import EXIT
from models.videos.contracts import Word

UNSPOKEN = 1.1
"""Seconds between texts that are not spoken."""
LONGEST_WAIT = 2.5
"""Seconds that the first text waits to be spoken, at most."""


@dataclass(frozen=True)
class Rect:
    """A box in pixels of the frame."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Its centre, across."""
        return self.x + self.width / 2

    @property
    def centre(self) -> float:
        """Its centre, down."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Frame:
    """A frame and the areas in it that matter."""

    width: int
    height: int

    @property
    def vertical(self) -> bool:
        """Taller than wide."""
        return self.height > self.width

    @property
    def unit(self) -> float:
        """Pixels for one pixel of a frame whose shorter side is 1080."""
        return min(self.width, self.height) / 1080

    @property
    def safe(self) -> Rect:
        """Where text of designs may lie: within 90 % of the frame and above the captions; in a vertical frame also clear of the
        app's buttons (below 15 %, left of 85 %)."""
        if self.vertical:
            return Rect(0.07 * self.width, 0.155 * self.height, 0.775 * self.width, 0.405 * self.height)
        return Rect(0.065 * self.width, 0.085 * self.height, 0.87 * self.width, 0.665 * self.height)

    @property
    def captions(self) -> Rect:
        """Where captions lie."""
        if self.vertical:
            return Rect(0.05 * self.width, 0.575 * self.height, 0.8 * self.width, 0.12 * self.height)
        return Rect(0.12 * self.width, 0.78 * self.height, 0.76 * self.width, 0.14 * self.height)


@dataclass(frozen=True)
class Timing:
    """The times of a scene in seconds: its length, when its pictures may enter and must begin to leave, and its words."""

    seconds: float
    words: tuple[Word, ...] = ()
    enter: float = 0.15
    over: float = 0.0
    """How long the next scene takes to come in over this one; nothing where it cuts in, or where there is none."""

    @property
    def ending(self) -> float:
        """By when everything must have been there to be read."""
        return max(self.seconds - EXIT - 0.05, self.enter)

    @property
    def leave(self) -> float:
        """When things begin to go: at the scene's ending. Where the next scene comes in over this one they stay and go with it:
        else two bare grounds would be seen to change."""
        return self.seconds + self.over if self.over else self.ending

    def said(self, text: str, after: float = 0.0) -> float | None:
        """When a text's first words are spoken, from `after` on; None when they are not."""
        wanted = _tokens(text)[:4]
        spoken = [(token, word.start) for word in self.words for token in _tokens(word.text)]
        for size in range(len(wanted), 0, -1):
            if size < min(2, len(wanted)) and len(wanted[0]) < 4:
                break
            for place in range(len(spoken) - size + 1):
                if spoken[place][1] >= after and [token for token, _ in spoken[place : place + size]] == wanted[:size]:
                    return spoken[place][1]
        return None

    def cues(self, texts: Sequence[str], *, first: float | None = None) -> list[float]:
        """When each of several texts should come: a little before it is spoken; one that is not, soon after the one before.

        The times are in order, and all in time to be read.
        """
        begin = self.enter if first is None else first
        last = max(begin, min(self.ending - 1.2, self.seconds * 0.75))
        step = min((last - begin) / max(len(texts) - 1, 1), UNSPOKEN)
        cues: list[float] = []
        for text in texts:
            said = self.said(text, after=(cues[-1] + 0.3) if cues else 0.0)
            even = cues[-1] + step if cues else begin
            floor = cues[-1] + 0.35 if cues else begin
            at = even if said is None else said - 0.15
            at = at if cues else min(at, begin + LONGEST_WAIT)
            cues.append(min(max(at, floor), max(last, floor)))
        late = max(0.0, cues[-1] - max(self.ending - 0.9, begin)) if cues else 0.0
        return [max(begin, cue - late) for cue in cues]


def _tokens(text: str) -> list[str]:
    return re.findall(r"[\w\u0900-\u097f]+", text.casefold())
