"""Pictures with a caption: drawn ones, and what is written over clips and stills."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Literal

from activities.render.designs.frame import Frame, Rect
from activities.render.designs.grounds import lay_ground
from activities.render.designs.motion import breathe, drift, fade, glide, grow
from activities.render.designs.stage import BODY, HEAD, Stage, set_of
from activities.render.timeline import Camera, Clip, Ease, ImageContent, Key, Shade, Sprite, Still
from models.videos.contracts import ArtifactRef, Take
from models.videos.palettes import luminance, mix, with_alpha

SLOWEST = 0.75
"""Speed down to which a clip is slowed to last as long as its scene."""
WIDEST_CUT, MOST_ENLARGED = 3.3, 2.2
"""Shape of a still against that of a tall frame up to which it is cut to fill it, and how much it may be enlarged for that."""
PAN_SPEED = 0.07
"""Widths of the frame that pass in a second as the camera goes along a panorama, at most."""
LEAST_STILL, MOST_CARD = 0.28, 4.0
"""A picture with less than this share of the frame's pixels each way is shown as a card, enlarged so much at most."""
FACE_HIGH = 0.36
"""Where in the height of a picture its subject begins to be covered by words above the captions."""
EYES, LOWEST, HEAD_ROOM = 1 / 3, 0.42, 0.65
"""How far down the frame eyes belong, and lie at most, as shares of it; what is kept above them, as a share of a face's height."""


def picture(stage: Stage) -> None:
    """A drawn scene: layered hills, orbits or a stage, with the symbol large in it and a caption."""
    (_hills, _orbits, _frame)[stage.design.variant % 3](stage)


def _caption(stage: Stage, area: Rect, *, centred: bool = False) -> None:
    """Heading and text, in the middle of an area's height."""
    design, u, at = stage.design, stage.u, stage.timing.enter
    size, lines = set_of(design.text, HEAD if stage.frame.vertical else HEAD + 8)
    below = stage.size_of(design.text, area.width, size, role="display", weight=700, lines=lines)
    kick = 56 * u if design.heading and design.heading != design.text else 0.0
    height = min(below.height, area.height - kick)
    y = area.centre - (height + kick) / 2
    x, anchor = (area.middle, 0.5) if centred else (area.x, 0.0)
    if kick:
        stage.kicker(design.heading, x, y, area.width, at=at + 0.15, centred=centred)
    stage.text(
        design.text,
        x,
        y + kick,
        area.width,
        size,
        role="display",
        weight=700,
        lines=lines,
        height=area.height - kick,
        anchor=(anchor, 0),
        align="center" if centred else "start",
        at=at + 0.3,
        move=(0, 36),
    )


def _spot(stage: Stage) -> tuple[Rect, Rect]:
    """Where the drawing and where its words lie."""
    safe, u = stage.frame.safe, stage.u
    if stage.frame.vertical:
        high = safe.height * 0.52
        return Rect(safe.x, safe.y, safe.width, high), Rect(safe.x, safe.y + high + 20 * u, safe.width, safe.height - high - 20 * u)
    wide = safe.width * 0.42
    return Rect(safe.right - wide, safe.y, wide, safe.height), Rect(safe.x, safe.y, safe.width - wide - 70 * u, safe.height)


def _hills(stage: Stage) -> None:
    """A sky with a great disc over hills in depth."""
    frame, palette, u = stage.frame, stage.palette, stage.u
    rng = random.Random(stage.design.seed)
    seconds, at = stage.timing.seconds, stage.timing.enter
    drawing, words = _spot(stage)
    size = min(drawing.width, drawing.height) * 0.8
    disc = Rect(drawing.middle - size / 2, drawing.centre - size / 2, size, size)
    rise = drift(seconds, 24 * u, -24 * u)
    stage.shape(
        "ellipse",
        Rect(disc.x - size * 0.12, disc.y - size * 0.12, size * 1.24, size * 1.24),
        fill=with_alpha(palette.accent, 0.14),
        blur=26 * u,
        dy=rise,
        opacity=fade(0.0),
    )
    stage.shape("ellipse", disc, fill=palette.accent, fill2=mix(palette.accent, palette.accent2, 0.7), dy=rise, opacity=fade(0.0))
    base = frame.height * (0.6 if not frame.vertical else 0.52)
    for depth in range(3):
        top = base + depth * frame.height * 0.11
        colour = mix(mix(palette.surface, palette.accent2, 0.28 - 0.1 * depth), palette.background, 0.25 * depth)
        band = Rect(-0.06 * frame.width, top, 1.12 * frame.width, frame.height - top + 4)
        rise_in = glide(0.0, (70 + 50 * depth) * u, entry=0.9 + 0.2 * depth)
        stage.shape("path", band, fill=colour, path=_ridge(rng), dy=rise_in)
    ink = palette.background if luminance(palette.accent) > 0.3 else "#ffffff"
    stage.symbol(stage.design.icon, disc.middle, disc.centre - size * 0.06, size * 0.46, ink, at=at + 0.2, tint=0.1)
    _caption(stage, words)


def _ridge(rng: random.Random) -> str:
    """A row of soft hills over the upper part of the unit square."""
    points = [(i / 6, rng.uniform(0.02, 0.2)) for i in range(7)]
    path = f"M0 1V{points[0][1]:.3f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        path += f"C{middle:.3f} {y0:.3f} {middle:.3f} {y1:.3f} {x1:.3f} {y1:.3f}"
    return path + "V1Z"


def _orbits(stage: Stage) -> None:
    """The symbol in the middle of rings, with small bodies on them."""
    palette, u, at = stage.palette, stage.u, stage.timing.enter
    rng = random.Random(stage.design.seed)
    leave, seconds = stage.timing.leave, stage.timing.seconds
    drawing, words = _spot(stage)
    size = min(drawing.width, drawing.height)
    for ring in range(3):
        wide = size * (0.5 + 0.24 * ring)
        rect = Rect(drawing.middle - wide / 2, drawing.centre - wide / 2, wide, wide)
        cue = at + 0.12 * ring
        stage.shape(
            "ring",
            rect,
            fill=with_alpha(palette.text, 0.32 - 0.08 * ring),
            line=2.5 * u,
            at=cue,
            opacity=fade(cue, leave),
            scale=((Key(at=cue, value=0.85), Key(at=cue + 0.7, value=1.0, ease=Ease.OUT))),
            centred=True,
        )
        body = (34 - 6 * ring) * u
        side, high = rng.choice((-1, 1)), rng.uniform(-0.6, 0.6)
        x = drawing.middle + side * wide / 2 * (1 - high**2) ** 0.5
        y = drawing.centre + high * wide / 2
        stage.shape(
            "ellipse",
            Rect(x - body / 2, y - body / 2, body, body),
            fill=palette.accent if ring % 2 else palette.accent2,
            at=cue + 0.3,
            opacity=fade(cue + 0.3, leave),
            dy=drift(seconds, 14 * u * side, -14 * u * side),
        )
    stage.badge(stage.design.icon, drawing.middle, drawing.centre, size * 0.4, at=at)
    _caption(stage, words)


def _frame(stage: Stage) -> None:
    """A drawing on a card with a coloured edge, a little like a poster."""
    palette, u, at = stage.palette, stage.u, stage.timing.enter
    leave = stage.timing.leave
    drawing, words = _spot(stage)
    inset = 18 * u
    back = Rect(drawing.x + inset, drawing.y + inset, drawing.width - inset, drawing.height - inset)
    front = Rect(drawing.x, drawing.y, drawing.width - inset, drawing.height - inset)
    stage.panel(back, at=at, fill=palette.accent, radius=36)
    stage.shape(
        "rectangle",
        front,
        fill=palette.surface,
        fill2=mix(palette.surface, palette.accent2, 0.4),
        radius=36 * u,
        at=at + 0.08,
        opacity=fade(at + 0.08, leave),
        reveal=grow(at + 0.08, leave, entry=0.6),
        reveal_from="bottom",
    )
    size = min(front.width, front.height) * 0.62
    stage.symbol(stage.design.icon, front.middle, front.centre, size, palette.text, at=at + 0.3, tint=0.1)
    _caption(stage, words)


def clip_layers(stage: Stage, take: Take) -> None:
    """A clip or still that fills the frame, in slow motion of the camera, with a lower third where something is written."""
    media = take.media
    if media is None:
        raise ValueError(f"the take of scene {take.scene} is a {take.kind} without its file")
    seconds = stage.timing.seconds
    if take.kind == "clip":
        # What would have to be repeated all the same keeps its own speed: a short animation is made to go round.
        share = take.seconds / seconds if take.seconds > 0 else 1.0
        speed = min(share, 1.0) if share >= SLOWEST else 1.0
        if take.see_through:  # an animated sticker or logo is not cut, and moves on the scene's ground
            lay_ground(stage, calm=True)
        fit: Literal["cover", "contain"] = "contain" if take.see_through else "cover"
        x, y = _aim(take, stage.frame)[:2]
        stage.layers.append(Clip(media=media, fit=fit, speed=speed, loop=True, focus_x=x, focus_y=y))
    elif 0 < max(take.width / stage.frame.width, take.height / stage.frame.height) < LEAST_STILL and not take.see_through:
        lay_ground(stage, calm=True)
        stage.layers.append(_small(stage, take, media))
    else:
        stage.layers.append(_still(stage, take, media))
    if stage.design.text or stage.design.heading:
        _lower_third(stage, above=stage.frame.vertical and take.focus_y > FACE_HIGH)


def _small(stage: Stage, take: Take, media: ArtifactRef) -> Sprite:
    """A picture of few pixels as a card on the scene's ground: over all of the frame they would be seen one by one."""
    safe, at = stage.frame.safe, stage.timing.enter
    part = min(MOST_CARD * stage.u, 0.6 * safe.width / take.width, 0.62 * safe.height / take.height)
    content = ImageContent(media=media, width=take.width * part, height=take.height * part, radius=24 * stage.u)
    return Sprite(
        content=content, x=safe.middle, y=safe.y + 0.36 * safe.height, anchor_x=0.5, anchor_y=0.5, start=at,
        opacity=fade(at, stage.timing.leave), scale=breathe(at, stage.timing.leave, by=0.03),
    )  # fmt: skip


def _still(stage: Stage, take: Take, media: ArtifactRef) -> Still:
    """A still that covers the frame around what matters in it; one of a very different shape, or too small, is shown whole."""
    rng = random.Random(stage.design.seed)
    frame, seconds = stage.frame, stage.timing.seconds
    shape = (take.width / take.height) / (frame.width / frame.height) if take.width and take.height else 1.0
    begin, end = rng.choice(((1.0, 1.08), (1.08, 1.0)))
    x, y = rng.choice((-1, 1)) * rng.uniform(0.04, 0.1), rng.choice((-1, 1)) * rng.uniform(0.03, 0.08)
    aim_x, aim_y, wide, high = _aim(take, frame)
    if take.face:  # a face is not let out of what is cut from a picture
        x, y = x * wide, y * high
    camera = Camera(
        zoom=(Key(at=0.0, value=begin), Key(at=seconds, value=end, ease=Ease.LINEAR)),
        x=(Key(at=0.0, value=aim_x - x), Key(at=seconds, value=aim_x + x, ease=Ease.LINEAR)),
        y=(Key(at=0.0, value=aim_y - y), Key(at=seconds, value=aim_y + y, ease=Ease.LINEAR)),
    )
    # On a phone a picture fills the screen: a photograph of 16:9 is cut to its subject, where it has the pixels for that.
    widest = WIDEST_CUT if frame.vertical and take.height * MOST_ENLARGED >= frame.height else 1.8
    if shape > widest and not frame.vertical and take.height * MOST_ENLARGED >= frame.height and not take.see_through:
        return Still(media=media, camera=_panned(take, frame, seconds, rng.choice((-1, 1))))
    if take.see_through:  # a logo or drawing is not cut, and the camera stays clear of its edges
        return Still(media=media, fit="contain", camera=Camera(zoom=camera.zoom))
    return Still(media=media, fit="cover" if 0.55 <= shape <= widest else "contain", camera=camera)


def _aim(take: Take, frame: Frame) -> tuple[float, float, float, float]:
    """The middle of the view and what it shows of the picture's width and height, as shares, when the picture fills the frame.

    Eyes lie a third down the frame, a little lower where the hair of a large face wants room; of a face that does not fit, the
    chin is kept before the hair.
    """
    shape = (take.width / take.height) / (frame.width / frame.height) if take.width and take.height else 1.0
    wide, high = min(1 / shape, 1.0), min(shape, 1.0)
    if not take.face:
        return take.focus_x, take.focus_y, wide, high
    above = min(max(EYES * high, HEAD_ROOM * take.face), LOWEST * high)
    return take.focus_x, min(take.focus_y + high / 2 - above, 1.0), wide, high


def _panned(take: Take, frame: Frame, seconds: float, way: int) -> Camera:
    """Along a panorama that fills the frame's height, about what matters in it, no faster than the eye follows."""
    seen = frame.width / (take.width * frame.height / take.height)
    reach = min(1 - seen, PAN_SPEED * seconds * seen) / 2
    middle = min(max(take.focus_x, seen / 2 + reach), 1 - seen / 2 - reach)
    ends = middle - way * reach, middle + way * reach
    return Camera(x=(Key(at=0.0, value=ends[0]), Key(at=seconds, value=ends[1], ease=Ease.LINEAR)))


def _lower_third(stage: Stage, *, above: bool) -> None:
    """The scene's words over a picture: on a dark plate over the captions, which themselves lie on a shade; at the top of the safe
    area where what matters in the picture is about the middle of a tall frame."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at, palette = frame.safe, stage.timing.enter + 0.2, stage.palette
    stage.layers.append(Shade(edge="bottom", size=0.6 if frame.vertical else 0.4, strength=0.5, colour="#05070c"))
    text = design.text or design.heading
    kicker = design.heading if design.text else ""
    accent = palette.accent if luminance(palette.accent) > 0.25 else "#ffd54a"
    size = HEAD - 4 if frame.vertical else HEAD
    pad, edge = 30 * u, 12 * u
    width = safe.width * (1.0 if frame.vertical else 0.7) - 2 * pad - edge
    box = stage.size_of(text, width, size, role="display", weight=700, lines=2)
    head = stage.size_of(kicker, width, BODY - 8, weight=700, lines=1)
    kick = head.height if kicker else 0.0
    wide = max(box.width, head.width if kicker else 0.0) + 2 * pad + edge
    high = box.height + kick + pad
    plate = Rect(safe.x, safe.y if above else safe.bottom - high, wide, high)
    stage.shape(
        "rectangle", plate, fill="#070a12cc", radius=14 * u, at=at, opacity=fade(at, stage.timing.leave), reveal=grow(at)
    )  # fmt: skip
    stage.bar(Rect(plate.x, plate.y, edge, plate.height), at=at, colour=accent, side="bottom")
    x, y = plate.x + edge + pad, plate.y + pad / 2
    if kicker:
        stage.text(kicker, x, y, width, BODY - 8, weight=700, lines=1, colour=accent, at=at + 0.1, move=(-30, 0))
    stage.text(text, x, y + kick, width, size, role="display", weight=700, lines=2, colour="#ffffff", at=at + 0.16, move=(-40, 0))
