"""The stage that designs are laid out on: sprites in their places, with their entries and exits.

Everything is laid out for a language that runs from left to right and mirrored at the end for those that run from right to left.
"""

from __future__ import annotations

import re
from typing import Literal

from activities.render.designs.frame import Frame, Rect, Timing
from activities.render.designs.motion import breathe, fade, glide, grow, pop
from activities.render.phrases import RTL_LANGUAGES, is_rtl
from activities.render.text import measure
from activities.render.timeline import Font, Layer, ShapeContent, Sprite, TextContent, Track
from models.videos.contracts import SceneDesign
from models.videos.palettes import mix, with_alpha
from models.videos.scene_content import length_of
from models.videos.symbols import PATHS, tint_of

HERO, TITLE, HEAD, BODY, SMALL = 132.0, 88.0, 60.0, 44.0, 32.0
"""The one scale of sizes, in pixels of a frame whose shorter side is 1080."""

Align = Literal["start", "center", "end"]
Side = Literal["left", "right", "top", "bottom"]

_LATIN = re.compile(r"^[\u0000-\u024f\u1e00-\u1eff\u2000-\u214f\s]*$")


def set_of(text: str, size: float) -> tuple[float, int]:
    """Size of the scale and most lines of a sentence; a date or a name alone is set in one line, nearly as large as a number."""
    length = length_of(text)
    return (size, 4) if length > 16 else (size * (1.7 if length <= 10 else 1.35), 1)


class Stage:
    """Collects the layers of one scene."""

    def __init__(self, frame: Frame, design: SceneDesign, timing: Timing, *, serif: bool = False) -> None:
        self.frame, self.design, self.timing = frame, design, timing
        self.palette = design.palette
        self.u = frame.unit
        self.serif = serif
        self.layers: list[Layer] = []
        self.rtl = self._runs_left(design)

    @property
    def card(self) -> str:
        """The colour of surfaces that text lies on: a little lighter than the palette's own."""
        return mix(self.palette.surface, self.palette.text, 0.05)

    @staticmethod
    def _runs_left(design: SceneDesign) -> bool:
        if design.language.lower().split("-")[0] in RTL_LANGUAGES:
            return True
        return is_rtl(" ".join((design.heading, design.text, *(item.label for item in design.items))), design.language)

    def finished(self) -> list[Layer]:
        """The layers, mirrored where the language runs from right to left."""
        if not self.rtl:
            return self.layers
        axis = 2 * self.frame.safe.middle
        return [_mirrored(layer, axis) if isinstance(layer, Sprite) else layer for layer in self.layers]

    def text(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        size: float,
        *,
        role: str = "text",
        weight: int = 400,
        colour: str = "",
        lines: int = 3,
        align: Align = "start",
        anchor: tuple[float, float] = (0, 0),
        at: float | None = None,
        until: float | None = None,
        move: tuple[float, float] = (0, 28),
        accent: str = "",
        wipe: bool = False,
        spacing: float = 0.0,
        height: float = 0.0,
        line_height: float = 1.16,
    ) -> Rect:
        """Set a text whose own box has its `anchor` at (x, y); it comes at `at` from `move` pixels away.

        `size` is of the scale; the text shrinks to `lines` lines and, where `height` is given, into that height.
        """
        at = self.timing.enter if at is None else at
        leave = self.timing.leave if until is None else until
        content = self._content(text, width, size, role, weight, colour, lines, align, accent, spacing, line_height)
        box = measure(content)
        while height and box.text_height > height and content.font.size > 18 * self.u:
            content = content.model_copy(update={"font": content.font.model_copy(update={"size": content.font.size * 0.92})})
            box = measure(content)
        rect = Rect(x - anchor[0] * box.text_width, y - anchor[1] * box.text_height, box.text_width, box.text_height)
        if not box.text:
            return rect
        self.layers.append(
            Sprite(
                content=content,
                x=x - box.inset * (1 - 2 * anchor[0]),
                y=y - box.inset * (1 - 2 * anchor[1]),
                anchor_x=anchor[0],
                anchor_y=anchor[1],
                start=max(0.0, at),
                opacity=fade(at, leave),
                dx=glide(at, move[0] * self.u, leave, out=-0.4 * move[0] * self.u),
                dy=glide(at, move[1] * self.u, leave, out=-0.6 * move[1] * self.u),
                reveal=grow(at) if wipe else (),
            )
        )
        return rect

    def size_of(self, text: str, width: float, size: float, *, role: str = "text", weight: int = 400, lines: int = 3) -> Rect:
        """The box that a text would take."""
        box = measure(self._content(text, width, size, role, weight, "", lines, "start", "", 0.0, 1.16))
        return Rect(0, 0, box.text_width, box.text_height)

    def _content(
        self,
        text: str,
        width: float,
        size: float,
        role: str,
        weight: int,
        colour: str,
        lines: int,
        align: Align,
        accent: str,
        spacing: float,
        line_height: float,
    ) -> TextContent:
        latin = bool(_LATIN.match(text))
        if role == "display" and self.serif:
            role = "serif"
        font = Font(
            family=role,
            size=size * self.u,
            weight=weight,
            colour=colour or self.palette.text,
            align=align,
            letter_spacing=spacing * self.u if latin else 0.0,
            line_height=line_height if latin else max(line_height, 1.3),
        )
        return TextContent(
            text=text,
            font=font,
            width=max(width, 1.0),
            max_lines=lines,
            language=self.design.language,
            accent=accent,
            accent_colour=self.palette.accent if accent else "",
        )

    def shape(
        self,
        shape: Literal["rectangle", "ellipse", "ring", "path"],
        rect: Rect,
        *,
        fill: str = "",
        fill2: str = "",
        stroke: str = "",
        line: float = 0.0,
        radius: float = 0.0,
        blur: float = 0.0,
        path: str = "",
        at: float = 0.0,
        until: float | None = None,
        opacity: Track = (),
        dx: Track = (),
        dy: Track = (),
        scale: Track = (),
        reveal: Track = (),
        reveal_from: Side = "left",
        centred: bool = False,
    ) -> None:
        """Put a shape into a box. `centred` makes its middle the point it is scaled about."""
        content = ShapeContent(
            shape=shape,
            width=max(rect.width, 1.0),
            height=max(rect.height, 1.0),
            fill=fill,
            fill2=fill2,
            stroke=stroke,
            stroke_width=line,
            radius=radius,
            blur=blur,
            path=path,
        )
        self.layers.append(
            Sprite(
                content=content,
                x=rect.middle if centred else rect.x,
                y=rect.centre if centred else rect.y,
                anchor_x=0.5 if centred else 0.0,
                anchor_y=0.5 if centred else 0.0,
                start=max(0.0, at),
                end=until,
                opacity=opacity,
                dx=dx,
                dy=dy,
                scale=scale,
                reveal=reveal,
                reveal_from=reveal_from,
            )
        )

    def symbol(
        self,
        name: str,
        x: float,
        y: float,
        size: float,
        colour: str,
        *,
        at: float,
        tint: float = 0.16,
        weight: float = 0.045,
        alive: bool = True,
    ) -> None:
        """A drawn symbol with its middle at (x, y), `size` pixels wide; it swells a little now and then when `alive`."""
        if name not in PATHS:
            return
        rect = Rect(x - size / 2, y - size / 2, size, size)
        leave = self.timing.leave
        scale = breathe(at, leave) if alive else ()
        if tint and tint_of(name):
            self.shape(
                "path",
                rect,
                fill=with_alpha(colour, tint),
                path=tint_of(name),
                at=at,
                opacity=fade(at, leave),
                scale=scale,
                centred=True,
            )
        self.shape(
            "path",
            rect,
            stroke=colour,
            line=weight * size,
            path=PATHS[name],
            at=at,
            opacity=fade(at, leave),
            scale=scale,
            centred=True,
        )

    def badge(self, name: str, x: float, y: float, size: float, *, at: float, colour: str = "", ground: str = "") -> None:
        """A symbol on a disc with a thin ring."""
        colour = colour or self.palette.accent
        leave = self.timing.leave
        rect = Rect(x - size / 2, y - size / 2, size, size)
        self.shape(
            "ellipse",
            rect,
            fill=ground or with_alpha(self.palette.surface, 0.92),
            at=at,
            opacity=fade(at, leave),
            scale=pop(at),
            centred=True,
        )
        self.shape(
            "ring",
            rect,
            fill=with_alpha(colour, 0.55),
            line=max(2.0, size * 0.012),
            at=at,
            opacity=fade(at, leave),
            scale=pop(at),
            centred=True,
        )
        self.symbol(name, x, y, size * 0.56, colour, at=at + 0.1)

    def panel(
        self, rect: Rect, *, at: float, fill: str = "", radius: float = 28, until: float | None = None, rise: float = 36
    ) -> None:
        """A rounded surface with a fine edge that rises into place."""
        leave = self.timing.leave if until is None else until
        self.shape(
            "rectangle",
            rect,
            fill=fill or self.card,
            stroke="" if fill else with_alpha(self.palette.text, 0.14),
            line=2 * self.u,
            radius=radius * self.u,
            at=at,
            opacity=fade(at, leave),
            dy=glide(at, rise * self.u, leave, out=-0.5 * rise * self.u),
        )

    def bar(self, rect: Rect, *, at: float, colour: str = "", side: Side = "left") -> None:
        """A bar that grows from a side."""
        self.shape(
            "rectangle",
            rect,
            fill=colour or self.palette.accent,
            radius=min(rect.width, rect.height) / 2,
            at=at,
            reveal=grow(at, self.timing.leave),
            reveal_from=side,
        )

    def kicker(self, text: str, x: float, y: float, width: float, *, at: float, centred: bool = False) -> Rect:
        """A small heading in capitals over the main thing, with a short bar before it."""
        if not text:
            return Rect(x, y, 0, 0)
        size = SMALL + 8 if self.frame.vertical else SMALL
        shown = text.upper() if _LATIN.match(text) and len(text) <= 40 else text
        if centred:
            return self.text(
                shown,
                x,
                y,
                width,
                size,
                weight=700,
                colour=self.palette.accent,
                lines=1,
                spacing=2.5,
                at=at,
                anchor=(0.5, 0),
                align="center",
                move=(0, 16),
            )
        length = 44 * self.u
        room = width - length - 20 * self.u
        rect = self.text(
            shown,
            x + length + 20 * self.u,
            y,
            room,
            size,
            weight=700,
            colour=self.palette.accent,
            lines=1,
            spacing=2.5,
            at=at,
            move=(-24, 0),
        )
        self.bar(Rect(x, rect.centre - 3 * self.u, length, 6 * self.u), at=at)
        return Rect(x, y, rect.right - x, rect.height)


def _mirrored(sprite: Sprite, axis: float) -> Sprite:
    turned: dict[str, Side] = {
        "left": "right",
        "right": "left",
        "top": "top",
        "bottom": "bottom",
    }
    return sprite.model_copy(
        update={
            "x": axis - sprite.x,
            "anchor_x": 1 - sprite.anchor_x,
            "dx": tuple(key.model_copy(update={"value": -key.value}) for key in sprite.dx),
            "reveal_from": turned[sprite.reveal_from],
        }
    )
