"""Title and end card."""

from __future__ import annotations

from activities.render.designs.frame import Rect
from activities.render.designs.motion import fade, glide, grow
from activities.render.designs.stage import BODY, HEAD, HERO, SMALL, TITLE, Align, Stage
from models.videos.palettes import ink_on, mix

SPLIT_TITLE = 2
"""The variant of a title that has a field of the accent colour at its end, under the corner of the channel's name."""


def title(stage: Stage) -> None:
    """The film's name, large, with its symbol."""
    (_title_left, _title_centred, _title_split)[stage.design.variant % 3](stage)


def _hero(stage: Stage) -> float:
    return 112.0 if stage.frame.vertical else HERO


def _title_left(stage: Stage) -> None:
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at = frame.safe, stage.timing.enter
    if frame.vertical:
        stage.badge(design.icon, safe.x + 110 * u, safe.y + 110 * u, 220 * u, at=at)
        x, width, top, room = safe.x, safe.width, safe.y + 262 * u, safe.height - 262 * u
    else:
        size = 0.46 * frame.height
        stage.badge(design.icon, safe.right - size / 2, safe.centre, size, at=at + 0.25)
        x, width, top, room = safe.x, safe.width - size - 90 * u, safe.y, safe.height
    hook = stage.size_of(design.text, width, BODY, lines=2).height if design.text else 0.0
    used = (hook + 34 * u if hook else 0.0) + 44 * u
    head = stage.size_of(design.heading, width, _hero(stage), role="display", weight=700, lines=4)
    height = min(head.height, room - used)
    y = top if frame.vertical else safe.centre - (height + used) / 2
    stage.bar(Rect(x, y, 150 * u, 12 * u), at=at)
    rect = stage.text(
        design.heading,
        x,
        y + 44 * u,
        width,
        _hero(stage),
        role="display",
        weight=700,
        lines=4,
        height=room - used,
        at=at + 0.1,
        move=(0, 46),
        line_height=1.1,
    )
    if design.text:
        stage.text(design.text, x, rect.bottom + 30 * u, width, BODY, lines=2, at=at + 0.45, colour=_soft(stage))


def _title_centred(stage: Stage) -> None:
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at = frame.safe, stage.timing.enter
    disc = (200 if frame.vertical else 210) * u
    width = safe.width * (1.0 if frame.vertical else 0.86)
    hook = stage.size_of(design.text, width * 0.9, BODY, lines=2).height + 66 * u if design.text else 0.0
    room = safe.height - disc - 40 * u - hook
    head = stage.size_of(design.heading, width, _hero(stage), role="display", weight=700, lines=3)
    height = min(head.height, room)
    top = safe.centre - (disc + 40 * u + height + hook) / 2
    stage.badge(design.icon, safe.middle, top + disc / 2, disc, at=at)
    rect = stage.text(
        design.heading,
        safe.middle,
        top + disc + 34 * u,
        width,
        _hero(stage),
        role="display",
        weight=700,
        lines=3,
        height=room,
        anchor=(0.5, 0),
        align="center",
        at=at + 0.15,
        move=(0, 46),
        line_height=1.1,
    )
    if design.text:
        line = min(rect.width, 420 * u)
        stage.bar(Rect(safe.middle, rect.bottom + 24 * u, line / 2, 5 * u), at=at + 0.4)
        stage.bar(Rect(safe.middle - line / 2, rect.bottom + 24 * u, line / 2, 5 * u), at=at + 0.4, side="right")
        stage.text(
            design.text,
            safe.middle,
            rect.bottom + 52 * u,
            width * 0.9,
            BODY,
            lines=2,
            anchor=(0.5, 0),
            align="center",
            at=at + 0.5,
            colour=_soft(stage),
        )


def _title_split(stage: Stage) -> None:
    """The title beside a field of the accent colour that carries the symbol."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at, palette = frame.safe, stage.timing.enter, stage.palette
    if frame.vertical:
        field = Rect(0, 0, frame.width, safe.y + 300 * u)
        x, width, top, room = safe.x, safe.width, field.bottom + 50 * u, safe.bottom - field.bottom - 50 * u
        spot = (safe.middle, safe.y + 140 * u, 260 * u)
    else:
        field = Rect(frame.width * 0.64, 0, frame.width * 0.36, frame.height)
        x, width, top, room = safe.x, field.x - safe.x - 80 * u, safe.y, safe.height
        spot = (field.middle, frame.height * 0.44, 0.4 * frame.height)
    leave = stage.timing.leave
    stage.shape(
        "rectangle",
        field,
        fill=palette.accent,
        fill2=mix(palette.accent, palette.accent2, 0.55),
        at=max(0.0, at - 0.1),
        opacity=fade(max(0.0, at - 0.1), leave, entry=0.2),
        reveal=grow(max(0.0, at - 0.1), leave, entry=0.6),
        reveal_from="top" if frame.vertical else "right",
    )
    ink = ink_on(mix(palette.accent, palette.accent2, 0.3))
    stage.symbol(design.icon, *spot, ink, at=at + 0.35, tint=0.14)
    hook = stage.size_of(design.text, width, BODY, lines=2).height + 34 * u if design.text else 0.0
    head = stage.size_of(design.heading, width, _hero(stage), role="display", weight=700, lines=4)
    height = min(head.height, room - hook)
    y = top if frame.vertical else safe.centre - (height + hook) / 2
    rect = stage.text(
        design.heading,
        x,
        y,
        width,
        _hero(stage),
        role="display",
        weight=700,
        lines=4,
        height=room - hook,
        at=at + 0.2,
        move=(-60, 0),
        line_height=1.1,
    )
    if design.text:
        stage.text(design.text, x, rect.bottom + 30 * u, width, BODY, lines=2, at=at + 0.5, colour=_soft(stage))


def end_card(stage: Stage, channel: str = "") -> None:
    """What to remember and what to do next: the closing words, a channel's name, room for what is next."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at, palette = frame.safe, stage.timing.enter, stage.palette
    centred = frame.vertical or stage.design.variant % 2 == 0
    width = safe.width if frame.vertical else safe.width * (0.8 if centred else 0.56)
    x = safe.middle if centred else safe.x
    anchor = (0.5, 0.0) if centred else (0.0, 0.0)
    align: Align = "center" if centred else "start"
    disc = 170 * u if centred else 0.0
    size = HEAD + 12 if frame.vertical else TITLE
    button = 92 * u if channel else 0.0
    below = stage.size_of(design.text, width, BODY, lines=3).height + 30 * u if design.text else 0.0
    fixed = disc + (36 * u if disc else 0) + below + (button + 44 * u if button else 0)
    head = stage.size_of(design.heading, width, size, role="display", weight=700, lines=3)
    height = min(head.height, safe.height - fixed)
    y = safe.centre - (height + fixed) / 2
    if centred:
        stage.badge(design.icon, x, y + disc / 2, disc, at=at)
        y += disc + 36 * u
    else:
        side = 0.52 * safe.height
        stage.panel(Rect(safe.right - side * 1.25, safe.centre - side / 2, side * 1.25, side), at=at + 0.2, radius=40)
        stage.symbol(design.icon, safe.right - side * 0.625, safe.centre, side * 0.6, palette.accent, at=at + 0.4)
    rect = stage.text(
        design.heading,
        x,
        y,
        width,
        size,
        role="display",
        weight=700,
        lines=3,
        height=safe.height - fixed,
        anchor=anchor,
        align=align,
        at=at + 0.15,
        move=(0, 40),
        line_height=1.1,
    )
    bottom = rect.bottom
    if design.text:
        cue = stage.timing.cues([design.text], first=at + 0.5)[0]
        bottom = stage.text(
            design.text, x, bottom + 30 * u, width, BODY, lines=3, anchor=anchor, align=align, at=cue, colour=_soft(stage)
        ).bottom
    if channel:
        _button(stage, channel, x, bottom + 44 * u, centred=centred, at=at + 0.9)


def _button(stage: Stage, channel: str, x: float, y: float, *, centred: bool, at: float) -> None:
    """The channel's name on a pill of the accent colour."""
    u, palette = stage.u, stage.palette
    ink = ink_on(palette.accent)
    size = stage.size_of(channel, stage.frame.safe.width * 0.6, SMALL + 4, weight=700, lines=1)
    pill = Rect(x - (size.width + 120 * u) / 2 if centred else x, y, size.width + 120 * u, 84 * u)
    leave = stage.timing.leave
    stage.shape("rectangle", pill, fill=palette.accent, radius=42 * u, at=at, opacity=fade(at, leave), dy=glide(at, 30 * u, leave))
    stage.symbol("play", pill.x + 50 * u, pill.centre, 48 * u, ink, at=at, tint=0.0, weight=0.07, alive=False)
    stage.text(
        channel,
        pill.x + 90 * u,
        pill.centre,
        size.width + 4,
        SMALL + 4,
        weight=700,
        lines=1,
        colour=ink,
        anchor=(0, 0.5),
        at=at,
        move=(0, 30),
    )


def _soft(stage: Stage) -> str:
    """The text colour a little nearer to its ground, for what comes second."""
    return mix(stage.palette.text, stage.palette.background, 0.2)
