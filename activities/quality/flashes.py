"""Flashes that are dangerous for viewers with photosensitive epilepsy, counted as ITU-R BT.1702 and WCAG 2.3.1 define them.

A flash is a pair of opposing changes of a tenth of full luminance whose darker side is under 0.8, or of a saturated red, on a
quarter of the picture. More than three within a second are dangerous.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Fields = NDArray[np.float64]

COLUMNS, ROWS = 16, 9
"""The grid on which the picture is followed."""
LIGHT_STEP, DARK = 0.1, 0.8
RED_STEP, RED_SHARE = 20.0, 0.8
"""Change of (R - G - B) x 320 of linear values, and the share of red from which it is saturated (WCAG 2.2)."""
AREA = 0.25
ALLOWED = 3
"""Flashes a second."""
SECOND = 1.0 - 1e-6
"""What turns three times a second to and fro has six changes in it, not seven."""
MOST = 60
"""Changes of a field that are remembered: thirty flashes."""
LEAST_RED = 0.08
"""Red chroma (0.5 is full) under which no red is both saturated and strong enough to flash."""


class FlashWatch:
    """Counts the flashes of a film frame by frame. `worst` is the most that a quarter of the picture saw within a second."""

    def __init__(self) -> None:
        fields = COLUMNS * ROWS
        # Brightness and red of every field side by side, each in its own steps.
        self._dark = np.repeat([DARK / LIGHT_STEP, np.inf], fields)
        self._times = np.full((MOST, 2 * fields), -np.inf)
        self._next = np.zeros(2 * fields, np.intp)
        self._extreme: Fields | None = None
        self._rising = np.zeros(2 * fields, np.bool_)
        self._no_red = np.zeros(fields)
        self.worst = 0.0

    def see(self, at: float, luma: Plane, blue: Plane, red: Plane) -> float | None:
        """Where too many flashes lie within the second before `at`: when the first of them began. Planes of limited range."""
        y, v = (means(luma) - 16.0) / 219.0, (means(red) - 128.0) / 224.0
        light = np.clip(y, 0.0, 1.0) ** 2.4 / LIGHT_STEP
        reds = redness(y, (means(blue) - 128.0) / 224.0, v) / RED_STEP if v.max() >= LEAST_RED else self._no_red
        turned = self._turned(np.concatenate([light, reds]))
        if not len(turned):
            return None
        self._times[self._next[turned], turned] = at
        self._next[turned] = (self._next[turned] + 1) % MOST
        recent = at - self._times < SECOND
        count, since = max(_seen(recent[:, half], self._times[:, half], at) for half in np.split(np.arange(2 * COLUMNS * ROWS), 2))
        self.worst = max(self.worst, count)
        return since if count > ALLOWED else None

    def _turned(self, value: Fields) -> NDArray[np.intp]:
        """The fields whose value rises by a step after it had fallen by one, or falls after it had risen."""
        if self._extreme is None:
            self._extreme = value
            return np.zeros(0, np.intp)
        further = np.where(self._rising, value > self._extreme, value < self._extreme)
        self._extreme = np.where(further, value, self._extreme)
        turned = np.flatnonzero((np.abs(value - self._extreme) >= 1.0) & (np.minimum(value, self._extreme) < self._dark))
        self._rising[turned] = ~self._rising[turned]
        self._extreme[turned] = value[turned]
        return turned


def _seen(recent: NDArray[np.bool_], times: Fields, at: float) -> tuple[float, float]:
    """How many flashes a quarter of the fields saw, and since when."""
    counts = recent.sum(axis=0)
    quarter = int(np.sort(counts)[-round(AREA * len(counts))])
    first = np.where(recent, times, at).min(axis=0)
    return quarter / 2, float(np.median(first[counts >= quarter]))


def redness(y: Fields, u: Fields, v: Fields) -> Fields:
    """(R - G - B) x 320 where the red is saturated, else 0, of BT.709 signals."""
    rgb = np.stack([y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u])
    linear = np.clip(rgb, 0.0, 1.0) ** 2.4
    saturated = linear[0] >= RED_SHARE * linear.sum(axis=0) + 1e-9
    value: Fields = np.where(saturated, np.maximum(linear[0] - linear[1] - linear[2], 0.0) * 320.0, 0.0)
    return value


def means(plane: Plane) -> Fields:
    """The mean of each field of the grid, to half a step of its eight bits."""
    return np.asarray(cv2.resize(plane, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), np.float64).ravel()
