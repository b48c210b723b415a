"""Where faces are in a picture, found by YuNet (Wu 2023): a network of 230 KB that is kept beside this file and run by OpenCV.

Nothing is loaded before the first picture is looked at, and nothing is ever fetched. Without the network's file, or with a broken
one, no faces are found and a line in the log says so: crops then go by what stands out alone.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

MODEL = Path(__file__).parent / "yunet" / "face_detection_yunet_2023mar.onnx"
DIGEST = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
"""SHA-256 of the file; another file is not run."""
LOOK = 480
"""Pixels of the longer side at which a picture is looked at: a face of a twentieth of a wide picture's height is found."""
LEAST = 0.6
"""Confidence from which something is a face. Wood, sand, sunsets and noise stay under 0.4, portraits are over 0.85."""
PLAIN = 0.9
"""Confidence of a face that cannot be mistaken."""
FULL = 0.08
"""Size, as a share of the picture's shorter side, from which a face is what a picture is of."""
_OVERLAP, _MOST = 0.3, 60
_SMALLEST = 16
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Face:
    """The box of a face from forehead to chin and the line of its eyes, as shares of the picture's width and height."""

    left: float
    top: float
    right: float
    bottom: float
    eyes: float
    size: float
    """Its height as a share of the picture's shorter side."""
    confidence: float

    @property
    def evidence(self) -> float:
        """How much it says that the picture is of this face, 0..1: small and doubtful ones say little."""
        sure = min(max((self.confidence - 0.5) / (PLAIN - 0.5), 0.0), 1.0)
        return sure * min(self.size / FULL, 1.0)

    @property
    def weight(self) -> float:
        """How much of the picture it is, where faces compete for a place: by area, so that one large face outweighs a crowd."""
        return self.confidence * self.size**2


Finder = Callable[[Picture], tuple[Face, ...] | None]
"""Gives the faces of a picture (RGB, 8 bits), or None where it cannot look."""


class FaceFinder:
    """Finds faces with the network of a file, from any thread: one picture at a time, since OpenCV's networks hold their input."""

    def __init__(self, model: Path = MODEL) -> None:
        """The file is read when the first picture is looked at."""
        self._model = model
        self._lock = threading.Lock()
        self._detector: Any = None
        self._usable = True

    def find(self, picture: Picture) -> tuple[Face, ...] | None:
        """The faces of a picture (RGB, 8 bits), the weightiest first; None where the network cannot be used."""
        height, width = picture.shape[:2]
        part = min(LOOK / max(width, height), 1.0)
        size = (round(width * part), round(height * part))
        if min(size) < _SMALLEST:
            return ()
        resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        small = np.asarray(cv2.cvtColor(resized, cv2.COLOR_RGB2BGR), np.uint8)
        with self._lock:
            rows = self._rows(small, size)
        if rows is None:
            return None
        faces = [_face(row, size) for row in rows if np.isfinite(row).all()]
        return tuple(sorted(faces, key=lambda face: (-face.weight, face.left, face.top)))

    def _rows(self, small: Picture, size: tuple[int, int]) -> NDArray[np.float32] | None:
        """The network's own answers: left, top, width, height, five points (the eyes first), confidence."""
        if self._usable:
            try:
                if self._detector is None:
                    self._detector = self._loaded(size)
                self._detector.setInputSize(size)
                found = self._detector.detect(small)[1]
                return np.zeros((0, 15), np.float32) if found is None else np.asarray(found, np.float32)
            except (OSError, ValueError, AttributeError, cv2.error) as error:
                self._usable = False
                log.warning(
                    "Faces are not looked for, crops go by what stands out alone: the face detector %s cannot be used (%s). "
                    "Put the file back from the repository and start the worker again.",
                    self._model.name, getattr(error, "strerror", None) or error,
                )  # fmt: skip
        return None

    def _loaded(self, size: tuple[int, int]) -> Any:  # noqa: ANN401 - OpenCV has no types
        data = self._model.read_bytes()
        if hashlib.sha256(data).hexdigest() != DIGEST:
            raise ValueError(f"its {len(data)} bytes are not those that were tried")
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # it warns that it runs on the CPU
        try:
            return cv2.FaceDetectorYN.create(
                "onnx", np.frombuffer(data, np.uint8), np.zeros(0, np.uint8), size, LEAST, _OVERLAP, _MOST
            )  # fmt: skip
        finally:
            cv2.utils.logging.setLogLevel(level)


def _face(row: NDArray[np.float32], size: tuple[int, int]) -> Face:
    left, top, width, height, _, eye, _, other = (float(value) for value in row[:8])
    across, down = size
    return Face(
        left=_share(left / across), top=_share(top / down), right=_share((left + width) / across),
        bottom=_share((top + height) / down), eyes=_share((eye + other) / 2 / down), size=min(height / min(size), 1.0),
        confidence=float(row[14]),
    )  # fmt: skip


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


faces_in: Finder = FaceFinder().find
"""The faces of a picture, with the network that is kept here."""
