"""Timelines and diagrams: things along a line."""

from __future__ import annotations

from activities.render.designs.frame import Rect
from activities.render.designs.motion import breathe, fade, glide, grow, pop
from activities.render.designs.rows import draw_icon, early_of, heading_of, icons_of
from activities.render.designs.stage import BODY, HEAD, HERO, SMALL, TITLE, Stage
from activities.render.timeline import Ease, Key
from models.videos.contracts import DesignItem
from models.videos.palettes import ink_on, mix, with_alpha

_ARROW = "M0.05 0.5H0.92M0.6 0.2L0.94 0.5L0.6 0.8"


def timeline(stage: Stage) -> None:
    """Dates along a line that grows with them."""
    top = heading_of(stage)
    if stage.frame.vertical or stage.design.variant % 2 == 1:
        _down(stage, top)
    else:
        _across(stage, top)


def _cues(stage: Stage) -> list[float]:
    return stage.timing.cues([item.label for item in stage.design.items], first=stage.timing.enter + 0.4)


def _across(stage: Stage, top: float) -> None:
    frame, items, u = stage.frame, stage.design.items, stage.u
    safe, palette, leave = frame.safe, stage.palette, stage.timing.leave
    cues = _cues(stage)
    each = safe.width / len(items)
    few = len(items) <= 3
    year, body = (HERO - 32, BODY + 4) if few else (TITLE - 12, BODY - 4)
    widest = max(stage.size_of(item.label, safe.width, year, role="display", weight=700, lines=1).width for item in items)
    year *= min(1.0, 0.97 * (each - 24 * u) / max(widest, 1.0))  # all of one size
    below = max(stage.size_of(item.detail, each - 40 * u, body, lines=5).height if item.detail else 0.0 for item in items)
    # Years, line and words together in the middle of what is free.
    line_y = (top + safe.bottom + 1.16 * year * u - min(below, 0.5 * (safe.bottom - top))) / 2
    keys = [Key(at=stage.timing.enter, value=0.0)]
    for place, cue in enumerate(cues):
        share = (place + 0.5) / len(items)
        keys += [
            Key(at=max(cue, keys[-1].at + 0.01), value=keys[-1].value),
            Key(at=max(cue, keys[-1].at + 0.01) + 0.5, value=share),
        ]
    keys.append(Key(at=keys[-1].at + 0.4, value=1.0, ease=Ease.OUT))
    rail = Rect(safe.x, line_y - 4 * u, safe.width, 8 * u)
    stage.shape("rectangle", rail, fill=with_alpha(palette.text, 0.18), radius=4 * u, opacity=fade(0.0, leave))
    stage.shape(
        "rectangle", rail, fill=palette.accent2, fill2=palette.accent, radius=4 * u, reveal=tuple(keys), opacity=fade(0.0, leave)
    )
    for place, (item, cue) in enumerate(zip(items, cues, strict=True)):
        x = safe.x + (place + 0.5) * each
        _node(stage, x, line_y, early_of(stage, place, cue), cue + 0.3)
        stage.text(
            item.label,
            x,
            line_y - 52 * u,
            each - 24 * u,
            year,
            role="display",
            weight=700,
            lines=1,
            colour=palette.accent,
            anchor=(0.5, 1),
            align="center",
            at=cue + 0.3,
            move=(0, -24),
        )
        if item.detail:
            stage.text(
                item.detail,
                x,
                line_y + 56 * u,
                each - 40 * u,
                body,
                lines=5,
                height=safe.bottom - line_y - 56 * u,
                anchor=(0.5, 0),
                align="center",
                at=cue + 0.4,
            )


def _node(stage: Stage, x: float, y: float, early: float, at: float) -> None:
    """A ring on the line, there `early`, which is filled as its date comes."""
    u, palette, leave = stage.u, stage.palette, stage.timing.leave
    outer, inner = 46 * u, 22 * u
    stage.shape(
        "ellipse",
        Rect(x - outer / 2, y - outer / 2, outer, outer),
        fill=palette.background,
        stroke=palette.accent,
        line=6 * u,
        at=early,
        opacity=fade(early, leave),
        scale=pop(early),
        centred=True,
    )
    stage.shape(
        "ellipse",
        Rect(x - inner / 2, y - inner / 2, inner, inner),
        fill=palette.accent,
        at=at + 0.1,
        opacity=fade(at + 0.1, leave),
        scale=breathe(at + 0.1, leave, by=0.2),
        centred=True,
    )


def _down(stage: Stage, top: float) -> None:
    frame, items, u = stage.frame, stage.design.items, stage.u
    safe, palette, leave = frame.safe, stage.palette, stage.timing.leave
    cues = _cues(stage)
    each = min((safe.bottom - top) / len(items), (240 if len(items) <= 3 else 190) * u)
    top += (safe.bottom - top - each * len(items)) / 2
    size = min(TITLE if each > 200 * u and not frame.vertical else HEAD + 4, each / u * 0.5)
    year = max(stage.size_of(item.label, safe.width * 0.4, size, role="display", weight=700, lines=1).width for item in items)
    line_x = safe.x + year + 60 * u
    body = min(BODY + 8, each / u * 0.36) if len(items) <= 3 else min(BODY, each / u * 0.36)
    right = safe.right
    icon = min(0.42 * frame.height, safe.bottom - top)
    free = safe.right - icon - 80 * u
    widest = max(stage.size_of(item.detail, safe.width, body, lines=1).width if item.detail else 0.0 for item in items)
    if not frame.vertical and line_x + 56 * u + widest <= free:
        right = free
        stage.badge(stage.design.icon, safe.right - icon / 2, top + each * len(items) / 2, icon, at=stage.timing.enter + 0.2)
    rail = Rect(line_x - 4 * u, top, 8 * u, each * len(items))
    keys = [Key(at=stage.timing.enter, value=0.0)]
    for place, cue in enumerate(cues):
        begin = max(cue, keys[-1].at + 0.01)
        keys += [Key(at=begin, value=keys[-1].value), Key(at=begin + 0.45, value=(place + 0.5) / len(items))]
    keys.append(Key(at=keys[-1].at + 0.4, value=1.0, ease=Ease.OUT))
    stage.shape("rectangle", rail, fill=with_alpha(palette.text, 0.18), radius=4 * u, opacity=fade(0.0, leave))
    stage.shape(
        "rectangle",
        rail,
        fill=palette.accent,
        fill2=palette.accent2,
        radius=4 * u,
        reveal=tuple(keys),
        reveal_from="top",
        opacity=fade(0.0, leave),
    )
    for place, (item, cue) in enumerate(zip(items, cues, strict=True)):
        y = top + (place + 0.5) * each
        _node(stage, line_x, y, early_of(stage, place, cue), cue + 0.2)
        stage.text(
            item.label,
            safe.x + year,
            y,
            year + 4,
            size,
            role="display",
            weight=700,
            lines=1,
            colour=palette.accent,
            anchor=(1, 0.5),
            align="end",
            at=cue + 0.2,
            move=(-24, 0),
        )
        x = line_x + 56 * u
        stage.text(
            item.detail,
            x,
            y,
            right - x,
            body,
            lines=3,
            height=each - 12 * u,
            anchor=(0, 0.5),
            at=cue + 0.3,
            move=(30, 0),
        )


def diagram(stage: Stage) -> None:
    """Things that lead to each other: in a row of boxes with arrows, or rising like stairs."""
    top = heading_of(stage)
    if stage.frame.vertical:
        _flow_down(stage, top)
    elif stage.design.variant % 2 == 0 or len(stage.design.items) > 4:
        _flow(stage, top, rise=0.0)
    else:
        _flow(stage, top, rise=0.12)


def _flow(stage: Stage, top: float, *, rise: float) -> None:
    items, u, safe = stage.design.items, stage.u, stage.frame.safe
    leave, palette = stage.timing.leave, stage.palette
    cues = _cues(stage)
    arrow = 84 * u
    wide = (safe.width - arrow * (len(items) - 1)) / len(items)
    lift = rise * (safe.bottom - top)
    high = min(safe.bottom - top - lift * (len(items) - 1), 430 * u)
    base = (top + safe.bottom) / 2 - high / 2 + lift * (len(items) - 1) / 2
    icons = icons_of(items)
    for place, (item, cue) in enumerate(zip(items, cues, strict=True)):
        card = Rect(safe.x + place * (wide + arrow), base - lift * place, wide, high)
        _card(stage, item, card, icons[place], (early_of(stage, place, cue), cue), last=place == len(items) - 1)
        if place:
            size = arrow * 0.62
            spot = Rect(card.x - arrow / 2 - size / 2, card.centre + lift / 2 - size / 2, size, size)
            stage.shape(
                "path",
                spot,
                stroke=palette.text,
                line=0.11 * size,
                path=_ARROW,
                at=cue - 0.15,
                reveal=grow(cue - 0.15, entry=0.35),
                opacity=fade(cue - 0.15, leave, entry=0.1),
            )


def _card(stage: Stage, item: DesignItem, card: Rect, icon: str, times: tuple[float, float], *, last: bool) -> None:
    """A box with a symbol over its label; the last one in the accent colour. `times`: of the box and of the words in it."""
    early, cue = times
    u, palette, leave = stage.u, stage.palette, stage.timing.leave
    fill = palette.accent if last else stage.card
    ink = ink_on(palette.accent) if last else palette.text
    stage.shape("rectangle", card, fill=fill, radius=30 * u, at=early, opacity=fade(early, leave), dy=glide(early, 50 * u, leave))
    size = min(card.width * 0.44, card.height * 0.42)
    draw_icon(stage, item, icon, card.middle, card.y + 40 * u + size / 2, size, ink if last else palette.accent2, early + 0.12)
    y = card.y + 58 * u + size
    room = card.bottom - y - 20 * u
    head = stage.text(
        item.label,
        card.middle,
        y,
        card.width - 36 * u,
        BODY - 2,
        weight=700,
        lines=3,
        height=room * (0.6 if item.detail else 1),
        colour=ink,
        anchor=(0.5, 0),
        align="center",
        at=cue + 0.15,
    )
    if item.detail:
        stage.text(
            item.detail,
            card.middle,
            head.bottom + 8 * u,
            card.width - 36 * u,
            SMALL,
            lines=3,
            height=card.bottom - head.bottom - 20 * u,
            colour=ink if last else mix(palette.text, palette.surface, 0.25),
            anchor=(0.5, 0),
            align="center",
            at=cue + 0.22,
        )


def _flow_down(stage: Stage, top: float) -> None:
    items, u, safe = stage.design.items, stage.u, stage.frame.safe
    leave, palette = stage.timing.leave, stage.palette
    cues = _cues(stage)
    arrow = 54 * u
    high = min((safe.bottom - top - arrow * (len(items) - 1)) / len(items), 170 * u)
    icons = icons_of(items)
    for place, (item, cue) in enumerate(zip(items, cues, strict=True)):
        last = place == len(items) - 1
        card = Rect(safe.x, top + place * (high + arrow), safe.width, high)
        fill = palette.accent if last else stage.card
        ink = ink_on(palette.accent) if last else palette.text
        early = early_of(stage, place, cue)
        stage.shape(
            "rectangle", card, fill=fill, radius=28 * u, at=early, opacity=fade(early, leave), dy=glide(early, 40 * u, leave)
        )
        size = high * 0.62
        draw_icon(
            stage, item, icons[place], card.x + 40 * u + size / 2, card.centre, size, ink if last else palette.accent2, early + 0.12
        )
        x = card.x + 76 * u + size
        stage.text(
            item.label,
            x,
            card.centre,
            card.right - x - 30 * u,
            BODY + 6,
            weight=700,
            lines=2,
            height=high - 16 * u,
            colour=ink,
            anchor=(0, 0.5),
            at=cue + 0.15,
            move=(-24, 0),
        )
        if place:
            size = arrow * 0.7
            spot = Rect(card.x + 40 * u + high * 0.31 - size / 2, card.y - arrow / 2 - size / 2, size, size)
            stage.shape(
                "path",
                spot,
                stroke=palette.text,
                line=0.12 * size,
                path="M0.5 0.05V0.92M0.2 0.6L0.5 0.94L0.8 0.6",
                at=cue - 0.1,
                reveal=grow(cue - 0.1, entry=0.3),
                reveal_from="top",
                opacity=fade(cue - 0.1, leave, entry=0.1),
            )
