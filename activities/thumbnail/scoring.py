"""How good a thumbnail is, measured on its pixels: contrast, legibility when small, subject, clutter."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.float32]

SMALL = (168, 94)
"""The size at which a thumbnail must still be read: that of a suggestion beside a film."""
WEIGHTS = {"contrast": 0.3, "legibility": 0.35, "subject": 0.2, "clarity": 0.15}
COVERED = 0.4
"""How much of its score a thumbnail loses whose faces are all under words."""


@dataclass(frozen=True)
class Score:
    """0-100, its parts, and a sentence for people."""

    total: float
    parts: dict[str, float]
    reason: str


def score(picture: Picture, text: Mask, subject: Mask, letter_height: float, hidden: float = 0.0) -> Score:
    """Judge a picture (RGB, 8 bits) by where its text and its subject lie (masks 0..1 of the same size).

    `letter_height` is that of its capitals in pixels, `hidden` how much of its faces is covered (0..1). Parts are 0-100:
    - contrast: WCAG ratio of the text's and its surroundings' median luminance (15:1 is 100, on a logarithmic scale);
    - legibility: at 168x94, how steep the letters' edges still are, and how many pixels high a capital is (13 is full);
    - subject: how much of the frame it fills (best 12-40 %) and how far it stands out from its ground;
    - clarity: how few edges lie outside text and subject.
    Words across a face cost `COVERED` of the total: a face is what people look at.
    """
    parts = {
        "contrast": _contrast(picture, text),
        "legibility": _legibility(picture, text, letter_height),
        "subject": _subject(picture, subject),
        "clarity": _clarity(picture, np.maximum(text, subject)),
    }
    parts = {name: round(value, 1) for name, value in parts.items()}
    total = round(sum(WEIGHTS[name] * value for name, value in parts.items()) * (1 - COVERED * hidden), 1)
    best, worst = max(parts, key=lambda name: parts[name]), min(parts, key=lambda name: parts[name])
    covered = f", {hidden:.0%} of the faces covered" if hidden >= 0.05 else ""
    return Score(total, parts, f"best in {best} ({parts[best]:.0f}), weakest in {worst} ({parts[worst]:.0f}){covered}")


def _linear() -> npt.NDArray[np.float32]:
    part = np.arange(256, dtype=np.float32) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4).astype(np.float32)


LINEAR = _linear()
"""Light of each of the 256 values of sRGB, 0..1."""
TO_XYZ = np.array([[0.433953, 0.376219, 0.189828], [0.212671, 0.715160, 0.072169], [0.017758, 0.109477, 0.872765]], np.float32)
"""From light to X, Y, Z as shares of white (IEC 61966-2-1, rows divided by D65)."""
SAMPLED = 20_000
"""Pixels of an area, evenly spread, that tell its colour."""


def _luminance(pixels: Picture) -> npt.NDArray[np.float32]:
    """Relative luminance of each pixel (WCAG 2.2), 0..1."""
    return np.asarray(LINEAR[pixels] @ np.array([0.2126, 0.7152, 0.0722], np.float32), np.float32)


def _around(mask: Mask, reach: int) -> npt.NDArray[np.bool_]:
    """The pixels about a mask, not in it."""
    solid = (mask > 0.35).astype(np.uint8)
    wide = cv2.dilate(solid, np.ones((reach, reach), np.uint8))
    near = cv2.dilate(solid, np.ones((5, 5), np.uint8))
    return np.asarray((wide > 0) & (near == 0))


def _contrast(picture: Picture, text: Mask) -> float:
    letters, ground = text > 0.9, _around(text, 41)
    if not letters.any() or not ground.any():
        return 0.0
    a, b = (float(np.median(_luminance(picture[where]))) for where in (letters, ground))
    ratio = (max(a, b) + 0.05) / (min(a, b) + 0.05)
    return 100 * min(math.log(ratio) / math.log(15), 1.0)


def _legibility(picture: Picture, text: Mask, letter_height: float) -> float:
    small = cv2.resize(picture, SMALL, interpolation=cv2.INTER_AREA)
    where = cv2.resize(text, SMALL, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    steep = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3)) / 4
    edge = (where > 0.1) & (where < 0.9)
    sharp = min(float(np.mean(steep[edge])) / 70, 1.0) if edge.any() else 0.0
    tall = min(letter_height * SMALL[1] / picture.shape[0] / 13, 1.0)
    return float(100 * (0.55 * sharp + 0.45 * tall**2))


def _subject(picture: Picture, subject: Mask) -> float:
    share = float(subject.mean())
    if share < 0.005:
        return 0.0
    filled = min(share / 0.12, 1.0) if share < 0.4 else max(0.3, 1 - (share - 0.4) * 2)
    inside, ground = subject > 0.6, _around(subject, 61)
    if not inside.any() or not ground.any():
        return 50 * filled
    apart = float(np.linalg.norm(_middle(picture[inside]) - _middle(picture[ground])))
    return 100 * filled * (0.35 + 0.65 * min(apart / 90, 1.0))


def _middle(colours: Picture) -> npt.NDArray[np.float64]:
    """The median colour of many in CIE L*a*b* (D65), lightness 0-255 as OpenCV has it. Of `SAMPLED` of them: OpenCV's conversion,
    which takes all, first fills its tables for longer than everything else here takes."""
    sample = LINEAR[colours[:: -(-len(colours) // SAMPLED)]]
    white = sample @ TO_XYZ.T
    x, y, z = np.where(white > 0.008856, np.cbrt(white), 7.787 * white + 16 / 116).T
    lab = np.stack([2.55 * (116 * y - 16), 500 * (x - y), 200 * (y - z)])
    return np.asarray(np.median(lab, axis=1), np.float64)


def _clarity(picture: Picture, occupied: Mask) -> float:
    grey = cv2.cvtColor(cv2.resize(picture, (640, 360), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    edges = cv2.Canny(grey, 60, 140) > 0
    free = cv2.dilate(cv2.resize(occupied, (640, 360)), np.ones((15, 15), np.uint8)) < 0.05
    density = float(edges[free].mean()) if free.any() else 0.0
    return 100 * max(0.0, 1 - density / 0.08)
