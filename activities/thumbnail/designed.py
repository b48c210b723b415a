"""Thumbnails designed here: three layouts of large type and one subject, drawn by Skia, each scored."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, WebPImagePlugin  # noqa: F401 - else Pillow loads every plugin it has to find this one

from activities.render.phrases import is_rtl
from activities.render.shapes import margin_of, rasterise_shape
from activities.render.text import measure, rasterise_text
from activities.render.timeline import ShapeContent, TextContent
from activities.thumbnail.lettering import CAPITAL, LEAST_CAPITAL, best_lines, line_of, set_in
from activities.thumbnail.photos import Photo, photo_of
from activities.thumbnail.port import DrawnPicture, DrawnThumbnail, ThumbnailOrder
from activities.thumbnail.scoring import Mask, Picture, score
from models.videos.palettes import READABLE, contrast, ink_on, luminance, mix, rgba_of, with_alpha
from models.videos.symbols import PATHS, tint_of
from models.videos.thumbnail_words import joined_words, strongest

VERSION = 6
WIDTH, HEIGHT = 1280, 720
CORNER = (0.76, 0.8)
"""Right of and below these shares of the frame lies the duration: nothing important goes there."""
EDGE = 24
"""Pixels between a symbol and the frame's edge."""
LARGEST_FILE = 2_000_000
Pixels = npt.NDArray[np.float32]


class DesignedThumbnails:
    """The last provider: the designs draw their own subject."""

    name = "designed"
    version = VERSION

    async def picture(self, order: ThumbnailOrder) -> DrawnPicture | None:  # noqa: ARG002 - nothing to ask for
        """None: there is no picture from outside."""
        return None


@dataclass
class Canvas:
    """A picture in the making, and where its text and subject lie; of a photograph also its faces, and what covers it."""

    pixels: Pixels
    text: Mask
    subject: Mask
    faces: Mask | None = None
    cover: Mask | None = None
    letter_height: float = 0.0

    def put(self, rgba: Picture, x: float, y: float, *, mask: str = "") -> None:
        """Blend a premultiplied picture with its upper left corner at (x, y)."""
        left, top = round(x), round(y)
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + rgba.shape[1], WIDTH), min(top + rgba.shape[0], HEIGHT)
        if x1 <= x0 or y1 <= y0:
            return
        part = rgba[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float32)
        alpha = part[..., 3:] / 255
        area = self.pixels[y0:y1, x0:x1]
        area[:] = part[..., :3] + area * (1 - alpha)
        where = {"text": self.text, "subject": self.subject, "cover": self.cover}.get(mask)
        if where is not None:
            where[y0:y1, x0:x1] = np.maximum(where[y0:y1, x0:x1], alpha[..., 0])

    def shape(self, content: ShapeContent, x: float, y: float, *, mask: str = "") -> None:
        """Draw a shape with the corner of its own box at (x, y)."""
        margin = margin_of(content)
        self.put(rasterise_shape(content), x - margin, y - margin, mask=mask)

    def hidden(self) -> float:
        """How much of the photograph's faces lies under words and panels, 0..1."""
        if self.faces is None or self.cover is None or not self.faces.any():
            return 0.0
        small = (WIDTH // 4, HEIGHT // 4)
        faces, text, cover = (cv2.resize(mask, small, interpolation=cv2.INTER_AREA) for mask in (self.faces, self.text, self.cover))
        block = cv2.morphologyEx(text, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))  # a face between two words is covered too
        return float((faces * np.maximum(block, cover)).sum() / faces.sum())


def draw_candidates(order: ThumbnailOrder, picture: DrawnPicture | None = None) -> list[DrawnThumbnail]:
    """Three designs of an order, the best first; over a provider's picture where one is given.

    Raises:
        BadOutput: the provider's picture cannot be read.
    """
    drawn = [_finished(name, canvas) for name, canvas in lay_out(order, picture).items()]
    best, *others = sorted(drawn, key=lambda one: -one.score)
    return [replace(best, webp=_webp(best.jpeg)), *others]


def lay_out(order: ThumbnailOrder, picture: DrawnPicture | None = None) -> dict[str, Canvas]:
    """The designs by name, not yet encoded.

    Raises:
        BadOutput: the provider's picture cannot be read.
    """
    photo = photo_of(picture, (WIDTH, HEIGHT)) if picture is not None else None
    drawn = None if photo is not None else _drawn_ground(order)
    designs = {"beside": _beside, "field": _field, "poster": _poster}
    return {name: design(order, photo, drawn) for name, design in designs.items()}


def _finished(name: str, canvas: Canvas) -> DrawnThumbnail:
    pixels = np.clip(canvas.pixels + 0.5, 0, 255).astype(np.uint8)
    judged = score(pixels, canvas.text, _body(canvas.subject), canvas.letter_height, canvas.hidden())
    image = Image.fromarray(pixels)
    quality = 95
    while True:
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=quality, subsampling=0 if quality > 90 else 2, optimize=True)
        if jpeg.tell() <= LARGEST_FILE or quality <= 60:
            break
        quality -= 5
    return DrawnThumbnail(name, jpeg.getvalue(), judged.total, judged.parts, f"{name}: {judged.reason}")


def _webp(jpeg: bytes) -> bytes:
    """The copy for the console; of the best candidate alone, for it takes as long as half a design."""
    webp = io.BytesIO()
    with Image.open(io.BytesIO(jpeg)) as image:
        image.save(webp, "WEBP", quality=86, method=4)
    return webp.getvalue()


def _body(subject: Mask) -> Mask:
    """A line drawing as the body that it outlines (found at a quarter of the size)."""
    small = cv2.resize(subject, (WIDTH // 4, HEIGHT // 4), interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((29, 29), np.uint8))
    return np.asarray(cv2.resize(closed, (WIDTH, HEIGHT)), np.float32)


def _ground(photo: Photo | None, drawn: Pixels | None, *, dark_side: str = "left") -> Canvas:
    """The photograph under a shade, or the ground that was drawn for all designs."""
    empty = np.zeros((HEIGHT, WIDTH), np.float32)
    if photo is None:
        assert drawn is not None
        return Canvas(drawn.copy(), empty, empty.copy())
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    shade = np.clip(1.25 - x / WIDTH * 1.35, 0.1, 0.86) if dark_side == "left" else np.clip(1.2 - y / HEIGHT * 1.4, 0.1, 0.86)
    pixels = photo.pixels.astype(np.float32) * (1 - shade[..., None])
    return Canvas(pixels, empty, photo.subject.copy(), photo.faces, empty.copy())


def _drawn_ground(order: ThumbnailOrder) -> Pixels:
    """A strong gradient with a light behind the subject and soft grain."""
    rng = np.random.default_rng(order.seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    palette = order.palette
    base, lift = _rgb(palette.background), _rgb(mix(palette.surface, palette.accent2, 0.35))
    along = np.clip((x / WIDTH * 0.75 + y / HEIGHT * 0.35), 0, 1)[..., None]
    pixels = base + (lift - base) * along
    glow = np.exp(-(((x - WIDTH * 0.78) / 420) ** 2 + ((y - HEIGHT * 0.4) / 340) ** 2))[..., None]
    pixels = pixels + (_rgb(mix(palette.accent2, palette.surface, 0.3)) - pixels) * glow * 0.55
    pixels += rng.normal(0, 1.6, (HEIGHT, WIDTH, 1)).astype(np.float32)
    return np.asarray(pixels, np.float32)


def _beside(order: ThumbnailOrder, photo: Photo | None, ground: Pixels | None) -> Canvas:
    """Type at the left, the subject on a bright disc at the right; a word too long for that runs below the disc."""
    canvas = _ground(photo, ground)
    place = _column(order)
    size, x, y = {"narrow": (470.0, 1000.0, 300.0), "wide": (430.0, 1166.0, 290.0), "below": (270.0, 1075.0, 175.0)}[place]
    if photo is None:
        rim = size + 56
        ring = ShapeContent(shape="ring", width=rim, height=rim, fill=with_alpha(order.palette.text, 0.5), stroke_width=5)
        canvas.shape(ring, x - rim / 2, y - rim / 2)
        _disc(canvas, order, x, y, size)
    _type(canvas, order, _BOXES[place], ink=_ink(order, photo), accent=_accent(order, photo))
    return canvas


def _field(order: ThumbnailOrder, photo: Photo | None, ground: Pixels | None) -> Canvas:
    """A slanted field of the accent colour; the subject large on it; the stressed word on a plate."""
    palette = order.palette
    place = _column(order)
    if photo is not None:
        canvas = _panelled(order, photo, place)
    else:
        canvas = _ground(photo, ground)
        x, wide, symbol = {"narrow": (740.0, 540.0, 330.0), "wide": (920.0, 400.0, 250.0), "below": (620.0, 660.0, 250.0)}[place]
        high = 400.0 if place == "below" else HEIGHT + 2.0
        low = mix(palette.accent, palette.accent2, 0.7)
        slant = "M0.34 0H1V1H0Z"
        canvas.shape(ShapeContent(shape="path", width=wide, height=high, fill=palette.accent, fill2=low, path=slant), x, -1)
        line = with_alpha(palette.text, 0.9)
        edge = ShapeContent(shape="path", width=wide, height=high, stroke=line, stroke_width=10, path="M0.33 0L-0.01 1")
        canvas.shape(edge, x, -1)
        ink = ink_on(mix(palette.accent, palette.accent2, 0.35))
        # In the middle between the slant, at the symbol's height, and the edge of the frame.
        left = x + wide * 0.2
        symbol = min(symbol, 0.72 * (WIDTH - EDGE - left))
        _symbol(canvas, order.icon, (left + WIDTH - EDGE) / 2, 200 if place == "below" else 290, symbol, ink, weight=0.06)
    _type(canvas, order, _BOXES[place], ink=_ink(order, photo), accent=_accent(order, photo), plate=True)
    return canvas


def _panelled(order: ThumbnailOrder, photo: Photo, place: str) -> Canvas:
    """The photograph as it is, beside or above a slanted panel of the palette's dark that carries the type."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    wide, high = {"narrow": (860.0, HEIGHT + 2.0), "wide": (1080.0, HEIGHT + 2.0), "below": (WIDTH + 300.0, 340.0)}[place]
    inside = y < HEIGHT - high if place == "below" else x > wide
    subject = (photo.subject * inside).astype(np.float32)
    empty = np.zeros((HEIGHT, WIDTH), np.float32)
    canvas = Canvas(photo.pixels.astype(np.float32), empty, subject, photo.faces, empty.copy())
    dark = order.palette.background if luminance(order.palette.background) < 0.1 else "#10131a"
    top = HEIGHT - high + 1 if place == "below" else -1.0
    canvas.shape(ShapeContent(shape="path", width=wide, height=high, fill=dark, path="M0 0H1L0.86 1H0Z"), 0, top, mask="cover")
    edge = "M0 0H1" if place == "below" else "M1 0L0.86 1"
    line = ShapeContent(shape="path", width=wide, height=high, stroke=_accent(order, photo), stroke_width=12, path=edge)
    canvas.shape(line, 0, top)
    return canvas


_BOXES = {"narrow": (52.0, 50.0, 690.0, 620.0), "wide": (52.0, 40.0, 880.0, 640.0), "below": (52.0, 404.0, 1180.0, 172.0)}
"""Where type beside a subject may lie: x, y, width, height. All keep clear of the corner of the duration."""


def _column(order: ThumbnailOrder) -> str:
    """The first of the boxes in which the words, all of them, are tall enough."""
    for name, (_, _, width, height) in _BOXES.items():
        if set_in(order, order.words, width, height)[2] * CAPITAL >= LEAST_CAPITAL:
            return name
    return "wide"


def _poster(order: ThumbnailOrder, photo: Photo | None, ground: Pixels | None) -> Canvas:
    """Type over the whole width at the top, the subject below it in the middle."""
    canvas = _ground(photo, ground, dark_side="top")
    x, y, width = 50.0, 40.0, 1180.0
    small = set_in(order, order.words, width, 340)[2] * CAPITAL < LEAST_CAPITAL
    height = best_lines(order, width, 430.0 if small else 340.0)[1]
    if photo is None:
        size = min(HEIGHT - y - height - 50, 400.0)
        _disc(canvas, order, WIDTH / 2, HEIGHT - 30 - size / 2, size)
    _type(canvas, order, (x, y, width, height), ink=_ink(order, photo), accent=_accent(order, photo), centred=True)
    return canvas


def _disc(canvas: Canvas, order: ThumbnailOrder, x: float, y: float, size: float) -> None:
    """The subject: the symbol on a bright disc with a glow, its middle at (x, y)."""
    palette = order.palette
    wide = size * 1.35
    glow = ShapeContent(shape="ellipse", width=wide, height=wide, fill=with_alpha(palette.accent2, 0.45), blur=0.12 * size)
    canvas.shape(glow, x - wide / 2, y - wide / 2)
    low = mix(palette.accent, palette.accent2, 0.5)
    disc = ShapeContent(shape="ellipse", width=size, height=size, fill=palette.accent, fill2=low)
    canvas.shape(disc, x - size / 2, y - size / 2, mask="subject")
    # A disc that leaves the frame carries its symbol in the part that is seen.
    seen = min(x + size / 2, WIDTH - EDGE) - (x - size / 2)
    _symbol(canvas, order.icon, x - size / 2 + seen / 2, y, min(size * 0.62, seen * 0.78), ink_on(palette.accent))


def _symbol(canvas: Canvas, name: str, x: float, y: float, size: float, colour: str, *, weight: float = 0.055) -> None:
    if name not in PATHS:
        return
    left, top = x - size / 2, y - size / 2
    if tint_of(name):
        tint = ShapeContent(shape="path", width=size, height=size, fill=with_alpha(colour, 0.18), path=tint_of(name))
        canvas.shape(tint, left, top, mask="subject")
    line = ShapeContent(shape="path", width=size, height=size, stroke=colour, stroke_width=weight * size, path=PATHS[name])
    canvas.shape(line, left, top, mask="subject")


def _type(
    canvas: Canvas, order: ThumbnailOrder, box: tuple[float, float, float, float], *, ink: str, accent: str, centred: bool = False,
    plate: bool = False,
) -> None:  # fmt: skip
    """Set the words as large as a box allows, in the middle of its height, clear of the corner of the duration."""
    x, y, width, height = box
    lines, tall, size = best_lines(order, width, height)
    step = tall / len(lines)
    canvas.letter_height = size * CAPITAL
    stressed = strongest(tuple(word for line in lines for word in line))
    rtl = is_rtl(joined_words(order.words), order.language)
    column = max(measure(line_of(order, joined_words(line), size, ink)).text_width for line in lines)
    placed: list[tuple[TextContent, float, float]] = []
    for place, line in enumerate(lines):
        alone = plate and line == (stressed,)
        content = line_of(order, joined_words(line), size, ink_on(accent) if alone else ink)
        if stressed in line and not alone:
            content = content.model_copy(update={"accent": stressed, "accent_colour": accent})
        drawn = measure(content)
        left = x + (width - drawn.text_width) / 2 if centred else x + column - drawn.text_width if rtl else x
        middle = y + (height - tall) / 2 + step * (place + 0.5)
        if alone:
            patch = ShapeContent(
                shape="rectangle", width=drawn.text_width + size * 0.28, height=size * 1.1, fill=accent, radius=size * 0.14
            )  # fmt: skip
            canvas.shape(patch, left - size * 0.14, middle - size * 0.55)
        placed.append((content, left - drawn.inset, middle - drawn.height / 2))
    for content, left, top in placed:  # over the plate: its line may lie in the tails of the one above
        canvas.put(rasterise_text(content), left, top, mask="text")


def _ink(order: ThumbnailOrder, photo: Photo | None) -> str:
    return "#ffffff" if photo is not None or luminance(order.palette.background) < 0.4 else order.palette.text


def _accent(order: ThumbnailOrder, photo: Photo | None) -> str:
    """The accent, where it reads on the ground."""
    ground = "#10131a" if photo is not None else order.palette.background
    readable = [colour for colour in (order.palette.accent, order.palette.accent2) if contrast(colour, ground) >= READABLE]
    return readable[0] if readable else "#ffd54a"


def _rgb(colour: str) -> npt.NDArray[np.float32]:
    return np.array(rgba_of(colour)[:3], np.float32)
