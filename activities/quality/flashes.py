"""Flashes that are dangerous for viewers with photosensitive epilepsy, counted as ITU-R BT.1702 and WCAG 2.3.1 define them.

A flash is a pair of opposing changes of a tenth of full luminance whose darker side is under 0.8, or of a saturated red, on a
quarter of the picture. More than three within a second are dangerous.
"""

from __future__ import annotations

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


class FlashWatch:
    """Counts the flashes of a film frame by frame. `worst` is the most that a quarter of the picture saw within a second."""

    def __init__(self) -> None:
        self._light, self._red = _Turns(LIGHT_STEP, DARK), _Turns(RED_STEP)
        self.worst = 0.0

    def see(self, at: float, luma: Plane, blue: Plane, red: Plane) -> float | None:
        """Where too many flashes lie within the second before `at`: when the first of them began. Planes of limited range."""
        y, u, v = ((means(plane) - offset) / scale for plane, offset, scale in ((luma, 16, 219), (blue, 128, 224), (red, 128, 224)))
        light = np.clip(y, 0.0, 1.0) ** 2.4
        count, since = max(self._light.see(at, light), self._red.see(at, redness(y, u, v)))
        self.worst = max(self.worst, count)
        return since if count > ALLOWED else None


def redness(y: Fields, u: Fields, v: Fields) -> Fields:
    """(R - G - B) x 320 where the red is saturated, else 0, of BT.709 signals."""
    rgb = np.stack([y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u])
    linear = np.clip(rgb, 0.0, 1.0) ** 2.4
    saturated = linear[0] >= RED_SHARE * linear.sum(axis=0) + 1e-9
    value: Fields = np.where(saturated, np.maximum(linear[0] - linear[1] - linear[2], 0.0) * 320.0, 0.0)
    return value


def means(plane: Plane) -> Fields:
    """The mean of each field of the grid."""
    height, width = plane.shape
    rows, columns = np.arange(ROWS) * height // ROWS, np.arange(COLUMNS) * width // COLUMNS
    sums = np.add.reduceat(np.add.reduceat(plane, rows, axis=0, dtype=np.int64), columns, axis=1)
    areas = np.outer(np.diff(np.append(rows, height)), np.diff(np.append(columns, width)))
    found: Fields = (sums / areas).ravel()
    return found


class _Turns:
    """For each field, when its value turned: rose by a step after it had fallen by one, or fell after it had risen."""

    def __init__(self, step: float, dark: float = np.inf) -> None:
        fields = COLUMNS * ROWS
        self._step, self._dark = step, dark
        self._times = np.full((MOST, fields), -np.inf)
        self._next = np.zeros(fields, np.intp)
        self._extreme: Fields | None = None
        self._rising = np.zeros(fields, np.bool_)

    def see(self, at: float, value: Fields) -> tuple[float, float]:
        """How many flashes a quarter of the picture saw within the second before `at`, and since when; 0 where nothing turned."""
        if self._extreme is None:
            self._extreme = value
            return 0.0, at
        further = np.where(self._rising, value > self._extreme, value < self._extreme)
        self._extreme = np.where(further, value, self._extreme)
        turned = (np.abs(value - self._extreme) >= self._step) & (np.minimum(value, self._extreme) < self._dark)
        fields = np.flatnonzero(turned)
        if not len(fields):
            return 0.0, at
        self._rising[fields] = ~self._rising[fields]
        self._extreme[fields] = value[fields]
        self._times[self._next[fields], fields] = at
        self._next[fields] = (self._next[fields] + 1) % MOST
        recent = at - self._times < SECOND
        counts = recent.sum(axis=0)
        quarter = int(np.sort(counts)[-round(AREA * len(counts))])
        first = np.where(recent, self._times, at).min(axis=0)
        return quarter / 2, float(np.median(first[counts >= quarter]))
