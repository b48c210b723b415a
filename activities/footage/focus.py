"""Where the eye goes in a picture, so that a crop keeps it: to its faces, and where it has none to what stands out.

Faces that are large and certain enough decide alone; others are a feature among those of classical saliency, each on a map of 96
cells across: colour that stands out from its surroundings on three scales, and from the whole picture (after Itti 1998
and Achanta 2009), what a spectrum of the ordinary does not explain (Hou 2007), sharpness (the background of a photograph is soft),
skin in a face's shape, and, in a clip, motion. A weak pull to the middle decides where nothing stands out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from activities.footage.faces import Face, Finder, faces_in
from activities.footage.people import decided, faces_of, middle_of

Picture = NDArray[np.uint8]
Map = NDArray[np.float32]

ACROSS = 96
WEIGHTS = {"contrast": 1.0, "rarity": 0.8, "residual": 0.7, "sharpness": 0.8, "skin": 0.7, "motion": 2.0, "faces": 3.0}
UNSEEN = 2.0
"""What skin counts where faces cannot be looked for: with them it says of a back or a hand what it says of wood."""
PULL = 0.35
"""How much less the corners count than the middle."""
BARE = 6.0
"""Mean second difference of luma under which a patch of skin's colour is a wall, or the sand."""
CUT = 25.0
"""Mean difference of two pictures from which they are of different moments: nothing between them is motion."""
SURE = 0.55
"""Share of its peak from which a place belongs to what stands out."""


class Focus(NamedTuple):
    """A point as shares of a picture's width and height: the middle of what stands out, or, of faces, the line of their eyes."""

    x: float
    y: float
    face: float = 0.0
    """How high the face is, or the faces together, as a share of the picture's height; 0: there is none."""


MIDDLE = Focus(0.5, 0.5)


def focus_of(pictures: Sequence[Picture], find: Finder = faces_in) -> Focus:
    """What matters in a picture, or in pictures of one clip, pairs of neighbours (RGB): its faces, else what stands out."""
    if not pictures:
        return MIDDLE
    faces = faces_of(pictures, find)
    if faces and decided(faces, len(pictures)):
        middle = middle_of(faces, pictures[0].shape[1] / pictures[0].shape[0])
        return Focus(round(middle.x, 3), round(middle.eyes, 3), round(middle.height, 3))
    return _peak(salience_of(pictures, faces))


def _peak(found: Map) -> Focus:
    """The middle of the place that stands out the most."""
    reach = 0.09 * found.shape[1]
    smooth = cv2.GaussianBlur(found, (0, 0), reach, borderType=cv2.BORDER_CONSTANT)
    top = float(smooth.max())
    if top <= 0.0:
        return MIDDLE
    row, column = np.unravel_index(int(smooth.argmax()), smooth.shape)
    rows, columns = np.mgrid[0 : found.shape[0], 0 : found.shape[1]]
    near = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * (2 * reach) ** 2))
    weight = np.where(smooth >= SURE * top, smooth, 0.0) * near
    x = float((weight * (columns + 0.5)).sum() / weight.sum() / found.shape[1])
    y = float((weight * (rows + 0.5)).sum() / weight.sum() / found.shape[0])
    return Focus(round(x, 3), round(y, 3))


def salience_of(pictures: Sequence[Picture], faces: Sequence[Face] | None) -> Map:
    """How much each cell stands out, 0..1; `faces` are those of the pictures, None where they could not be looked for."""
    small = [_small(picture) for picture in pictures]
    total = np.zeros(small[0].shape[:2], np.float32)
    for picture in small:
        lab = np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
        for name, feature in (
            ("contrast", _contrast(lab)), ("rarity", _rarity(lab)), ("residual", _residual(lab[..., 0])),
            ("sharpness", _sharpness(lab[..., 0])), ("skin", _skin(picture)),
        ):  # fmt: skip
            weight = UNSEEN if name == "skin" and faces is None else WEIGHTS[name]
            total += np.float32(weight) * _told(feature)
    total += np.float32(WEIGHTS["faces"]) * _faces(faces or (), total.shape)
    for before, after in pairwise(small):
        moved = cv2.absdiff(cv2.GaussianBlur(before, (0, 0), 1.2), cv2.GaussianBlur(after, (0, 0), 1.2)).max(axis=2)
        if moved.mean() < CUT:
            total += np.float32(WEIGHTS["motion"]) * _told(np.maximum(moved.astype(np.float32) - 8.0, 0.0))
    height, width = small[0].shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = ((x + 0.5) / width - 0.5) ** 2 + ((y + 0.5) / height - 0.5) ** 2
    total *= 1.0 - np.float32(2 * PULL) * away
    return _even(total)


def _small(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    part = ACROSS / max(width, height)
    size = (max(round(width * part), 8), max(round(height * part), 8))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _even(feature: Map) -> Map:
    low, high = float(feature.min()), float(feature.max())
    return np.asarray((feature - low) / (high - low), np.float32) if high - low > 1e-6 else np.zeros_like(feature)


def _told(feature: Map) -> Map:
    """A feature from 0 to 1, weighted by how much it singles out: one that is strong everywhere says nothing."""
    even = _even(feature)
    return np.asarray(even * (1.0 - even.mean()) ** 2, np.float32)


def _contrast(lab: Map) -> Map:
    """Distance of each cell from its surroundings."""
    total = np.zeros(lab.shape[:2], np.float32)
    for scale in (0.03, 0.06, 0.12):
        centre = cv2.GaussianBlur(lab, (0, 0), max(scale * lab.shape[1] / 3, 0.6))
        around = cv2.GaussianBlur(lab, (0, 0), scale * lab.shape[1] * 2)
        total += np.linalg.norm(centre - around, axis=2).astype(np.float32)
    return total


def _rarity(lab: Map) -> Map:
    """Distance of each cell from the mean colour."""
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.0)
    return np.asarray(np.linalg.norm(smooth - lab.reshape(-1, 3).mean(axis=0), axis=2), np.float32)


def _residual(light: Map) -> Map:
    """What is left of the spectrum's logarithm when its smooth course is taken away."""
    spectrum = np.fft.fft2(light)
    strength = np.log(np.abs(spectrum) + 1e-6).astype(np.float32)
    rest = strength - cv2.blur(strength, (3, 3))
    back = np.abs(np.fft.ifft2(np.exp(rest + 1j * np.angle(spectrum)))) ** 2
    return np.asarray(cv2.GaussianBlur(back.astype(np.float32), (0, 0), 2.5))


def _sharpness(light: Map) -> Map:
    return np.asarray(cv2.GaussianBlur(np.abs(cv2.Laplacian(light, cv2.CV_32F)), (0, 0), 2.5))


def _faces(faces: Sequence[Face], shape: tuple[int, ...]) -> Map:
    """Each face as an ellipse, as bright as its evidence."""
    found = np.zeros((shape[0], shape[1]), np.float32)
    for face in sorted(faces, key=lambda face: face.evidence):
        centre = (round((face.left + face.right) / 2 * shape[1]), round((face.top + face.bottom) / 2 * shape[0]))
        axes = (max(round((face.right - face.left) / 2 * shape[1]), 1), max(round((face.bottom - face.top) / 2 * shape[0]), 1))
        cv2.ellipse(found, centre, axes, 0, 0, 360, face.evidence, -1)
    return np.asarray(cv2.GaussianBlur(found, (0, 0), 1.5))


def _skin(picture: Picture) -> Map:
    """Patches in the colours of skin (YCrCb, after Chai 1999) that are about as high as wide, as full as an ellipse, and not bare:
    a face has eyes."""
    ycc = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)
    mask = cv2.inRange(ycc, np.array([50, 136, 80]), np.array([240, 173, 127]))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    edges = np.abs(cv2.Laplacian(np.ascontiguousarray(ycc[..., 0]), cv2.CV_32F))
    found = np.zeros(mask.shape, np.float32)
    for place in range(1, count):
        left, top, width, height, area = stats[place].tolist()
        face = 0.6 <= height / width <= 2.2 and area >= 0.45 * width * height and 0.002 <= area / mask.size <= 0.18
        if face and edges[top : top + height, left : left + width].mean() >= BARE:
            found[labels == place] = 1.0
    return np.asarray(cv2.GaussianBlur(found, (0, 0), 1.5))
