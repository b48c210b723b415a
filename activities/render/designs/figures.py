"""A number that counts."""

from __future__ import annotations

from activities.render.designs.frame import Rect
from activities.render.designs.motion import breathe, fade, glide, grow
from activities.render.designs.stage import BODY, HEAD, Stage
from activities.render.text import measure, number_content
from activities.render.timeline import Ease, Font, Key, NumberContent, Sprite, Track
from models.videos.contracts import DesignItem
from models.videos.palettes import mix, with_alpha
from models.videos.scene_content import length_of

COUNT = 1.4
"""Seconds of the counting."""
LONGEST_WAIT = 0.5
"""Seconds that the number waits to be spoken, at most: its place stands empty until then."""
_CURRENCIES = "$€£¥₹"
_TIGHT = frozenset("%×°٪万億年日分倍度")


def number(stage: Stage) -> None:
    """The number, large, counting up as it is spoken, and what it counts."""
    (_left, _ringed, _gauge)[stage.design.variant % 3](stage)


def _item(stage: Stage) -> DesignItem:
    return stage.design.items[0] if stage.design.items else DesignItem(label=stage.design.text, value=0.0)


def _written(item: DesignItem) -> tuple[str, str, str, int]:
    """Prefix, what follows the number closely, the unit that is set below it, and decimals."""
    unit, decimals = item.unit, int(item.detail) if item.detail.isdigit() else 0
    prefix, unit = (unit[0], unit[1:].strip()) if unit[:1] and unit[0] in _CURRENCIES else ("", unit)
    if unit[:1] in _TIGHT:
        return prefix, unit, "", decimals
    return (prefix, "", unit, decimals) if length_of(unit) > 3 else (prefix, f" {unit}" if unit else "", "", decimals)


def _cue(stage: Stage, item: DesignItem) -> float:
    """When the counting starts: so that it ends as the number is spoken, but not long after the scene began."""
    value = item.value or 0.0
    plain = f"{value:g}"
    said = stage.timing.said(plain)
    begin = stage.timing.enter + 0.15
    return (
        begin
        if said is None
        else min(max(begin, said - COUNT), begin + LONGEST_WAIT, max(begin, stage.timing.ending - COUNT - 1.0))
    )


def _count(stage: Stage, x: float, y: float, width: float, size: float, *, anchor: tuple[float, float], height: float) -> Rect:
    """The counting number in a box; set once for its longest writing, so that it does not jump."""
    item = _item(stage)
    prefix, suffix, unit, decimals = _written(item)
    value = item.value or 0.0
    at, leave = _cue(stage, item), stage.timing.leave
    below = min(HEAD, size * 0.3)
    unit_height = stage.size_of(unit, width, below, role="display", weight=700, lines=1).height if unit else 0.0
    track: Track = (Key(at=at, value=0.0), Key(at=at + COUNT, value=value, ease=Ease.OUT))
    font = Font(family="display", size=size * stage.u, weight=700, colour=stage.palette.accent, line_height=1.05, align="center")
    content = NumberContent(track=track, decimals=decimals, prefix=prefix, suffix=suffix, font=font, language=stage.design.language)
    box = measure(number_content(content, value))
    while (box.text_width > width or box.text_height > height - unit_height) and font.size > 24 * stage.u:
        font = font.model_copy(update={"size": font.size * 0.94})
        content = content.model_copy(update={"font": font})
        box = measure(number_content(content, value))
    top = y - anchor[1] * (box.text_height + unit_height)
    stage.layers.append(
        Sprite(
            content=content, x=x - box.inset * (1 - 2 * anchor[0]), y=top - box.inset, anchor_x=anchor[0], start=at,
            opacity=fade(at, leave), dy=glide(at, 40 * stage.u, leave),
        )
    )  # fmt: skip
    wide = float(box.text_width)
    if unit:
        shown = stage.text(
            unit, x, top + box.text_height, width, below, role="display", weight=700, lines=1, colour=stage.palette.accent,
            anchor=(anchor[0], 0), at=at + 0.2,
        )  # fmt: skip
        wide = max(wide, shown.width)
    return Rect(x - anchor[0] * wide, top, wide, box.text_height + unit_height)


def _left(stage: Stage) -> None:
    """Number and words at the left, the symbol at the right."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at = frame.safe, stage.timing.enter
    icon = (220 if frame.vertical else 400) * u
    width = safe.width if frame.vertical else safe.width - icon - 80 * u
    if frame.vertical:
        stage.badge(design.icon, safe.x + icon / 2, safe.y + icon / 2, icon, at=at)
        area = Rect(safe.x, safe.y + icon + 30 * u, width, safe.height - icon - 30 * u)
    else:
        stage.badge(design.icon, safe.right - icon / 2, safe.centre, icon, at=at + 0.2)
        area = Rect(safe.x, safe.y, width, safe.height)
    label = _item(stage).label
    words = stage.size_of(label, area.width, HEAD, lines=3)
    size = 240 if frame.vertical else 320
    if not design.heading:  # in the middle of the height
        spare = area.height - 1.1 * size * u - words.height - 60 * u
        area = Rect(area.x, area.y + max(0.0, 0.5 * spare), area.width, area.height - max(0.0, 0.5 * spare))
    head = stage.kicker(design.heading, area.x, area.y, area.width, at=at)
    room = area.bottom - head.bottom - min(words.height, 230 * u) - 70 * u
    rect = _count(stage, area.x, head.bottom + 10 * u, area.width, size, anchor=(0, 0), height=room)
    stage.bar(Rect(area.x, rect.bottom + 14 * u, min(rect.width, area.width), 8 * u), at=at + 0.4)
    stage.text(
        label, area.x, rect.bottom + 46 * u, area.width, HEAD, lines=3, height=area.bottom - rect.bottom - 46 * u, at=at + 0.6
    )


def _ringed(stage: Stage) -> None:
    """In the middle of two rings."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at, palette = frame.safe, stage.timing.enter, stage.palette
    leave = stage.timing.leave
    size = min(safe.width, safe.height) * (0.7 if not frame.vertical else 0.62)
    middle = safe.x + size / 2 + 20 * u if not frame.vertical else safe.middle
    centre = safe.centre if not frame.vertical else safe.y + size / 2 + 6 * u
    ring = Rect(middle - size / 2, centre - size / 2, size, size)
    stage.shape("ellipse", ring, fill=with_alpha(palette.surface, 0.75), at=at, opacity=fade(at, leave), centred=True)
    stage.shape(
        "ring",
        ring,
        fill=palette.accent2,
        fill2=palette.accent,
        line=size * 0.03,
        at=at,
        opacity=fade(at, leave),
        reveal=grow(at, leave, entry=1.0),
        reveal_from="bottom",
        centred=True,
    )
    wide = Rect(ring.x - size * 0.06, ring.y - size * 0.06, size * 1.12, size * 1.12)
    stage.shape(
        "ring",
        wide,
        fill=with_alpha(palette.accent, 0.25),
        line=2.5 * u,
        at=at,
        opacity=fade(at, leave),
        scale=breathe(at, leave, by=0.03),
        centred=True,
    )
    _count(stage, middle, centre, size * 0.82, 220, anchor=(0.5, 0.5), height=size * 0.6)
    label = _item(stage).label
    if frame.vertical:
        top = wide.bottom + 18 * u
        stage.text(
            label,
            safe.middle,
            (top + safe.bottom) / 2,
            safe.width,
            HEAD,
            lines=3,
            height=safe.bottom - top,
            anchor=(0.5, 0.5),
            align="center",
            at=at + 0.6,
        )
        return
    area = Rect(wide.right + 70 * u, safe.y, safe.right - wide.right - 70 * u, safe.height)
    head = stage.size_of(design.heading, area.width, BODY, lines=1).height if design.heading else 0.0
    icon = 130 * u
    words = stage.size_of(label, area.width, HEAD + 4, lines=4)
    top = area.centre - (icon + 20 * u + head + min(words.height, area.height - icon - head)) / 2
    stage.symbol(design.icon, area.x + icon / 2, top + icon / 2, icon, palette.accent2, at=at + 0.3)
    kicker = stage.kicker(design.heading, area.x, top + icon + 18 * u, area.width, at=at + 0.2)
    stage.text(
        label,
        area.x,
        kicker.bottom + 16 * u,
        area.width,
        HEAD + 4,
        lines=4,
        height=area.bottom - kicker.bottom - 16 * u,
        at=at + 0.6,
    )


def _gauge(stage: Stage) -> None:
    """On a surface over a bar that fills: to its share for a percentage, else whole."""
    frame, design, u = stage.frame, stage.design, stage.u
    safe, at, palette = frame.safe, stage.timing.enter, stage.palette
    leave = stage.timing.leave
    item = _item(stage)
    pad = 60 * u
    card = Rect(safe.x, safe.y, safe.width, safe.height)
    stage.panel(card, at=max(0.0, at - 0.1), radius=40)
    inner = Rect(card.x + pad, card.y + pad, card.width - 2 * pad, card.height - 2 * pad)
    icon = 150 * u
    stage.symbol(design.icon, inner.right - icon / 2, inner.y + icon / 2, icon, palette.accent2, at=at + 0.25)
    head = stage.kicker(design.heading, inner.x, inner.y, inner.width - icon - 30 * u, at=at + 0.1)
    words = stage.size_of(item.label, inner.width, BODY + 8, lines=2)
    bar_height = 30 * u
    label_top = inner.bottom - words.height
    gauge = Rect(inner.x, label_top - 34 * u - bar_height, inner.width, bar_height)
    _count(
        stage,
        inner.x,
        (head.bottom + gauge.y) / 2,
        inner.width - icon - 30 * u,
        280,
        anchor=(0, 0.5),
        height=gauge.y - head.bottom - 24 * u,
    )
    percent = item.unit == "%"
    share = min(max((item.value or 0.0) / 100, 0.02), 1.0) if percent else 1.0
    stage.shape(
        "rectangle", gauge, fill=mix(palette.surface, palette.text, 0.16), radius=bar_height / 2, at=at, opacity=fade(at, leave)
    )
    filled = Rect(gauge.x, gauge.y, gauge.width * share, gauge.height)
    cue = _cue(stage, item)
    stage.shape(
        "rectangle",
        filled,
        fill=palette.accent2,
        fill2=palette.accent,
        radius=bar_height / 2,
        at=cue,
        reveal=(Key(at=cue, value=0.0), Key(at=cue + COUNT, value=1.0, ease=Ease.OUT)),
        opacity=fade(cue, leave, entry=0.1),
    )
    stage.text(item.label, inner.x, label_top, inner.width, BODY + 8, lines=2, height=words.height + 1, at=at + 0.6)
