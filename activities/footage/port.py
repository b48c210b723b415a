"""What every provider of footage can do: find the picture of one scene."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from models.money import ZERO, Money
from models.videos.contracts import ArtifactRef, SceneDesign, SceneKind, Script, ScriptScene, VideoInput

FILMED = frozenset({SceneKind.STATEMENT, SceneKind.PICTURE, SceneKind.CLIP, SceneKind.QUOTATION, SceneKind.TITLE})
"""Designs that footage may replace. Numbers, lists, comparisons and diagrams show their content; a clip would hide it."""


async def _granted(source_id: str) -> bool:  # noqa: ARG001 - whoever asks for nothing shares with nobody
    return True


@dataclass(frozen=True)
class FootageOrder:
    """A scene that wants a picture."""

    script: Script
    scene: ScriptScene
    design: SceneDesign
    """How the scene would be designed: its kind, palette and symbol; over a clip or still its words are set."""
    width: int
    height: int
    seconds: float
    """About how long the scene will last."""
    used: Set[str] = field(default_factory=frozenset)
    """The provider's own ids of what the film, or the channel lately, already shows: none is to be shown twice."""
    claim: Callable[[str], Awaitable[bool]] = _granted
    """Takes an id for this scene before anything is paid or fetched; False when another scene or video was quicker."""
    video: VideoInput | None = None
    """Whose money a provider that is paid may spend."""

    @property
    def query(self) -> str:
        """What to look for, in words."""
        return self.scene.visual or self.scene.heading or self.scene.narration[:100]


@dataclass(frozen=True)
class FoundFootage:
    """What a provider found: the file of a clip or still (its content, or where it is kept), or nothing but the design."""

    kind: Literal["clip", "still", "design"]
    data: bytes | Path | None = None
    media: ArtifactRef | None = None
    media_type: str = ""
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    source_id: str = ""
    licence: str = ""
    author: str = ""
    page: str = ""
    credit: str = ""
    cost: Money = ZERO


class FootagePort(Protocol):
    """A provider of footage. Its client makes no retries of its own."""

    @property
    def name(self) -> str:
        """The provider's name in chains and records."""
        ...

    @property
    def version(self) -> int:
        """Raised when the same order shall give something else; part of the digest of its takes."""
        ...

    @property
    def paid(self) -> bool:
        """Whether what it finds costs money; then the same scene of another video shows what was paid for before."""
        ...

    async def find(self, order: FootageOrder) -> FoundFootage | None:
        """The picture of a scene; None when the provider has nothing that fits.

        Raises:
            ProviderError: it did not serve.
        """
        ...
