"""Lists and comparisons: several things in an order, each coming as it is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from activities.render.designs.frame import Rect
from activities.render.designs.motion import STAGGER, breathe, fade, glide, grow, pop
from activities.render.designs.stage import BODY, HEAD, SMALL, TITLE, Align, Stage
from models.videos.contracts import DesignItem
from models.videos.numerals import format_number
from models.videos.palettes import colour_named, ink_on, mix, with_alpha
from models.videos.scene_content import length_of
from models.videos.symbols import symbols_in


def heading_of(stage: Stage, *, size: float = TITLE - 12) -> float:
    """The scene's heading at the top of the safe area; returns where what follows begins."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at = frame.safe, stage.timing.enter
    if not design.heading:
        return safe.y
    size = min(size, HEAD + 6) if frame.vertical else size
    stage.bar(Rect(safe.x, safe.y, 96 * u, 8 * u), at=at)
    rect = stage.text(
        design.heading,
        safe.x,
        safe.y + 22 * u,
        safe.width,
        size,
        role="display",
        weight=700,
        lines=2 if frame.vertical else 1,
        at=at,
        move=(0, 30),
        line_height=1.12,
    )
    return rect.bottom + 34 * u


def _cues(stage: Stage, items: Sequence[DesignItem]) -> list[float]:
    return stage.timing.cues([item.label or item.detail for item in items], first=stage.timing.enter + 0.35)


def early_of(stage: Stage, place: int, cue: float) -> float:
    """When an item's place comes, with its symbol or number: soon after the scene began, staggered; its words come when spoken."""
    return min(cue, stage.timing.enter + 0.3 + STAGGER * place)


def list_of(stage: Stage) -> None:
    """Points that build up."""
    layouts = (_rows, _columns, _checks)
    layout = layouts[stage.design.variant % 3]
    items = stage.design.items
    if layout is _columns and (stage.frame.vertical or not 2 <= len(items) <= 4):
        layout = _rows
    layout(stage)


def _rows(stage: Stage) -> None:
    """Numbered rows on surfaces."""
    frame, items, u = stage.frame, stage.design.items, stage.u
    safe, palette = frame.safe, stage.palette
    top = heading_of(stage)
    gap = 18 * u
    each = min((safe.bottom - top - gap * (len(items) - 1)) / max(len(items), 1), 180 * u)
    width = safe.width
    if not frame.vertical and all(length_of(item.label) <= 26 and not item.detail for item in items):
        icon = min(0.42 * frame.height, safe.bottom - top)
        width -= icon + 80 * u
        stage.badge(stage.design.icon, safe.right - icon / 2, (top + safe.bottom) / 2, icon, at=stage.timing.enter + 0.2)
    y = top + max(0.0, (safe.bottom - top - (each + gap) * len(items) + gap) * (0.5 if not stage.design.heading else 0.0))
    for place, (item, cue) in enumerate(zip(items, _cues(stage, items), strict=True)):
        row = Rect(safe.x, y, width, each)
        colour = colour_named(item.label) or (palette.accent if place % 2 == 0 else palette.accent2)
        early = early_of(stage, place, cue)
        stage.shape(
            "rectangle",
            row,
            fill=stage.card,
            radius=24 * u,
            at=early,
            opacity=fade(early, stage.timing.leave),
            dx=glide(early, -60 * u, stage.timing.leave),
        )
        disc = min(each * 0.62, 84 * u)
        spot = Rect(row.x + 30 * u, row.centre - disc / 2, disc, disc)
        stage.shape(
            "ellipse",
            spot,
            fill=colour,
            at=early + 0.1,
            opacity=fade(early + 0.1, stage.timing.leave),
            scale=breathe(early + 0.1, stage.timing.leave),
            centred=True,
        )
        stage.text(
            format_number(place + 1, 0, "en"),
            spot.middle,
            spot.centre,
            disc,
            disc / u * 0.52,
            role="display",
            weight=700,
            lines=1,
            colour=ink_on(colour),
            anchor=(0.5, 0.5),
            at=early + 0.1,
            move=(0, 0),
        )
        x = spot.right + 32 * u
        _label(stage, item, Rect(x, row.y + 10 * u, row.right - x - 30 * u, row.height - 20 * u), cue + 0.1)
        y += each + gap


def _label(stage: Stage, item: DesignItem, room: Rect, at: float, *, size: float = BODY + 6) -> None:
    """A label, with its detail below it, in the middle of a box's height."""
    if not item.detail:
        stage.text(
            item.label,
            room.x,
            room.centre,
            room.width,
            size,
            weight=700,
            lines=2,
            height=room.height,
            anchor=(0, 0.5),
            at=at,
            move=(-30, 0),
        )
        return
    head = min(BODY + 6, room.height / stage.u * 0.36)
    body = min(SMALL + 6, room.height / stage.u * 0.27)
    lines = 1 if room.height < 130 * stage.u else 2
    first = stage.size_of(item.label, room.width, head, weight=700, lines=1).height
    second = stage.size_of(item.detail, room.width, body, lines=lines).height
    top = room.centre - (first + second) / 2
    stage.text(item.label, room.x, top, room.width, head, weight=700, lines=1, at=at, move=(-30, 0))
    stage.text(
        item.detail,
        room.x,
        top + first,
        room.width,
        body,
        lines=lines,
        at=at + 0.08,
        move=(-30, 0),
        colour=mix(stage.palette.text, stage.palette.surface, 0.25),
    )


def _columns(stage: Stage) -> None:
    """Cards side by side, each with a symbol of its own."""
    frame, items, u = stage.frame, stage.design.items, stage.u
    safe, palette = frame.safe, stage.palette
    top = heading_of(stage)
    gap = 32 * u
    wide = (safe.width - gap * (len(items) - 1)) / len(items)
    high = min(safe.bottom - top, (520 if any(item.detail for item in items) else 420) * u)
    top += (safe.bottom - top - high) * 0.4
    icons = icons_of(items)
    for place, (item, cue) in enumerate(zip(items, _cues(stage, items), strict=True)):
        card = Rect(safe.x + place * (wide + gap), top, wide, high)
        colour = palette.accent if place % 2 == 0 else palette.accent2
        early = early_of(stage, place, cue)
        stage.panel(card, at=early, radius=32, rise=60)
        stage.shape(
            "rectangle",
            Rect(card.x, card.y, card.width, 10 * u),
            fill=colour,
            radius=5 * u,
            at=cue + 0.1,
            reveal=grow(cue + 0.1, stage.timing.leave),
            opacity=fade(cue + 0.1, stage.timing.leave),
        )
        size = min(wide * 0.42, high * 0.34)
        draw_icon(stage, item, icons[place], card.middle, card.y + 50 * u + size / 2, size, colour, early + 0.12)
        y = card.y + 76 * u + size
        room = card.bottom - y - 24 * u
        head = stage.text(
            item.label,
            card.middle,
            y,
            wide - 48 * u,
            BODY,
            weight=700,
            lines=3,
            height=room * (0.5 if item.detail else 1),
            anchor=(0.5, 0),
            align="center",
            at=cue + 0.15,
        )
        if item.detail:
            stage.text(
                item.detail,
                card.middle,
                head.bottom + 12 * u,
                wide - 48 * u,
                SMALL,
                lines=3,
                height=card.bottom - head.bottom - 30 * u,
                anchor=(0.5, 0),
                align="center",
                at=cue + 0.22,
                colour=mix(palette.text, palette.surface, 0.25),
            )


def icons_of(items: Sequence[DesignItem], spare: str = "") -> list[str]:
    """A symbol for each item, that its words call for and no other has; where one has none, `spare` or all get numbers (`#1`)."""
    found: list[str] = []
    for item in items:
        found.append(next((name for name in symbols_in(f"{item.label} {item.detail}") if name not in found), spare))
    return found if all(found) and len(set(found)) == len(found) else [f"#{place + 1}" for place in range(len(items))]


def draw_icon(stage: Stage, item: DesignItem, name: str, x: float, y: float, size: float, colour: str, at: float) -> None:
    """An item's symbol or number with its middle at (x, y); on a disc of the colour that the item names, if it names one."""
    swatch = colour_named(item.label)
    disc = Rect(x - size / 2, y - size / 2, size, size)
    leave = stage.timing.leave
    if swatch:
        stage.shape("ellipse", disc, fill=swatch, at=at, opacity=fade(at, leave), scale=breathe(at, leave), centred=True)
        symbol = stage.design.icon if name.startswith("#") else name
        stage.symbol(symbol, x, y, size * 0.56, ink_on(swatch), at=at + 0.1, tint=0.0)
    elif name.startswith("#"):
        line = max(3.0, size * 0.035)
        stage.shape("ring", disc, fill=colour, line=line, at=at, opacity=fade(at, leave), scale=breathe(at, leave), centred=True)
        inner = size / stage.u * 0.46
        stage.text(
            name[1:], x, y, size, inner, role="display", weight=700, lines=1, colour=colour, anchor=(0.5, 0.5), at=at, move=(0, 0)
        )
    else:
        stage.symbol(name, x, y, size, colour, at=at)


_TICK = "M0.08 0.54L0.38 0.84L0.92 0.2"


def _checks(stage: Stage) -> None:
    """Plain large lines with a tick each, beside the symbol."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, palette = frame.safe, stage.palette
    top = heading_of(stage)
    items = design.items
    width = safe.width
    if not frame.vertical:
        icon = min(0.36 * frame.height, safe.bottom - top)
        stage.badge(design.icon, safe.right - icon / 2, (top + safe.bottom) / 2, icon, at=stage.timing.enter + 0.2)
        width = safe.width - icon - 80 * u
    each = min((safe.bottom - top) / max(len(items), 1), 170 * u)
    y = top if design.heading else top + (safe.bottom - top - each * len(items)) / 2
    for place, (item, cue) in enumerate(zip(items, _cues(stage, items), strict=True)):
        box = min(56 * u, each * 0.6)
        spot = Rect(safe.x, y + each / 2 - box / 2, box, box)
        early = early_of(stage, place, cue)
        dot = Rect(spot.middle - 9 * u, spot.centre - 9 * u, 18 * u, 18 * u)
        stage.shape("ellipse", dot, fill=with_alpha(palette.accent, 0.45), at=early, until=cue + 0.1, opacity=fade(early))
        stage.shape(
            "path",
            spot,
            stroke=palette.accent,
            line=0.15 * box,
            path=_TICK,
            at=cue,
            reveal=grow(cue, entry=0.4),
            opacity=fade(cue, stage.timing.leave, entry=0.1),
            scale=breathe(cue, stage.timing.leave),
            centred=True,
        )
        x = spot.right + 34 * u
        _label(stage, item, Rect(x, y + 4 * u, safe.x + width - x, each - 8 * u), cue + 0.05, size=HEAD - 6)
        y += each


def comparison(stage: Stage) -> None:
    """Two sides against each other."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, palette = frame.safe, stage.palette
    top = heading_of(stage, size=HEAD + 6)
    gap = 36 * u
    area = Rect(safe.x, top, safe.width, safe.bottom - top)
    if frame.vertical:
        high = (area.height - gap) / 2
        cards = [Rect(area.x, area.y, area.width, high), Rect(area.x, area.y + high + gap, area.width, high)]
    else:
        wide = (area.width - gap) / 2
        cards = [Rect(area.x, area.y, wide, area.height), Rect(area.x + wide + gap, area.y, wide, area.height)]
    bold = design.variant % 2 == 1
    cues = _cues(stage, design.items)
    icons = icons_of(design.items, spare=design.icon)
    if any(name.startswith("#") for name in icons):
        icons = [""] * len(icons)  # two sides are not counted: their words stand alone
    for place, (item, card, cue) in enumerate(zip(design.items, cards, cues, strict=False)):
        colour = (palette.accent, palette.accent2)[place]
        side = -1 if place == 0 else 1
        leave = stage.timing.leave
        early = early_of(stage, place, cue)
        slide = glide(early, side * 80 * u, leave)
        dx, dy = ((), slide) if frame.vertical else (slide, ())
        fill, ink = (colour, ink_on(colour)) if bold else (stage.card, palette.text)
        stage.shape("rectangle", card, fill=fill, radius=40 * u, at=early, opacity=fade(early, leave), dx=dx, dy=dy)
        _side(stage, item, card, icons[place], (early, cue), ink, ink if bold else colour)
    disc = 110 * u
    if len(cues) > 1:
        middle, at, leave = Rect(area.middle - disc / 2, area.centre - disc / 2, disc, disc), cues[1], stage.timing.leave
        come: dict[str, Any] = {"at": at, "opacity": fade(at, leave), "scale": pop(at), "centred": True}
        stage.shape("ellipse", middle, fill=palette.background, **come)
        stage.shape("ring", middle, fill=with_alpha(palette.text, 0.6), line=3 * u, **come)
        stage.symbol(
            "scales", middle.middle, middle.centre, disc * 0.56, palette.text, at=at + 0.1, tint=0, weight=0.06,
            alive=not icons[0],  # without symbols the sign alone moves
        )  # fmt: skip


def _side(stage: Stage, item: DesignItem, card: Rect, icon: str, times: tuple[float, float], ink: str, colour: str) -> None:
    """One side: symbol, label, detail. `times`: of the card with its symbol, and of its words."""
    early, cue = times
    u = stage.u
    pad = 46 * u
    anchor = (0.0, 0.0) if stage.frame.vertical else (0.5, 0.0)
    align: Align = "start" if stage.frame.vertical else "center"
    body = (BODY + 4 if stage.frame.vertical else HEAD - 6) if not item.label else 40 if stage.frame.vertical else BODY
    weight = 400 if item.label else 700
    shown = bool(icon) or bool(colour_named(item.label))
    if stage.frame.vertical:
        size = min(card.height * 0.5, 170 * u) if shown else 0.0
        if shown:
            draw_icon(stage, item, icon or "#", card.x + pad + size / 2, card.centre, size, colour, early + 0.12)
        aside = pad * 1.8 + size if shown else pad
        room = Rect(card.x + aside, card.y + 24 * u, card.width - aside - 0.8 * pad, card.height - 48 * u)
        first = stage.size_of(item.label, room.width, HEAD, role="display", weight=700, lines=2).height if item.label else 0.0
        second = stage.size_of(item.detail, room.width, body, weight=weight, lines=4).height if item.detail else 0.0
        y = room.centre - (first + min(second, room.height - first)) / 2
        x = room.x
    else:
        size = min(card.height * 0.32, 190 * u) if shown else -26 * u
        side = pad if shown else 2.2 * pad  # clear of the sign between the sides
        room = Rect(card.x + side, card.y + pad, card.width - 2 * side, card.height - 2 * pad)
        first = stage.size_of(item.label, room.width, HEAD, role="display", weight=700, lines=2).height if item.label else 0.0
        second = min(
            stage.size_of(item.detail, room.width, body, weight=weight, lines=4).height if item.detail else 0.0,
            room.height - size - first,
        )
        y = room.centre - (size + 26 * u + first + second) / 2
        if shown:
            draw_icon(stage, item, icon or "#", card.middle, y + size / 2, size, colour, early + 0.12)
        y += size + 26 * u
        x = card.middle
    if item.label:
        y = stage.text(
            item.label,
            x,
            y,
            room.width,
            HEAD,
            role="display",
            weight=700,
            lines=2,
            colour=colour,
            anchor=anchor,
            align=align,
            at=cue + 0.18,
        ).bottom
    if item.detail:
        stage.text(
            item.detail,
            x,
            y + 6 * u,
            room.width,
            body,
            lines=4,
            height=room.bottom - y - 6 * u,
            colour=ink,
            anchor=anchor,
            align=align,
            weight=weight,
            at=cue + 0.28,
        )
