"""Drawing a contact sheet: pictures of a film with their times, and under them its sound and captions along one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import skia
from PIL import Image

from activities.quality.facts import LEVELS_A_SECOND, FilmFacts, clock
from activities.render.phrases import join_words
from activities.render.text import rasterise_text
from activities.render.timeline import Font, TextContent

Pixels = npt.NDArray[np.uint8]

WIDTH, MARGIN, GAP = 1680, 40, 12
INK, FAINT, GROUND, PANEL, GRID = "#eceef2", "#8d94a1", "#12141a", "#1b1f28", "#2b3140"
WAVE, LOUD, SPOKEN, WRONG, FINE = "#3f8f8a", "#ffb454", "#8ab4ff", "#ff6b6b", "#7bd88f"
ROWS, ROW_SECONDS = 6, 40.0
"""The sound is drawn in at most so many rows; a row of a short film has about so many seconds."""
WAVE_HEIGHT, LANE_HEIGHT, ROW_HEIGHT = 96, 44, 186
QUIETEST = -42.0
"""LUFS at the foot of the loudness curve; its top is 0."""


@dataclass(frozen=True)
class Shot:
    """A picture of the film (RGB) and its time in seconds."""

    at: float
    pixels: Pixels


@dataclass(frozen=True)
class Sheet:
    """Everything that is shown."""

    name: str
    shots: Sequence[Shot]
    cues: Sequence[tuple[float, float, str]]
    facts: FilmFacts
    odd: Sequence[str]


def draw(sheet: Sheet) -> Image.Image:
    """The contact sheet."""
    shot_height, shot_width = sheet.shots[0].pixels.shape[:2]
    columns = max(1, (WIDTH - 2 * MARGIN + GAP) // (shot_width + GAP))
    lines = math.ceil(len(sheet.shots) / columns)
    seconds = _seconds(sheet)
    rows = min(ROWS, math.ceil(seconds / ROW_SECONDS))
    each = 5.0 * math.ceil(seconds / rows / 5)
    top = 150 + 24 * max(0, min(len(sheet.odd), 5) - 1)
    below = top + lines * (shot_height + 34) + 50
    board = _Board(WIDTH, below + rows * ROW_HEIGHT + 20)
    _head(board, sheet)
    left = (WIDTH - columns * (shot_width + GAP) + GAP) // 2
    for place, shot in enumerate(sheet.shots):
        x, y = left + place % columns * (shot_width + GAP), top + place // columns * (shot_height + 34)
        board.picture(shot.pixels, x, y)
        board.text(clock(shot.at), x, y + shot_height + 3, 15, FAINT, width=shot_width)
    _legend(board, below - 36)
    for row in range(rows):
        _row(board, sheet, row * each, min((row + 1) * each, seconds), each, below + row * ROW_HEIGHT)
    return board.image()


def _seconds(sheet: Sheet) -> float:
    picture, sound = sheet.facts.picture, sheet.facts.sound
    return max(picture.end if picture else 0.0, sound.end if sound else 0.0, 1.0)


def _head(board: _Board, sheet: Sheet) -> None:
    picture, sound = sheet.facts.picture, sheet.facts.sound
    assert picture is not None
    board.text(sheet.name, MARGIN, 24, 34, INK, weight=700, width=WIDTH - 2 * MARGIN)
    words = [
        clock(picture.end - picture.start), f"{picture.width}x{picture.height}", f"{picture.fps:g} fps",
        f"{picture.codec.upper()} {picture.profile} {picture.rate:,.0f} kb/s", f"{sheet.facts.file.size / 1e6:,.1f} MB",
    ]  # fmt: skip
    if sound is not None:
        words += [
            f"{sound.codec.upper()} {sound.rate:,.0f} kb/s, {sound.sample_rate / 1000:g} kHz",
            f"{sound.loudness:.1f} LUFS", f"true peak {sound.true_peak:.1f} dBTP",
        ]  # fmt: skip
    words.append(f"{len(sheet.cues)} captions")
    board.text("   ·   ".join(words), MARGIN, 76, 20, FAINT, width=WIDTH - 2 * MARGIN)
    if not sheet.odd:
        board.text("Nothing odd was measured.", MARGIN, 108, 18, FINE)
    for place, line in enumerate(sheet.odd[:5]):
        more = f"   (and {len(sheet.odd) - 5} more)" if place == 4 and len(sheet.odd) > 5 else ""
        board.text(line[0].upper() + line[1:] + more, MARGIN, 108 + 24 * place, 18, WRONG, width=WIDTH - 2 * MARGIN)


def _legend(board: _Board, y: int) -> None:
    x = MARGIN
    for colour, words in (
        (WAVE, "waveform"),
        (LOUD, "momentary loudness, dashed: -14 LUFS"),
        (SPOKEN, "captions"),
        (WRONG, "silence"),
    ):
        board.bar(x, y + 5, 22, 10, colour, radius=3)
        x += 30 + board.text(words, x + 30, y, 15, FAINT) + 26


def _row(board: _Board, sheet: Sheet, start: float, end: float, each: float, top: int) -> None:
    room = WIDTH - 2 * MARGIN

    def across(at: float) -> float:
        return MARGIN + room * (at - start) / each

    board.bar(MARGIN, top, across(end) - MARGIN, WAVE_HEIGHT, PANEL)
    step = next(step for step in (1, 2, 5, 10, 20, 30, 60, 120) if each / step <= 15)
    for tick in range(math.ceil(start / step), math.floor(end / step) + 1):
        board.line([(across(tick * step), top), (across(tick * step), top + WAVE_HEIGHT + LANE_HEIGHT + 10)], GRID, 1)
        board.text(clock(tick * step), int(across(tick * step)) + 4, top + WAVE_HEIGHT + LANE_HEIGHT + 12, 13, FAINT)
    sound = sheet.facts.sound
    if sound is not None:
        board.wave(
            _envelope(sound.levels, start, end, int(across(end)) - MARGIN), MARGIN, top + WAVE_HEIGHT / 2, WAVE_HEIGHT / 2 - 3
        )
        for span in sound.silent:
            if span.end > start and span.start < end:
                left, right = across(max(span.start, start)), across(min(span.end, end))
                board.bar(left, top + WAVE_HEIGHT / 2 - 2, right - left, 4, WRONG)
        target = _height(-14.0, top)
        board.line([(MARGIN, target), (across(end), target)], LOUD, 1, dashed=True)
        curve = [
            (across(at / 10), _height(sound.momentary[at], top))
            for at in range(int(start * 10), min(int(end * 10) + 1, len(sound.momentary)))
        ]
        board.line(curve, LOUD, 2)
    for first, last, text in sheet.cues:
        if last > start and first < end:
            left, right = across(max(first, start)) + 1, across(min(last, end)) - 1
            board.bar(left, top + WAVE_HEIGHT + 5, max(1.0, right - left), LANE_HEIGHT, SPOKEN, radius=4)
            if right - left > 40:
                words = join_words(text.split(), "ja")
                board.text(words, int(left) + 5, top + WAVE_HEIGHT + 8, 14, GROUND, width=int(right - left) - 8, lines=2)


def _height(lufs: float, top: int) -> float:
    return top + 3 + (WAVE_HEIGHT - 6) * min(1.0, lufs / QUIETEST)


def _envelope(levels: Sequence[float], start: float, end: float, columns: int) -> npt.NDArray[np.float64]:
    """Height (0..1) of the waveform in each column: the loudest of its levels, so that nothing short is lost."""
    part = np.asarray(levels[int(start * LEVELS_A_SECOND) : int(end * LEVELS_A_SECOND)], np.float64)
    if not len(part) or columns < 1:
        return np.zeros(0)
    edges = np.linspace(0, len(part), columns + 1).astype(int)
    loudest = np.array([part[a : max(b, a + 1)].max() for a, b in pairwise(edges.tolist())])
    return np.clip(10.0 ** ((loudest + 6.0) / 20.0), 0.0, 1.0) ** 0.7


class _Board:
    """A picture to draw on."""

    def __init__(self, width: int, height: int) -> None:
        self._pixels = np.zeros((height, width, 4), np.uint8)
        self._surface = skia.Surface(self._pixels)
        self._canvas = self._surface.getCanvas()
        self._canvas.clear(_colour(GROUND))

    def bar(self, x: float, y: float, width: float, height: float, colour: str, radius: float = 0.0) -> None:
        """A filled rectangle."""
        self._canvas.drawRoundRect(
            skia.Rect.MakeXYWH(x, y, width, height), radius, radius, skia.Paint(Color=_colour(colour), AntiAlias=True)
        )

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float, *, dashed: bool = False) -> None:
        """A line through points."""
        if len(points) < 2:
            return
        path = skia.Path()
        path.addPoly([skia.Point(*point) for point in points], False)
        paint = skia.Paint(Color=_colour(colour), AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=width)
        if dashed:
            paint.setPathEffect(skia.DashPathEffect.Make([6.0, 5.0], 0.0))
        self._canvas.drawPath(path, paint)

    def wave(self, heights: npt.NDArray[np.float64], x: float, middle: float, most: float) -> None:
        """A waveform, one column a pixel, mirrored about its middle."""
        for place, share in enumerate(heights.tolist()):
            half = max(0.5, share * most)
            self.bar(x + place, middle - half, 1, 2 * half, WAVE)

    def picture(self, pixels: Pixels, x: int, y: int) -> None:
        """A picture (RGB)."""
        height, width = pixels.shape[:2]
        self._pixels[y : y + height, x : x + width, :3] = pixels

    def text(
        self, words: str, x: int, y: int, size: float, colour: str, *, weight: int = 400, width: int = 0, lines: int = 1
    ) -> int:
        """Text in any script, its upper left corner at (x, y), no wider than `width` and in so many lines; gives its width."""
        font = Font(size=size, weight=weight, colour=colour)
        drawn = rasterise_text(TextContent(text=words, font=font, width=width, max_lines=lines))
        drawn = drawn[: self._pixels.shape[0] - y, : self._pixels.shape[1] - x]
        under = self._pixels[y : y + drawn.shape[0], x : x + drawn.shape[1]]
        clear = 255 - drawn[..., 3:].astype(np.uint16)
        under[...] = drawn + (under * clear + 127) // 255
        return int(drawn.shape[1])

    def image(self) -> Image.Image:
        """What was drawn."""
        return Image.fromarray(self._pixels[..., :3].copy(), "RGB")


def _colour(value: str) -> int:
    return int(skia.Color(int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)))
