"""What opens and closes a channel's films: a clip or picture of its own, or a designed card. Pure but for looking at the files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple

from models.videos.contracts import ArtifactRef, Ident, Script, VideoInput
from models.videos.formats import Profile, scene_frames
from models.videos.media_facts import MediaFacts

LONGEST = 15.0
"""Seconds of a clip that are shown."""
CARD_SECONDS, PICTURE_SECONDS = (2.6, 5.0), (3.0, 6.0)
"""How long cards and pictures stay, at the beginning and at the end: there a viewer chooses what to see next."""
INTROS = ("intro.mp4", "intro.mov", "intro.webm", "intro.png", "intro.jpg")
OUTROS = ("outro.mp4", "outro.mov", "outro.webm", "outro.png", "outro.jpg")
"""Names under which an operator's own file opens or closes the film."""


@dataclass(frozen=True)
class Bookend:
    """An intro or outro. Without `media` it is a designed card."""

    seconds: float
    closing: bool = False
    media: ArtifactRef | None = None
    name: str = ""
    moving: bool = False
    sound: bool = False
    width: int = 0
    height: int = 0


class Bookends(NamedTuple):
    """What comes before the first scene and after the last one."""

    intro: Bookend | None = None
    outro: Bookend | None = None


def bookends_of(
    video: VideoInput, script: Script, seconds: float, profile: Profile, look_at: Callable[[ArtifactRef, str], MediaFacts]
) -> Bookends:
    """The film's, whose scenes last `seconds`. Where the format's longest length has no room, the outro is left out first.

    Raises:
        MediaError: a file cannot be read.
    """
    media, shown = video.request.media, {PurePath(scene.visual).name.casefold() for scene in script.scenes}
    intro = _made(_own(media, INTROS, shown) or video.brand.intro, False, look_at)
    outro = _made(_own(media, OUTROS, shown) or video.brand.outro, True, look_at)
    room = profile.longest - seconds
    if intro is not None and intro.seconds > room:
        intro = None
    if outro is not None and outro.seconds > room - (intro.seconds if intro else 0.0):
        outro = None
    return Bookends(intro, outro)


def lead(ends: Bookends, fps: int) -> int:
    """Frames before the first scene."""
    return scene_frames(ends.intro.seconds, fps) if ends.intro else 0


def looking(
    look_at: Callable[[Path, str], MediaFacts], path: Callable[[ArtifactRef], Path]
) -> Callable[[ArtifactRef, str], MediaFacts]:
    """From a look at files to one at artifacts."""
    return lambda ref, name: look_at(path(ref), name)


def _own(media: dict[str, ArtifactRef], names: tuple[str, ...], shown: set[str]) -> Ident | None:
    given = {PurePath(name).name.casefold(): ref for name, ref in media.items()}
    return next((Ident(media=given[name], name=name) for name in names if name in given and name not in shown), None)


def _made(ident: Ident, closing: bool, look_at: Callable[[ArtifactRef, str], MediaFacts]) -> Bookend | None:
    if ident.media is None:
        return Bookend(CARD_SECONDS[closing], closing) if ident.card else None
    name = ident.name or ("outro" if closing else "intro")
    facts = look_at(ident.media, name)
    moving = facts.kind == "clip"
    seconds = min(facts.seconds, LONGEST) if moving else PICTURE_SECONDS[closing]
    return Bookend(seconds, closing, ident.media, name, moving, facts.sound, facts.width, facts.height)
