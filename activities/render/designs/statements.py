"""Statements and quotations: sentences that stand alone."""

from __future__ import annotations

from activities.render.designs.frame import Rect
from activities.render.designs.motion import EXIT, breathe, fade, grow
from activities.render.designs.stage import BODY, HEAD, TITLE, Stage, set_of
from models.videos.contracts import DesignItem
from models.videos.palettes import ink_on, mix, with_alpha


def statement(stage: Stage) -> None:
    """A sentence, then the next ones in its place as they are spoken."""
    layout = (_bar, _centred, _ladder, _split)[stage.design.variant % 4]
    if layout is _ladder and len(_beats(stage)) == 1:
        layout = _centred
    layout(stage)


def _beats(stage: Stage) -> list[tuple[DesignItem, float, float | None]]:
    """Each sentence with when it comes and when it makes way for the next."""
    items = stage.design.items or (DesignItem(label=stage.design.text or stage.design.heading),)
    cues = stage.timing.cues([item.label for item in items])
    spread = stage.timing.seconds / len(items)
    cues = [
        cue if stage.timing.said(item.label) else max(cue, spread * place)
        for place, (item, cue) in enumerate(zip(items, cues, strict=True))
    ]
    # The first is there from the beginning, whenever it is spoken: a scene is never empty.
    kept = [(items[0], stage.timing.enter + 0.05)]
    for item, cue in zip(items[1:], cues[1:], strict=True):
        if cue - kept[-1][1] >= 1.3:
            kept.append((item, cue))
    ends = [cue - EXIT for _, cue in kept[1:]]
    return [(item, cue, end) for (item, cue), end in zip(kept, [*ends, None], strict=True)]


def _bar(stage: Stage) -> None:
    """Text at a tall bar; the symbol large at the other side."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at = frame.safe, stage.timing.enter
    if frame.vertical:
        stage.symbol(design.icon, safe.x + 120 * u, safe.y + 110 * u, 220 * u, stage.palette.accent2, at=at + 0.2)
        area = Rect(safe.x + 44 * u, safe.y + 270 * u, safe.width - 44 * u, safe.height - 270 * u)
    else:
        size = 0.4 * frame.height
        stage.symbol(design.icon, safe.right - size / 2, safe.centre, size, stage.palette.accent2, at=at + 0.2)
        area = Rect(safe.x + 54 * u, safe.y + 60 * u, safe.width - size - 150 * u, safe.height - 120 * u)
    stage.bar(Rect(area.x - 54 * u, area.y, 12 * u, area.height), at=at, side="top")
    heading = stage.kicker(design.heading, area.x, area.y, area.width, at=at + 0.1)
    room = Rect(area.x, heading.bottom + 24 * u, area.width, area.bottom - heading.bottom - 24 * u)
    size_of = 76 if frame.vertical else TITLE
    for item, cue, end in _beats(stage):
        size, lines = set_of(item.label, size_of)
        stage.text(
            item.label,
            room.x,
            room.centre,
            room.width,
            size,
            role="display",
            weight=700,
            lines=lines,
            height=room.height,
            anchor=(0, 0.5),
            at=cue,
            until=end,
            accent=item.detail,
            move=(0, 40),
        )


def _centred(stage: Stage) -> None:
    """In the middle, under a badge, over a line that grows."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at = frame.safe, stage.timing.enter
    disc = 180 * u
    stage.badge(design.icon, safe.middle, safe.y + disc / 2, disc, at=at)
    head = stage.kicker(design.heading, safe.middle, safe.y + disc + 22 * u, safe.width, at=at + 0.1, centred=True)
    top = (head.bottom if design.heading else safe.y + disc) + 20 * u
    room = Rect(safe.x, top, safe.width, safe.bottom - top - 30 * u)
    for item, cue, end in _beats(stage):
        size, lines = set_of(item.label, 80 if frame.vertical else TITLE)
        stage.text(
            item.label,
            room.middle,
            room.centre,
            room.width * (1 if frame.vertical else 0.9),
            size,
            role="display",
            weight=700,
            lines=lines,
            height=room.height,
            anchor=(0.5, 0.5),
            align="center",
            at=cue,
            until=end,
            accent=item.detail,
            move=(0, 40),
        )
    stage.bar(Rect(safe.middle - 90 * u, safe.bottom - 8 * u, 180 * u, 8 * u), at=at + 0.35)


def _ladder(stage: Stage) -> None:
    """On a surface: the first sentence large, the next ones gather below it."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at, palette = frame.safe, stage.timing.enter, stage.palette
    pad = 56 * u
    beats = _beats(stage)
    stage.panel(safe, at=max(0.0, at - 0.1), radius=36)
    stage.shape(
        "rectangle",
        Rect(safe.x, safe.y, 12 * u, safe.height),
        fill=palette.accent,
        radius=6 * u,
        at=at,
        opacity=fade(at, stage.timing.leave),
        reveal=grow(at, stage.timing.leave),
        reveal_from="top",
    )
    icon = 150 * u
    stage.symbol(design.icon, safe.right - pad - icon / 2, safe.y + pad + icon / 2, icon, palette.accent2, at=at + 0.25)
    inner = Rect(safe.x + pad, safe.y + pad, safe.width - 2 * pad, safe.height - 2 * pad)
    head = stage.kicker(design.heading, inner.x, inner.y, inner.width - icon - 30 * u, at=at + 0.1)
    top = head.bottom + (22 * u if design.heading else 0)
    rest = beats[1:]
    room = inner.bottom - top
    large, small = (70, BODY) if frame.vertical else (86, HEAD - 6)
    wide, gap, indent = inner.width - icon - 40 * u, 34 * u, 46 * u
    most = room * (0.52 if rest else 1.0)
    high = min(stage.size_of(beats[0][0].label, wide, large, role="display", weight=700, lines=4).height, most)
    each = (room - high - gap) / max(len(rest), 1) - gap * 0.4
    lines = [min(stage.size_of(item.label, inner.width - indent, small, lines=2).height, each) for item, _, _ in rest]
    spare = room - high - sum(lines) - gap * len(lines)
    y = top + max(0.0, spare) * 0.4
    (first, cue, _), accent = beats[0], palette.accent
    stage.text(first.label, inner.x, y, wide, large, role="display", weight=700, lines=4, height=most, at=cue, accent=first.detail)
    y += high + gap
    for (item, cue, _), line in zip(rest, lines, strict=True):
        stage.text(item.label, inner.x + indent, y, inner.width - indent, small, lines=2, height=line, at=cue, move=(-30, 0))
        dot = Rect(inner.x + 4 * u, y + min(line, 64 * u) / 2 - 9 * u, 18 * u, 18 * u)
        stage.shape("ellipse", dot, fill=accent, at=cue, opacity=fade(cue, stage.timing.leave))
        y += line + gap * 0.6


def _split(stage: Stage) -> None:
    """Beside a field of colour that carries the symbol."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at, palette = frame.safe, stage.timing.enter, stage.palette
    leave = stage.timing.leave
    if frame.vertical:
        field = Rect(safe.x, safe.y, safe.width, 280 * u)
        area = Rect(safe.x, field.bottom + 40 * u, safe.width, safe.bottom - field.bottom - 40 * u)
    else:
        field = Rect(safe.x, safe.y, 0.34 * safe.width, safe.height)
        area = Rect(field.right + 70 * u, safe.y, safe.right - field.right - 70 * u, safe.height)
    stage.shape(
        "rectangle",
        field,
        fill=palette.accent2,
        fill2=mix(palette.accent2, palette.accent, 0.7),
        radius=40 * u,
        at=at,
        opacity=fade(at, leave, entry=0.2),
        reveal=grow(at, leave, entry=0.55),
        reveal_from="left",
    )
    ink = ink_on(mix(palette.accent2, palette.accent, 0.35))
    size = 0.62 * min(field.width, field.height)
    stage.symbol(design.icon, field.middle, field.centre, size, ink, at=at + 0.35, tint=0.12)
    head = stage.kicker(design.heading, area.x, area.y + 10 * u, area.width, at=at + 0.15)
    top = head.bottom + 20 * u
    for item, cue, end in _beats(stage):
        large, lines = set_of(item.label, 74 if frame.vertical else 82)
        stage.text(
            item.label,
            area.x,
            (top + area.bottom) / 2,
            area.width,
            large,
            role="display",
            weight=700,
            lines=lines,
            height=area.bottom - top,
            anchor=(0, 0.5),
            at=cue,
            until=end,
            accent=item.detail,
            move=(50, 0),
        )


_MARK = (
    "M0.05 0.62C0.05 0.36 0.18 0.18 0.4 0.1L0.44 0.2C0.32 0.26 0.26 0.34 0.25 0.44H0.44V0.86H0.05Z"
    "M0.55 0.62C0.55 0.36 0.68 0.18 0.9 0.1L0.94 0.2C0.82 0.26 0.76 0.34 0.75 0.44H0.94V0.86H0.55Z"
)


def quotation(stage: Stage) -> None:
    """Somebody's words in italics, with a large mark and their name."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at, palette = frame.safe, stage.timing.enter, stage.palette
    leave = stage.timing.leave
    centred = design.variant % 2 == 1
    mark = 150 * u
    name = design.items[0].label if design.items else ""
    below = 110 * u if name else 0.0
    width = safe.width if frame.vertical or centred else safe.width * 0.86
    x, anchor = (safe.middle, 0.5) if centred else (safe.x, 0.0)
    room = safe.height - mark - 20 * u - below
    body = stage.size_of(design.text, width, HEAD + 14, role="italic", lines=5)
    height = min(body.height, room)
    top = safe.centre - (mark + 20 * u + height + below) / 2
    spot = Rect(x - mark / 2 if centred else x - 6 * u, top, mark, mark)
    stage.shape(
        "path",
        spot,
        fill=palette.accent,
        fill2=palette.accent2,
        path=_MARK,
        at=at,
        opacity=fade(at, leave),
        scale=breathe(at, leave),
        centred=True,
    )
    rect = stage.text(
        design.text,
        x,
        top + mark + 20 * u,
        width,
        HEAD + 14,
        role="italic",
        lines=5,
        height=room,
        anchor=(anchor, 0),
        align="center" if centred else "start",
        at=at + 0.15,
        move=(0, 30),
        line_height=1.25,
    )
    if name:
        cue = at + 0.7
        line = 70 * u
        if centred:
            stage.bar(Rect(x - line / 2, rect.bottom + 34 * u, line, 5 * u), at=cue)
            stage.text(
                name,
                x,
                rect.bottom + 56 * u,
                width,
                BODY,
                weight=700,
                lines=1,
                anchor=(0.5, 0),
                align="center",
                at=cue,
                colour=palette.accent,
            )
        else:
            label = stage.text(
                name,
                x + line + 24 * u,
                rect.bottom + 44 * u,
                width - line - 24 * u,
                BODY,
                weight=700,
                lines=1,
                at=cue,
                colour=palette.accent,
                move=(-24, 0),
            )
            stage.bar(Rect(x, label.centre - 3 * u, line, 6 * u), at=cue)
    size = 0.5 * frame.height if not frame.vertical else 0.6 * frame.width
    if not frame.vertical and not centred:
        ghost = Rect(frame.width - size * 0.8, frame.height * 0.12, size, size)
        stage.shape("path", ghost, fill=with_alpha(palette.text, 0.04), path=_MARK, at=0.0, opacity=fade(0.0, leave))
