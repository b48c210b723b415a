"""SSIM as FFmpeg's filter counts it, roughly: windows of 8 pixels on luma, over every fourth frame."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np

from activities.render.planes import Planes, planes_of

C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""Constants of Wang et al. 2004."""


def ssim_of(film: Path, drawn: list[Planes]) -> float:
    """Decibels: -10 log10(1 - SSIM)."""
    found = []
    with av.open(str(film)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 4 == 0:
                found.append(_ssim(planes_of(frame).y.astype(np.float32), drawn[number].y.astype(np.float32)))
    return float(-10 * np.log10(1 - np.mean(found)))


def _ssim(one: np.ndarray, two: np.ndarray) -> float:  # type: ignore[type-arg]
    def mean(plane: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return cv2.boxFilter(plane, -1, (8, 8))[4:-4:4, 4:-4:4]

    a, b = mean(one), mean(two)
    va, vb, cov = mean(one * one) - a * a, mean(two * two) - b * b, mean(one * two) - a * b
    return float((((2 * a * b + C1) * (2 * cov + C2)) / ((a * a + b * b + C1) * (va + vb + C2))).mean())
