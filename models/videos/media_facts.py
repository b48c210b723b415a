"""What is known of a file of pictures once somebody looked at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")
"""What pictures from outside are read as, by Pillow's names. It knows more: for EPS it runs Ghostscript on what it holds."""


@dataclass(frozen=True)
class MediaFacts:
    """A readable file: what it is, its size in pixels as it is to be shown; a clip's seconds, and whether it has sound;
    where what matters lies, as shares of width and height (of faces, the line of the eyes)."""

    kind: Literal["clip", "still"]
    width: int
    height: int
    seconds: float = 0.0
    sound: bool = False
    focus: tuple[float, float] = (0.5, 0.5)
    see_through: bool = False
    """It has alpha: a logo, a cut-out, a drawing, a sticker."""
    face: float = 0.0
    """How high the face is that the focus is on, or the faces together, as a share of the height; 0: it is on no face."""
