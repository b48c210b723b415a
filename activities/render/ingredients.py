"""What a film's timeline is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from activities.render.bookends import Bookends
from activities.render.timeline import CaptionPages
from models.videos.contracts import ArtifactRef, Palette, Script, Speech, Take
from models.videos.formats import Profile


@dataclass(frozen=True)
class Ingredients:
    """Everything a timeline is made from, in the order of the scenes."""

    script: Script
    speech: Sequence[Speech]
    takes: Sequence[Take]
    captions: CaptionPages
    profile: Profile
    channel: str = ""
    channel_id: str = ""
    niche: str = "general"
    palette: Palette | None = None
    logo: ArtifactRef | None = None
    music: ArtifactRef | None = None
    ends: Bookends = field(default_factory=Bookends)
