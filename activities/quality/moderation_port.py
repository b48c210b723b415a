"""What every moderation of texts can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from models.money import ZERO, Money
from models.videos.contracts import VideoInput


@dataclass(frozen=True)
class Hit:
    """Something found in one text: a category in words, the phrase where it is known, how sure (0..1), whether it is serious."""

    category: str
    phrase: str = ""
    score: float = 1.0
    serious: bool = True


@dataclass(frozen=True)
class Moderated:
    """What was found in each text, in their order, and what asking cost."""

    hits: tuple[tuple[Hit, ...], ...]
    cost: Money = ZERO


class ModerationPort(Protocol):
    """Looks for what must not be published. Its client makes no retries of its own."""

    @property
    def name(self) -> str:
        """The provider's name in chains and records."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same text may be judged otherwise."""
        ...

    async def check(self, texts: Sequence[str], video: VideoInput) -> Moderated:
        """What is in each of the texts.

        Raises:
            ProviderError: it did not serve.
        """
        ...
