"""What a provider of thumbnail pictures can do: draw a subject that type is set upon."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from models.money import ZERO, Money
from models.videos.contracts import Palette, VideoInput


@dataclass(frozen=True)
class ThumbnailOrder:
    """A thumbnail to be made."""

    title: str
    words: tuple[str, ...]
    """What is written on it, five words at most."""
    icon: str
    """The drawn symbol that stands for the film."""
    palette: Palette
    seed: int
    language: str = "en"
    topic: str = ""
    """What the film shows, in words."""
    video: VideoInput | None = field(default=None, compare=False)
    """Whose money a provider that is paid may spend; no part of what is drawn."""

    @property
    def prompt(self) -> str:
        """What an image model is asked for: one subject, no writing, room at the left for type."""
        about = f", about {self.topic}" if self.topic else ""
        return (
            f"One striking subject for a video titled '{self.title}'{about}. The subject fills the right half, cut clearly from a "
            "plain dark background; the left half is calm and empty. Bold light, high contrast, colours near "
            f"{self.palette.background} and {self.palette.accent}. No letters, no numbers, no logos, no person's likeness."
        )


@dataclass(frozen=True)
class DrawnPicture:
    """A picture from a provider (PNG, JPEG or WebP, any size), and what it cost."""

    data: bytes
    cost: Money = ZERO


@dataclass(frozen=True)
class DrawnThumbnail:
    """A finished candidate: the picture as JPEG, the best one as WebP too, and how good it is."""

    name: str
    jpeg: bytes
    score: float
    parts: dict[str, float]
    reason: str
    webp: bytes = b""


class ThumbnailPort(Protocol):
    """A provider of thumbnail pictures. Its client makes no retries of its own."""

    @property
    def name(self) -> str:
        """The provider's name in chains and records."""
        ...

    @property
    def version(self) -> int:
        """Raised when the same order shall give something else."""
        ...

    async def picture(self, order: ThumbnailOrder) -> DrawnPicture | None:
        """A picture with one subject; None where the designs draw their own.

        Raises:
            ProviderError: it did not serve.
        """
        ...
