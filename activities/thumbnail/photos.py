"""A provider's picture as the photograph of a thumbnail: cut so that its subject stands beside the words."""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from activities.footage.faces import Face, faces_in
from activities.footage.focus import focus_of, salience_of
from activities.footage.people import decided
from activities.thumbnail.port import DrawnPicture
from activities.thumbnail.scoring import Mask, Picture
from models.errors import BadOutput
from models.videos.media_facts import PICTURE_FORMATS

SUBJECT, EYES, CLOSEST = (0.77, 0.44), 0.38, 1.45
"""Where the subject of a photograph should lie, as shares of the frame, and how far down its eyes; how much closer it may be shown
for that."""


@dataclass(frozen=True)
class Photo:
    """A photograph of a frame's size, where its subject lies, and where the faces are that it is of (masks 0..1)."""

    pixels: Picture
    subject: Mask
    faces: Mask


def photo_of(picture: DrawnPicture, size: tuple[int, int]) -> Photo:
    """A provider's picture filling a frame (width, height), with what matters in it right of the middle, where no words lie: turned
    about where it was at the left (such pictures are asked for without writing in them).

    Raises:
        BadOutput: it cannot be read.
    """
    try:
        image = Image.open(io.BytesIO(picture.data), formats=PICTURE_FORMATS).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise BadOutput(f"The picture for the thumbnail cannot be read: {error}.", provider="thumbnail") from error
    pixels = _cut(image, size)
    faces = faces_in(pixels)
    shown = tuple(face for face in faces or () if decided([face], 1))
    standing = _standing_out(pixels, None if faces is None else (), size)
    return Photo(pixels, np.maximum(standing, _bodies(shown, size)), _heads(shown, size))


def _cut(image: Image.Image, size: tuple[int, int]) -> Picture:
    width, height = size
    x, y, face = focus_of([np.asarray(image, np.uint8)])
    if x < 0.47:
        image, x = ImageOps.mirror(image), 1 - x
    part = max(width / image.width, height / image.height)
    # Closer, so that the frame can move.
    part *= min(max(1.0, SUBJECT[0] * width / max(x * image.width * part, 1.0)), CLOSEST)
    image = image.resize((max(width, round(image.width * part)), max(height, round(image.height * part))), Image.Resampling.LANCZOS)
    down = EYES if face else SUBJECT[1]
    left = min(max(round(x * image.width - SUBJECT[0] * width), 0), image.width - width)
    top = min(max(round(y * image.height - down * height), 0), image.height - height)
    return np.asarray(image.crop((left, top, left + width, top + height)), np.uint8)


def _standing_out(pixels: Picture, faces: tuple[Face, ...] | None, size: tuple[int, int]) -> Mask:
    found = salience_of([pixels], faces)
    smooth = cv2.GaussianBlur(found, (0, 0), 0.025 * found.shape[1])
    return np.asarray(cv2.resize((smooth > 0.5 * smooth.max()).astype(np.float32), size), np.float32)


def _heads(faces: tuple[Face, ...], size: tuple[int, int], part: float = 1.0) -> Mask:
    """Faces, `part` times their size."""
    found = np.zeros((size[1], size[0]), np.float32)
    for face in faces:
        middle, axes = _box(face, size)
        cv2.ellipse(found, middle, (round(part * axes[0]), round(part * axes[1])), 0, 0, 360, 1.0, -1)
    return found


def _bodies(faces: tuple[Face, ...], size: tuple[int, int]) -> Mask:
    """Heads with hair and shoulders."""
    found = _heads(faces, size, 1.3)
    for face in faces:
        (x, y), (across, down) = _box(face, size)
        cv2.ellipse(found, (x, y + 4 * down), (round(2.6 * across), round(2.6 * down)), 0, 0, 360, 1.0, -1)
    return found


def _box(face: Face, size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The middle of a face and half its width and height, in pixels."""
    width, height = size
    middle = round((face.left + face.right) / 2 * width), round((face.top + face.bottom) / 2 * height)
    return middle, (round((face.right - face.left) / 2 * width), round((face.bottom - face.top) / 2 * height))
