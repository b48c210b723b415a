"""Intro and outro: a channel's own clip or picture, or a card with its name and logo."""

from __future__ import annotations

from activities.render.bookends import Bookend
from activities.render.designs.frame import Frame, Rect, Timing
from activities.render.designs.grounds import lay_ground
from activities.render.designs.motion import fade, grow, pop
from activities.render.designs.stage import HERO, TITLE, Stage
from activities.render.timeline import Camera, Clip, Ease, ImageContent, Key, Layer, Sprite, Still
from models.videos.contracts import ArtifactRef, Palette, SceneDesign, SceneKind
from models.videos.palettes import with_alpha


def ident_layers(
    end: Bookend, frame: Frame, palette: Palette, *, channel: str, logo: ArtifactRef | None, seed: int, language: str, serif: bool,
    over: float = 0.0,
) -> list[Layer]:  # fmt: skip
    """The layers of an intro or outro; the next scene takes `over` seconds to come in over it."""
    if end.media is not None:
        if end.moving:
            return [Clip(media=end.media, name=end.name, loop=False)]
        shape = (end.width / end.height) / (frame.width / frame.height) if end.width and end.height else 1.0
        zoom = (Key(at=0.0, value=1.0), Key(at=end.seconds, value=1.05, ease=Ease.LINEAR))
        fit = "cover" if 0.8 <= shape <= 1.25 else "contain"
        return [Still(media=end.media, name=end.name, fit=fit, camera=Camera(zoom=zoom) if fit == "cover" else Camera())]
    design = SceneDesign(kind=SceneKind.END_CARD, seed=seed, palette=palette, heading=channel, language=language)
    stage = Stage(frame, design, Timing(seconds=end.seconds, enter=0.1, over=over), serif=serif)
    lay_ground(stage, calm=True)
    _card(stage, channel, logo)
    return stage.finished()


def _card(stage: Stage, channel: str, logo: ArtifactRef | None) -> None:
    """The logo (without one, a disc of the accent colour that opens) over the channel's name, and a line that underlines it."""
    frame, u, palette, at = stage.frame, stage.u, stage.palette, stage.timing.enter
    leave = stage.timing.leave
    middle, width = frame.width / 2, frame.width * 0.8
    size = TITLE if frame.vertical else HERO
    name = stage.size_of(channel, width, size, role="display", weight=700, lines=2) if channel else Rect(0, 0, 0, 0)
    mark, gap, line = 300 * u, 56 * u, 10 * u
    top = frame.height * (0.4 if frame.vertical else 0.5) - (mark + gap + name.height + line + 0.6 * gap) / 2
    _halo(stage, middle, top + mark / 2, mark)
    if logo is not None:
        content = ImageContent(media=logo, width=1.6 * mark, height=mark, radius=36 * u)
        opacity, scale = fade(at, leave), pop(at, small=0.8)
        stage.layers.append(
            Sprite(content=content, x=middle, y=top + mark / 2, anchor_x=0.5, anchor_y=0.5, opacity=opacity, scale=scale)
        )
    else:
        stage.badge("play", middle, top + mark / 2, mark, at=at)
    if not channel:
        return
    stage.text(
        channel, middle, top + mark + gap, width, size, role="display", weight=700, lines=2, anchor=(0.5, 0), align="center",
        at=at + 0.25, move=(0, 46), line_height=1.1,
    )  # fmt: skip
    long = min(max(name.width * 0.5, 160 * u), 420 * u)
    below = Rect(middle - long / 2, top + mark + gap + name.height + 0.6 * gap, long, line)
    stage.shape("rectangle", below, fill=palette.accent, radius=line / 2, at=at + 0.5, reveal=grow(at + 0.5, leave))


def _halo(stage: Stage, x: float, y: float, size: float) -> None:
    """Two rings that open behind the logo and fade."""
    at = stage.timing.enter
    for number, colour in enumerate((stage.palette.accent, stage.palette.accent2)):
        begin, wide = at + 0.12 * number, size * (1.9 + 0.5 * number)
        opacity = (Key(at=begin, value=0.0), Key(at=begin + 0.25, value=0.5, ease=Ease.OUT), Key(at=begin + 1.3, value=0.16))
        stage.shape(
            "ring", Rect(x - wide / 2, y - wide / 2, wide, wide), fill=with_alpha(colour, 0.8), line=5 * stage.u, at=begin,
            opacity=opacity, scale=(Key(at=begin, value=0.6), Key(at=begin + 1.1, value=1.0, ease=Ease.OUT)), centred=True,
        )  # fmt: skip
