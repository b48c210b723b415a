"""Text as pictures: shaped, wrapped, shrunk to fit, with outline, shadow and plate (Skia's paragraph engine over HarfBuzz and ICU).

Pictures are `uint8` arrays of height x width x RGBA, premultiplied. Everything is safe to call from many threads.
"""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import skia
from skia import textlayout

from activities.render.fonts import families_for, font_collection
from activities.render.hyphens import hyphenated
from activities.render.phrases import WORD_JOINER, bound, is_rtl, join_words, spaceless, spacer
from activities.render.shadows import draw_shadow
from activities.render.timeline import CaptionPage, CaptionStyle, Font, NumberContent, TextContent
from models.videos.numerals import format_number
from models.videos.palettes import rgba_of

Picture = npt.NDArray[np.uint8]
State = tuple[float, float, Picture, int, int]
"""A caption for a time: start and end (seconds of the film), picture, and its left and top in the frame."""

LONGEST = 1200
"""Characters of a text that are set at most; what is longer is cut with an ellipsis before it is shaped."""

_UNBOUNDED = 1e6
_CUT, _SLACK = "\u200b", 0.3
"""Where a long word may be cut, and the room beside its parts as a share of the size."""
_SHRINK = 0.93
_SMALLEST = 0.5
_HYPHENED = 0.76
"""Below this share of its size a text is rather hyphenated than set smaller still."""
_local = threading.local()
_BREAKS = frozenset(f"{a}{b}" for a in "LMNPS" for b in "LMNPS" if "P" in (a, b) or "S" in (a, b))


@dataclass(frozen=True)
class Box:
    """A text as it will be set: the picture's width and height, how far the text's own box lies in from its edges, the
    size after shrinking, and the lines. Lengths are pixels."""

    width: int
    height: int
    inset: int
    size: float
    lines: int
    wrap: float
    text: str

    @property
    def text_width(self) -> int:
        """Width of the text's own box."""
        return self.width - 2 * self.inset

    @property
    def text_height(self) -> int:
        """Height of the text's own box."""
        return self.height - 2 * self.inset


@dataclass(frozen=True)
class Run:
    """A stretch of text in one colour."""

    text: str
    colour: str


def clean(text: str) -> str:
    """What can be set of a text: canonical form, no control characters, plain spaces, at most `LONGEST` characters."""
    folded = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\t", " ")
    kept = "".join(c for c in folded if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn"))
    kept = re.sub(r"[^\S\n]+", " ", kept).strip()
    return kept if len(kept) <= LONGEST else kept[: LONGEST - 1].rstrip() + "…"


def number_text(content: NumberContent, value: float) -> str:
    """A number as the language writes it (separators of thousands and decimals), between prefix and suffix."""
    return f"{content.prefix}{format_number(value, content.decimals, content.language)}{content.suffix}"


def number_content(content: NumberContent, value: float) -> TextContent:
    """The text that shows a counting number at a value, on one line."""
    return TextContent(text=number_text(content, value), font=content.font, max_lines=1, language=content.language)


@lru_cache(maxsize=512)
def measure(content: TextContent) -> Box:
    """How a text will be set.

    Its width is wrapped at `width`; it shrinks (to half its size at most) until it takes `max_lines` lines and no word is
    broken; after that words break, and at last the text is cut with an ellipsis. Lines are balanced to even lengths.
    """
    text = bound(clean(content.text), content.language)
    font = content.font
    inset = _inset(content, font.size)
    if not text:
        return Box(2 * inset + 1, 2 * inset + 1, inset, font.size, 0, 0.0, "")
    wrap = content.width - 2 * content.plate_padding if content.width > 0 else _UNBOUNDED
    lines_at_most = max(1, content.max_lines)
    size, text = _fit(text, font, content.language, wrap, lines_at_most)
    lines, _, _ = _extent(text, font, size, content.language, wrap)
    wrap = _balanced(text, font, size, content.language, wrap, lines)
    lines, width, height = _extent(text, font, size, content.language, wrap)
    if _CUT in text:  # it is drawn at this width: a part that just fits would be broken
        width = min(width + _SLACK * size, wrap)
    inset = _inset(content, size)
    return Box(math.ceil(width) + 2 * inset, math.ceil(height) + 2 * inset, inset, size, lines, wrap, text)


def rasterise_text(content: TextContent) -> Picture:
    """The text as a picture, with its plate, shadow and outline."""
    box = measure(content)
    pixels = np.zeros((box.height, box.width, 4), np.uint8)
    if not box.text:
        return pixels
    canvas_of = _surface(pixels)
    canvas = canvas_of.getCanvas()
    if content.plate:
        edge = max(0.0, box.inset - content.plate_padding)
        radius = min(box.size * 0.35, (box.height - 2 * edge) / 2)
        rect = skia.Rect.MakeLTRB(edge, edge, box.width - edge, box.height - edge)
        canvas.drawRoundRect(rect, radius, radius, _paint(content.plate))
    runs = _accented(box.text, content)
    _draw(canvas, runs, content.font, box.size, content.language, (box.inset, box.inset), math.ceil(box.text_width) + 1.0)
    canvas_of.flushAndSubmit()
    return pixels


def _accented(text: str, content: TextContent) -> tuple[Run, ...]:
    """The text in runs, where its accent stands out as whole words."""
    wanted = f"{WORD_JOINER}?".join(map(re.escape, clean(content.accent)))
    found = re.search(wanted, text) if wanted and content.accent_colour else None
    if found is None:
        return (Run(text, content.font.colour),)
    before, accent, after = text[: found.start()], found.group(), text[found.end() :]
    edges = ((before.rstrip(WORD_JOINER), accent), (accent, after.lstrip(WORD_JOINER)))
    if any(left and right and _joined(left[-1], right[0]) for left, right in edges):
        return (Run(text, content.font.colour),)
    parts = ((before, content.font.colour), (accent, content.accent_colour), (after, content.font.colour))
    return tuple(Run(part, colour) for part, colour in parts if part)


def _joined(before: str, after: str) -> bool:
    """Whether a change of colour between two characters would tear a word."""
    if spaceless(before) and spaceless(after):
        return False
    return not (
        before.isspace() or after.isspace() or (unicodedata.category(before)[0] + unicodedata.category(after)[0]) in _BREAKS
    )


@lru_cache(maxsize=4)
def caption_states(page: CaptionPage, style: CaptionStyle) -> list[State]:
    """The pictures of a caption page, one for each spoken word, which is highlighted. They follow each other without a gap.

    All have one size and place: two lines at most, no wider than the style allows (a longer page is set smaller).
    """
    lines = [[word for word in line if clean(word.text)] for line in page.lines]
    words = [word for line in lines for word in line]
    if not words:
        return []
    lines = [line for line in lines if line]
    size, width, height = _caption_extent(lines, style, page.language)
    inset = math.ceil(style.font.outline + 2 * style.font.shadow + 0.22 * size) + (math.ceil(0.25 * size) if style.plate else 0)
    box_width, box_height = math.ceil(width) + 2 * inset, math.ceil(height) + 2 * inset
    left = round((style.centre or style.width / 2) - box_width / 2)
    top = round(style.bottom - box_height + inset)
    ground = np.zeros((box_height, box_width, 4), np.uint8)
    _draw_caption(ground, lines, None, style, size, page.language, inset)
    states: list[State] = []
    for place, word in enumerate(words):
        start = page.start if place == 0 else word.start
        end = words[place + 1].start if place + 1 < len(words) else page.end
        if end > start:
            pixels = ground.copy()
            _draw_caption(pixels, lines, word, style, size, page.language, inset)
            states.append((start, end, pixels, left, top))
    return states


def _caption_extent(lines: list[list[Any]], style: CaptionStyle, language: str) -> tuple[float, float, float]:
    size = style.font.size
    widths = [
        _extent(join_words([clean(w.text) for w in line], language), style.font, size, language, _UNBOUNDED)[1] for line in lines
    ]
    if max(widths) > style.width:
        size *= style.width / max(widths)
    extents = [
        _extent(join_words([clean(w.text) for w in line], language), style.font, size, language, _UNBOUNDED) for line in lines
    ]
    return size, min(max(width for _, width, _ in extents), style.width), sum(height for _, _, height in extents)


def _draw_caption(
    pixels: Picture, lines: list[list[Any]], spoken: Any, style: CaptionStyle, size: float, language: str, inset: int
) -> None:
    """Draw the ground of a page (plate, shadow, outline) where no word is `spoken`, else its letters."""
    surface = _surface(pixels)
    canvas = surface.getCanvas()
    height, width = pixels.shape[:2]
    if style.plate and spoken is None:
        edge = inset - 0.25 * size
        radius = 0.28 * size
        canvas.drawRoundRect(skia.Rect.MakeLTRB(edge, edge, width - edge, height - edge), radius, radius, _paint(style.plate))
    top = float(inset)
    font = style.font.model_copy(update={"align": "center"})
    for line in lines:
        runs = _caption_runs(line, spoken, style, language)
        at, room = (inset - 1.0, top), width - 2.0 * inset + 2.0
        if spoken is None:
            _draw_ground(canvas, runs, font, size, language, at, room)
        else:
            _lay(runs, font, size, language, room).paint(canvas, *at)
        top += _extent("".join(run.text for run in runs), style.font, size, language, _UNBOUNDED)[2]
    surface.flushAndSubmit()


def _caption_runs(line: list[Any], spoken: Any, style: CaptionStyle, language: str) -> tuple[Run, ...]:
    runs: list[Run] = []
    for word in line:
        text = clean(word.text)
        if runs and spacer(runs[-1].text, text, language):
            runs.append(Run(" ", style.font.colour))
        runs.append(Run(text, style.highlight if word is spoken else style.font.colour))
    return tuple(runs)


def _draw(
    canvas: Any, runs: tuple[Run, ...], font: Font, size: float, language: str, at: tuple[float, float], width: float
) -> None:
    """Draw runs into a box of `width` at its upper left corner: shadow, then outline, then the fill."""
    _draw_ground(canvas, runs, font, size, language, at, width)
    _lay(runs, font, size, language, width).paint(canvas, *at)


def _draw_ground(
    canvas: Any, runs: tuple[Run, ...], font: Font, size: float, language: str, at: tuple[float, float], width: float
) -> None:
    """What lies under the letters: shadow and outline."""
    if font.shadow:
        under = _lay(runs, font, size, language, width, outline=font.outline)
        draw_shadow(canvas, lambda cover: under.paint(cover, *at), size * 0.04, font.shadow / 2)
    if font.outline:
        _lay(runs, font, size, language, width, outline=font.outline).paint(canvas, *at)


def _lay(runs: tuple[Run, ...], font: Font, size: float, language: str, width: float, *, outline: float = 0.0) -> Any:
    """A paragraph laid out at a width. With an outline its glyphs are strokes of twice that width, half under the fill."""
    whole = "".join(run.text for run in runs)
    rtl = is_rtl(whole, language)
    builder = textlayout.ParagraphBuilder.make(_paragraph_style(font, size, rtl), _collection(), _unicode())
    if rtl:
        builder.pushStyle(_text_style(font, size, language))
        builder.addText("\u2067")
    for run in runs:
        style = _text_style(font, size, language)
        paint = _paint(font.outline_colour if outline else run.colour)
        if outline:
            paint.setStyle(skia.Paint.kStroke_Style)
            paint.setStrokeWidth(2 * outline)
            paint.setStrokeJoin(skia.Paint.kRound_Join)
        style.setForegroundPaint(paint)
        builder.pushStyle(style)
        builder.addText(run.text)
        builder.pop()
    paragraph = builder.Build()
    paragraph.layout(width)
    return paragraph


def _paragraph_style(font: Font, size: float, rtl: bool) -> Any:
    align = {
        "center": textlayout.TextAlign.kCenter,
        "start": textlayout.TextAlign.kRight if rtl else textlayout.TextAlign.kLeft,
        "end": textlayout.TextAlign.kLeft if rtl else textlayout.TextAlign.kRight,
    }[font.align]
    strut = textlayout.StrutStyle()
    strut.setFontFamilies(["sans"])
    strut.setFontSize(size)
    strut.setHeight(font.line_height)
    strut.setHeightOverride(True)
    strut.setForceStrutHeight(True)
    strut.setStrutEnabled(True)
    strut.setHalfLeading(True)
    style = textlayout.ParagraphStyle()
    style.setStrutStyle(strut)
    style.setTextAlign(align)
    return style


def _text_style(font: Font, size: float, language: str) -> Any:
    style = textlayout.TextStyle()
    style.setFontFamilies(families_for(font.family, language))
    style.setFontSize(size)
    style.setFontStyle(skia.FontStyle.Bold() if font.weight >= 600 else skia.FontStyle.Normal())
    style.setLetterSpacing(font.letter_spacing * size / font.size)
    style.setLocale(language)
    return style


def _extent(text: str, font: Font, size: float, language: str, wrap: float) -> tuple[int, float, float]:
    """Lines, width of the longest, and height of a text wrapped at a width."""
    paragraph = _lay((Run(text, "#ffffff"),), font, size, language, wrap)
    line = size * font.line_height
    lines = max(1, round(paragraph.Height / line))
    return lines, min(paragraph.LongestLine, wrap), paragraph.Height


def _fit(text: str, font: Font, language: str, wrap: float, lines_at_most: int) -> tuple[float, str]:
    size = font.size
    while size > font.size * _SMALLEST:
        paragraph = _lay((Run(text, "#ffffff"),), font, size, language, wrap)
        lines = max(1, round(paragraph.Height / (size * font.line_height)))
        if lines <= lines_at_most and paragraph.MinIntrinsicWidth <= wrap:
            return size, text
        if size < font.size * _HYPHENED and paragraph.MinIntrinsicWidth > wrap:
            whole = _hyphenated(text, font, size, language, wrap)
            fits = _lay((Run(whole, "#ffffff"),), font, size, language, wrap)
            if round(fits.Height / (size * font.line_height)) <= lines_at_most and fits.MinIntrinsicWidth <= wrap:
                return size, whole
        size *= _SHRINK
    whole = _hyphenated(text, font, size, language, wrap)
    if _extent(whole, font, size, language, wrap)[0] <= lines_at_most:
        return size, whole
    if _extent(text, font, size, language, wrap)[0] <= lines_at_most:
        return size, text
    kept, cut = 0, len(text)
    while cut - kept > 1:
        middle = (kept + cut) // 2
        fits = _extent(text[:middle].rstrip() + "…", font, size, language, wrap)[0] <= lines_at_most
        kept, cut = (middle, cut) if fits else (kept, middle)
    return size, _whole_graphemes(text[:kept]).rstrip() + "…"


def _hyphenated(text: str, font: Font, size: float, language: str, wrap: float) -> str:
    return hyphenated(text, lambda part: _extent(part, font, size, language, _UNBOUNDED)[1] <= wrap)


def _whole_graphemes(text: str) -> str:
    """Without a torn cluster at its end (a joiner, or a mark that the cut took from its letter)."""
    return text.rstrip("\u200d\u2060\ufe0f")


def _balanced(text: str, font: Font, size: float, language: str, wrap: float, lines: int) -> float:
    """The smallest width at which the text takes no more lines (at most four lines are balanced)."""
    if wrap >= _UNBOUNDED or not 2 <= lines <= 4:
        return wrap
    paragraph = _lay((Run(text, "#ffffff"),), font, size, language, wrap)
    low, high = max(min(paragraph.MinIntrinsicWidth, wrap), wrap / (lines + 1)), wrap
    if _CUT in text:  # the paragraph would count on breaking the parts of a cut word again
        parts = [part for part in re.split(r"[\s\u200b]+", text) if part]
        low = min(max(low, *(_extent(part, font, size, language, _UNBOUNDED)[1] + _SLACK * size for part in parts)), wrap)
    for _ in range(6):
        middle = (low + high) / 2
        if _extent(text, font, size, language, middle)[0] <= lines:
            high = middle
        else:
            low = middle
    return high


def _inset(content: TextContent, size: float) -> int:
    """Room around the text: for plate, outline, shadow, and marks that reach out of their line."""
    font = content.font
    return math.ceil(max(content.plate_padding, 0.22 * size + font.outline) + 2 * font.shadow)


def _paint(colour: str) -> Any:
    red, green, blue, alpha = rgba_of(colour)
    return skia.Paint(AntiAlias=True, Color=skia.Color(red, green, blue, alpha))


def _surface(pixels: Picture) -> Any:
    height, width = pixels.shape[:2]
    info = skia.ImageInfo.Make(width, height, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
    return skia.Surface.MakeRasterDirect(info, pixels)


def _collection() -> Any:
    if not hasattr(_local, "collection"):
        _local.collection = font_collection()
    return _local.collection


def _unicode() -> Any:
    if not hasattr(_local, "unicode"):
        _local.unicode = skia.Unicodes.ICU.Make()
    return _local.unicode
