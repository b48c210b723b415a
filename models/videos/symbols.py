"""Drawn symbols: line drawings in the unit square (SVG path data), and the words that call for them."""

from __future__ import annotations

import math
import re


def _c(x: float, y: float, r: float) -> str:
    """A circle."""
    return f"M{x - r:g} {y:g}A{r:g} {r:g} 0 1 1 {x + r:g} {y:g}A{r:g} {r:g} 0 1 1 {x - r:g} {y:g}Z"


def _e(x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> str:
    """An ellipse, turned by degrees."""
    dx, dy = rx * math.cos(math.radians(turn)), rx * math.sin(math.radians(turn))
    arc = f"A{rx:g} {ry:g} {turn:g} 1 1"
    return f"M{x - dx:.3f} {y - dy:.3f}{arc} {x + dx:.3f} {y + dy:.3f}{arc} {x - dx:.3f} {y - dy:.3f}Z"


def _r(x: float, y: float, w: float, h: float, r: float = 0.0) -> str:
    """A rectangle with round corners."""
    a = f"A{r:g} {r:g} 0 0 1"
    return (
        f"M{x + r:g} {y:g}H{x + w - r:g}{a} {x + w:g} {y + r:g}V{y + h - r:g}{a} {x + w - r:g} {y + h:g}"
        f"H{x + r:g}{a} {x:g} {y + h - r:g}V{y + r:g}{a} {x + r:g} {y:g}Z"
    )


def _rays(x: float, y: float, near: float, far: float, count: int, turn: float = 0.0) -> str:
    """Strokes out of a middle."""
    parts = []
    for i in range(count):
        angle = math.radians(turn + 360 * i / count)
        dx, dy = math.cos(angle), math.sin(angle)
        parts.append(f"M{x + near * dx:.3f} {y + near * dy:.3f}L{x + far * dx:.3f} {y + far * dy:.3f}")
    return "".join(parts)


def _star(x: float, y: float, far: float, near: float, points: int, turn: float = -90.0) -> str:
    """A star or a cog: corners at two distances by turns."""
    corners = []
    for i in range(2 * points):
        angle = math.radians(turn + 180 * i / points)
        distance = near if i % 2 else far
        corners.append(f"{x + distance * math.cos(angle):.3f} {y + distance * math.sin(angle):.3f}")
    return "M" + "L".join(corners) + "Z"


def _gear() -> str:
    parts = []
    for i in range(8):
        for turn, distance in ((-9, 0.42), (9, 0.42), (15, 0.32), (30, 0.32)):
            angle = math.radians(45 * i + turn)
            parts.append(f"{0.5 + distance * math.cos(angle):.3f} {0.5 + distance * math.sin(angle):.3f}")
    return "M" + "L".join(parts) + "Z"


_SNOW = "".join(
    f"M{0.5 + 0.26 * math.cos(a):.3f} {0.5 + 0.26 * math.sin(a):.3f}L{0.5 + 0.38 * math.cos(a + s):.3f} {0.5 + 0.38 * math.sin(a + s):.3f}"
    for a in (math.radians(60 * i - 90) for i in range(6))
    for s in (-0.33, 0.33)
)

PATHS: dict[str, str] = {
    "sun": _c(0.5, 0.5, 0.2) + _rays(0.5, 0.5, 0.3, 0.42, 8),
    "moon": "M0.72 0.62A0.33 0.33 0 1 1 0.42 0.17A0.27 0.27 0 0 0 0.72 0.62Z" + _star(0.74, 0.26, 0.09, 0.03, 4),
    "star": _star(0.5, 0.53, 0.42, 0.18, 5),
    "cloud": "M0.28 0.74A0.17 0.17 0 0 1 0.26 0.4A0.23 0.23 0 0 1 0.69 0.36A0.19 0.19 0 0 1 0.74 0.74Z",
    "drop": "M0.5 0.1C0.6 0.3 0.77 0.44 0.77 0.62A0.27 0.27 0 0 1 0.23 0.62C0.23 0.44 0.4 0.3 0.5 0.1ZM0.36 0.64A0.14 0.14 0 0 0 0.47 0.76",
    "wave": "M0.08 0.36C0.2 0.24 0.28 0.24 0.36 0.36S0.56 0.48 0.64 0.36S0.84 0.24 0.92 0.36"
    "M0.08 0.54C0.2 0.42 0.28 0.42 0.36 0.54S0.56 0.66 0.64 0.54S0.84 0.42 0.92 0.54"
    "M0.08 0.72C0.2 0.6 0.28 0.6 0.36 0.72S0.56 0.84 0.64 0.72S0.84 0.6 0.92 0.72",
    "mountain": "M0.06 0.8L0.36 0.26L0.52 0.53L0.62 0.38L0.94 0.8ZM0.27 0.43L0.36 0.5L0.44 0.42",
    "tree": "M0.5 0.1L0.76 0.42H0.64L0.82 0.68H0.18L0.36 0.42H0.24ZM0.5 0.68V0.9",
    "leaf": "M0.16 0.84C0.12 0.4 0.36 0.14 0.86 0.14C0.88 0.62 0.62 0.86 0.24 0.76M0.16 0.88L0.62 0.38",
    "flower": "".join(
        _e(0.5 + 0.2 * math.cos(a), 0.4 + 0.2 * math.sin(a), 0.12, 0.09, math.degrees(a))
        for a in (math.radians(72 * i - 90) for i in range(5))
    )
    + _c(0.5, 0.4, 0.08)
    + "M0.5 0.66V0.94M0.5 0.86C0.58 0.74 0.68 0.74 0.74 0.76C0.7 0.86 0.6 0.88 0.5 0.86",
    "flame": "M0.52 0.08C0.58 0.26 0.8 0.36 0.8 0.62A0.3 0.3 0 0 1 0.2 0.62C0.2 0.48 0.28 0.4 0.34 0.3C0.38 0.4 0.42 0.44 0.46 0.46"
    "C0.52 0.34 0.48 0.2 0.52 0.08ZM0.5 0.56C0.56 0.64 0.62 0.68 0.62 0.76A0.12 0.12 0 0 1 0.38 0.76C0.38 0.68 0.46 0.64 0.5 0.56Z",
    "snow": _rays(0.5, 0.5, 0.0, 0.42, 6, -90) + _SNOW,
    "globe": _c(0.5, 0.5, 0.4) + _e(0.5, 0.5, 0.17, 0.4) + "M0.1 0.5H0.9M0.16 0.3H0.84M0.16 0.7H0.84",
    "planet": _c(0.5, 0.5, 0.25) + "M0.29 0.62C0.12 0.7 0.04 0.78 0.08 0.83C0.14 0.91 0.4 0.79 0.63 0.61S0.96 0.24 0.91 0.17C0.87 0.12 0.76 0.17 0.62 0.26",
    "rocket": "M0.5 0.06C0.64 0.18 0.7 0.34 0.66 0.62H0.34C0.3 0.34 0.36 0.18 0.5 0.06Z"
    + _c(0.5, 0.34, 0.075)
    + "M0.345 0.46L0.2 0.62V0.76L0.35 0.62M0.655 0.46L0.8 0.62V0.76L0.65 0.62M0.43 0.7L0.5 0.92L0.57 0.7",
    "atom": _c(0.5, 0.5, 0.06) + "".join(_e(0.5, 0.5, 0.42, 0.16, turn) for turn in (0, 60, 120)),
    "flask": "M0.4 0.1V0.38L0.17 0.78A0.08 0.08 0 0 0 0.24 0.9H0.76A0.08 0.08 0 0 0 0.83 0.78L0.6 0.38V0.1M0.34 0.1H0.66M0.28 0.6H0.72"
    + _c(0.44, 0.73, 0.04)
    + _c(0.58, 0.79, 0.03),
    "search": _c(0.43, 0.43, 0.28) + "M0.64 0.64L0.9 0.9M0.29 0.41A0.15 0.15 0 0 1 0.41 0.29",
    "bulb": "M0.38 0.7C0.38 0.58 0.22 0.54 0.22 0.36A0.28 0.28 0 0 1 0.78 0.36C0.78 0.54 0.62 0.58 0.62 0.7ZM0.4 0.8H0.6M0.44 0.9H0.56"
    "M0.5 0.7V0.48M0.42 0.4L0.5 0.48L0.58 0.4",
    "brain": "M0.5 0.18C0.44 0.08 0.28 0.1 0.27 0.24C0.14 0.26 0.1 0.4 0.18 0.48C0.1 0.58 0.14 0.72 0.26 0.74C0.28 0.88 0.46 0.9 0.5 0.8Z"
    "M0.5 0.18C0.56 0.08 0.72 0.1 0.73 0.24C0.86 0.26 0.9 0.4 0.82 0.48C0.9 0.58 0.86 0.72 0.74 0.74C0.72 0.88 0.54 0.9 0.5 0.8"
    "M0.28 0.38C0.36 0.36 0.4 0.42 0.38 0.5M0.72 0.38C0.64 0.36 0.6 0.42 0.62 0.5M0.32 0.64C0.38 0.66 0.42 0.64 0.44 0.6M0.68 0.64C0.62 0.66 0.58 0.64 0.56 0.6",
    "heart": "M0.5 0.86C0.2 0.64 0.08 0.5 0.08 0.34C0.08 0.1 0.4 0.06 0.5 0.28C0.6 0.06 0.92 0.1 0.92 0.34C0.92 0.5 0.8 0.64 0.5 0.86Z",
    "eye": "M0.06 0.5C0.26 0.18 0.74 0.18 0.94 0.5C0.74 0.82 0.26 0.82 0.06 0.5Z" + _c(0.5, 0.5, 0.15) + _c(0.5, 0.5, 0.05),
    "person": _c(0.5, 0.29, 0.18) + "M0.14 0.9C0.16 0.66 0.3 0.56 0.5 0.56S0.84 0.66 0.86 0.9Z",
    "people": _c(0.36, 0.33, 0.15)
    + "M0.06 0.84C0.08 0.64 0.2 0.56 0.36 0.56S0.64 0.64 0.66 0.84Z"
    + "M0.6 0.2A0.14 0.14 0 1 1 0.62 0.46M0.7 0.56C0.84 0.58 0.93 0.67 0.94 0.84H0.78",
    "speech": "M0.18 0.14H0.82A0.08 0.08 0 0 1 0.9 0.22V0.6A0.08 0.08 0 0 1 0.82 0.68H0.46L0.26 0.88V0.68H0.18A0.08 0.08 0 0 1 0.1 0.6V0.22A0.08 0.08 0 0 1 0.18 0.14Z"
    "M0.28 0.34H0.72M0.28 0.48H0.58",
    "book": "M0.5 0.24C0.4 0.16 0.24 0.14 0.08 0.16V0.8C0.24 0.78 0.4 0.8 0.5 0.88C0.6 0.8 0.76 0.78 0.92 0.8V0.16C0.76 0.14 0.6 0.16 0.5 0.24ZM0.5 0.24V0.88",
    "pencil": "M0.12 0.88L0.18 0.66L0.68 0.16A0.1 0.1 0 0 1 0.84 0.32L0.34 0.82ZM0.6 0.24L0.76 0.4M0.18 0.66L0.34 0.82",
    "clock": _c(0.5, 0.5, 0.4) + "M0.5 0.26V0.5L0.66 0.62",
    "calendar": _r(0.12, 0.18, 0.76, 0.7, 0.08) + "M0.12 0.4H0.88M0.32 0.1V0.26M0.68 0.1V0.26" + _r(0.28, 0.54, 0.14, 0.14, 0.02),
    "hourglass": "M0.22 0.1H0.78M0.22 0.9H0.78M0.28 0.1V0.26C0.28 0.38 0.44 0.44 0.44 0.5S0.28 0.62 0.28 0.74V0.9M0.72 0.1V0.26C0.72 0.38 0.56 0.44 0.56 0.5"
    "S0.72 0.62 0.72 0.74V0.9M0.38 0.78L0.5 0.66L0.62 0.78",
    "coin": _c(0.5, 0.5, 0.4) + _c(0.5, 0.5, 0.3) + "M0.6 0.4C0.56 0.33 0.41 0.33 0.41 0.42C0.41 0.52 0.6 0.48 0.6 0.58C0.6 0.67 0.44 0.67 0.4 0.6M0.5 0.28V0.72",
    "bars": "M0.1 0.88H0.9" + _r(0.17, 0.56, 0.15, 0.32) + _r(0.425, 0.36, 0.15, 0.52) + _r(0.68, 0.14, 0.15, 0.74),
    "trend": "M0.1 0.12V0.88H0.9M0.22 0.7L0.42 0.48L0.56 0.58L0.84 0.24M0.66 0.24H0.84V0.42",
    "briefcase": _r(0.1, 0.3, 0.8, 0.54, 0.07) + "M0.36 0.3V0.2A0.05 0.05 0 0 1 0.41 0.15H0.59A0.05 0.05 0 0 1 0.64 0.2V0.3M0.1 0.54H0.9M0.5 0.48V0.6",
    "house": "M0.08 0.48L0.5 0.12L0.92 0.48M0.2 0.4V0.86H0.8V0.4M0.41 0.86V0.6H0.59V0.86",
    "city": "M0.06 0.9H0.94M0.14 0.9V0.46H0.38V0.9M0.38 0.9V0.14H0.66V0.9M0.66 0.9V0.4H0.86V0.9M0.46 0.28H0.58M0.46 0.42H0.58M0.46 0.56H0.58M0.22 0.58H0.3M0.22 0.7H0.3M0.74 0.54H0.78M0.74 0.68H0.78",
    "car": "M0.06 0.7V0.54L0.18 0.5L0.28 0.32H0.68L0.82 0.5L0.94 0.56V0.7H0.84M0.64 0.7H0.36M0.16 0.7H0.06M0.18 0.5H0.82" + _c(0.26, 0.71, 0.1) + _c(0.74, 0.71, 0.1),
    "plane": "M0.5 0.06C0.56 0.06 0.57 0.18 0.57 0.36L0.94 0.6V0.69L0.57 0.58L0.55 0.78L0.67 0.87V0.93L0.5 0.88L0.33 0.93V0.87L0.45 0.78L0.43 0.58L0.06 0.69V0.6L0.43 0.36C0.43 0.18 0.44 0.06 0.5 0.06Z",
    "ship": "M0.08 0.6H0.92L0.8 0.84H0.22ZM0.48 0.1V0.6M0.54 0.14C0.7 0.22 0.8 0.36 0.82 0.52H0.54ZM0.42 0.24C0.32 0.32 0.24 0.42 0.2 0.52H0.42Z",
    "camera": "M0.16 0.28H0.3L0.38 0.17H0.62L0.7 0.28H0.84A0.07 0.07 0 0 1 0.91 0.35V0.76A0.07 0.07 0 0 1 0.84 0.83H0.16A0.07 0.07 0 0 1 0.09 0.76V0.35A0.07 0.07 0 0 1 0.16 0.28Z"
    + _c(0.5, 0.54, 0.17),
    "music": "M0.36 0.74V0.2L0.84 0.12V0.66M0.36 0.36L0.84 0.28" + _e(0.25, 0.75, 0.12, 0.09, -15) + _e(0.73, 0.67, 0.12, 0.09, -15),
    "play": _c(0.5, 0.5, 0.4) + "M0.42 0.33L0.68 0.5L0.42 0.67Z",
    "phone": _r(0.27, 0.07, 0.46, 0.86, 0.08) + "M0.44 0.15H0.56M0.47 0.84H0.53",
    "screen": _r(0.08, 0.14, 0.84, 0.56, 0.06) + "M0.5 0.7V0.86M0.3 0.86H0.7M0.36 0.34L0.26 0.43L0.36 0.52M0.64 0.34L0.74 0.43L0.64 0.52M0.54 0.3L0.46 0.56",
    "chip": _r(0.24, 0.24, 0.52, 0.52, 0.05) + _r(0.38, 0.38, 0.24, 0.24, 0.03)
    + "".join(f"M{p:g} 0.24V0.1M{p:g} 0.76V0.9M0.24 {p:g}H0.1M0.76 {p:g}H0.9" for p in (0.36, 0.5, 0.64)),
    "gear": _gear() + _c(0.5, 0.5, 0.13),
    "lock": _r(0.18, 0.42, 0.64, 0.46, 0.07) + "M0.32 0.42V0.3A0.18 0.18 0 0 1 0.68 0.3V0.42M0.5 0.68V0.76" + _c(0.5, 0.62, 0.05),
    "shield": "M0.5 0.08C0.62 0.17 0.75 0.2 0.88 0.2C0.9 0.56 0.76 0.8 0.5 0.92C0.24 0.8 0.1 0.56 0.12 0.2C0.25 0.2 0.38 0.17 0.5 0.08ZM0.33 0.5L0.46 0.63L0.68 0.38",
    "bolt": "M0.58 0.06L0.18 0.56H0.46L0.4 0.94L0.82 0.42H0.53Z",
    "battery": _r(0.08, 0.3, 0.76, 0.4, 0.06) + "M0.84 0.42H0.92V0.58H0.84M0.2 0.42V0.58M0.34 0.42V0.58M0.48 0.42V0.58",
    "magnet": "M0.16 0.12H0.36V0.5A0.14 0.14 0 0 0 0.64 0.5V0.12H0.84V0.5A0.34 0.34 0 0 1 0.16 0.5ZM0.16 0.3H0.36M0.64 0.3H0.84",
    "prism": "M0.46 0.18L0.76 0.74H0.16ZM0.02 0.6L0.34 0.44M0.58 0.42L0.96 0.42M0.615 0.48L0.96 0.56M0.65 0.55L0.95 0.7",
    "telescope": "M0.1 0.52L0.72 0.16L0.84 0.36L0.2 0.68ZM0.72 0.16L0.78 0.12L0.9 0.33L0.84 0.36M0.1 0.52L0.06 0.56L0.12 0.66L0.18 0.64M0.5 0.55L0.34 0.9M0.52 0.54L0.7 0.9",
    "dna": "M0.3 0.06C0.3 0.34 0.7 0.3 0.7 0.52S0.3 0.7 0.3 0.94M0.7 0.06C0.7 0.34 0.3 0.3 0.3 0.52S0.7 0.7 0.7 0.94M0.33 0.16H0.67M0.42 0.27H0.58M0.33 0.5H0.67M0.42 0.74H0.58M0.33 0.85H0.67",
    "pulse": "M0.04 0.52H0.26L0.36 0.24L0.52 0.8L0.63 0.42L0.7 0.52H0.96",
    "pill": "M0.2 0.56L0.56 0.2A0.17 0.17 0 0 1 0.8 0.44L0.44 0.8A0.17 0.17 0 0 1 0.2 0.56ZM0.38 0.38L0.62 0.62",
    "apple": "M0.5 0.32C0.4 0.24 0.16 0.24 0.15 0.52C0.15 0.74 0.32 0.94 0.42 0.92C0.47 0.9 0.53 0.9 0.58 0.92C0.68 0.94 0.85 0.74 0.85 0.52C0.84 0.24 0.6 0.24 0.5 0.32Z"
    "M0.5 0.32C0.5 0.22 0.52 0.16 0.58 0.08",
    "cup": "M0.16 0.36H0.7V0.66A0.2 0.2 0 0 1 0.5 0.86H0.36A0.2 0.2 0 0 1 0.16 0.66ZM0.7 0.42H0.77A0.11 0.11 0 0 1 0.77 0.64H0.7M0.32 0.26C0.27 0.2 0.37 0.16 0.32 0.1M0.52 0.26C0.47 0.2 0.57 0.16 0.52 0.1",
    "fish": "M0.06 0.5C0.2 0.22 0.52 0.2 0.7 0.46L0.92 0.28C0.88 0.44 0.88 0.56 0.92 0.72L0.7 0.54C0.52 0.8 0.2 0.78 0.06 0.5ZM0.4 0.36C0.46 0.44 0.46 0.56 0.4 0.64" + _c(0.24, 0.46, 0.03),
    "bird": "M0.08 0.34C0.22 0.34 0.34 0.42 0.4 0.52C0.44 0.3 0.56 0.2 0.74 0.2C0.82 0.2 0.86 0.26 0.94 0.28L0.85 0.36C0.86 0.62 0.7 0.82 0.44 0.82C0.26 0.82 0.12 0.74 0.06 0.66C0.16 0.66 0.24 0.64 0.3 0.6C0.18 0.56 0.1 0.46 0.08 0.34Z",
    "paw": _e(0.24, 0.42, 0.085, 0.115, -15) + _e(0.41, 0.25, 0.09, 0.12) + _e(0.6, 0.25, 0.09, 0.12) + _e(0.77, 0.42, 0.085, 0.115, 15)
    + "M0.5 0.46C0.64 0.46 0.76 0.64 0.74 0.76C0.72 0.88 0.58 0.84 0.5 0.84S0.28 0.88 0.26 0.76C0.24 0.64 0.36 0.46 0.5 0.46Z",
    "crown": "M0.12 0.74L0.08 0.28L0.32 0.48L0.5 0.18L0.68 0.48L0.92 0.28L0.88 0.74ZM0.13 0.86H0.87",
    "column": "M0.1 0.32L0.5 0.1L0.9 0.32ZM0.2 0.4V0.74M0.4 0.4V0.74M0.6 0.4V0.74M0.8 0.4V0.74M0.14 0.8H0.86M0.08 0.9H0.92",
    "swords": "M0.12 0.1L0.26 0.12L0.72 0.68L0.66 0.74L0.12 0.24ZM0.58 0.82L0.8 0.6M0.7 0.72L0.88 0.9M0.88 0.1L0.74 0.12L0.56 0.33M0.88 0.1V0.24L0.64 0.46M0.42 0.5L0.28 0.68L0.34 0.74L0.48 0.6M0.42 0.82L0.2 0.6M0.3 0.72L0.12 0.9",
    "scales": "M0.5 0.1V0.88M0.3 0.88H0.7M0.16 0.24H0.84M0.16 0.24L0.05 0.56H0.3L0.18 0.24M0.05 0.56A0.125 0.1 0 0 0 0.3 0.56M0.84 0.24L0.7 0.56H0.95L0.83 0.24M0.7 0.56A0.125 0.1 0 0 0 0.95 0.56",
    "flag": "M0.2 0.08V0.92M0.2 0.14C0.36 0.06 0.5 0.24 0.82 0.14V0.54C0.5 0.64 0.36 0.46 0.2 0.54",
    "pin": "M0.5 0.93C0.34 0.7 0.2 0.56 0.2 0.38A0.3 0.3 0 0 1 0.8 0.38C0.8 0.56 0.66 0.7 0.5 0.93Z" + _c(0.5, 0.38, 0.11),
    "compass": _c(0.5, 0.5, 0.4) + "M0.68 0.32L0.57 0.57L0.32 0.68L0.43 0.43Z",
    "target": _c(0.46, 0.54, 0.38) + _c(0.46, 0.54, 0.24) + _c(0.46, 0.54, 0.09) + "M0.46 0.54L0.78 0.22M0.78 0.22L0.78 0.09L0.92 0.08M0.78 0.22L0.91 0.22L0.92 0.08",
    "trophy": "M0.28 0.12H0.72V0.4A0.22 0.22 0 0 1 0.28 0.4ZM0.28 0.18H0.12C0.12 0.34 0.18 0.42 0.3 0.44M0.72 0.18H0.88C0.88 0.34 0.82 0.42 0.7 0.44M0.5 0.62V0.78M0.32 0.88C0.34 0.8 0.4 0.78 0.5 0.78S0.66 0.8 0.68 0.88Z",
    "question": _c(0.5, 0.5, 0.4) + "M0.38 0.4C0.38 0.24 0.62 0.24 0.62 0.4C0.62 0.5 0.5 0.5 0.5 0.6" + _c(0.5, 0.71, 0.015),
    "warning": "M0.5 0.12L0.94 0.86H0.06ZM0.5 0.4V0.62" + _c(0.5, 0.74, 0.015),
    "check": _c(0.5, 0.5, 0.4) + "M0.31 0.51L0.45 0.65L0.7 0.37",
    "puzzle": "M0.14 0.3H0.36A0.1 0.1 0 1 1 0.52 0.3H0.72V0.48A0.1 0.1 0 1 1 0.72 0.66V0.88H0.52A0.1 0.1 0 1 0 0.34 0.88H0.14Z",
    "cycle": "M0.82 0.36A0.36 0.36 0 0 0 0.18 0.36M0.18 0.64A0.36 0.36 0 0 0 0.82 0.64M0.84 0.16V0.37H0.63M0.16 0.84V0.63H0.37",
    "spark": _star(0.42, 0.52, 0.36, 0.1, 4) + _star(0.8, 0.22, 0.15, 0.045, 4) + _star(0.8, 0.8, 0.11, 0.035, 4),
}  # fmt: skip
"""Path data by name. Drawn with round strokes; closed parts may be tinted."""

_WORDS: dict[str, str] = {
    "sun": "sun sunlight solar sol luz soleada sonne sonnenlicht شمس الشمس सूरज सूर्य 太陽 日光",
    "prism": "light colour color spectrum prism rainbow wavelength refract scatter luz color arcoíris licht farbe regenbogen spektrum streu ضوء لون ألوان प्रकाश रंग 光 色 虹",
    "moon": "moon night lunar sleep dream luna noche sueño mond nacht schlaf قمر ليل نوم चाँद रात नींद 月 夜 睡眠",
    "star": "star stars galaxy estrella galaxia stern sterne galaxie نجم نجوم तारा तारे 星 銀河",
    "cloud": "cloud sky weather air atmosphere cielo nube clima himmel wolke wetter luft atmosphäre سماء السماء غيم طقس आकाश आसमान बादल मौसम 空 雲 天気 大気",
    "drop": "water rain drop liquid blood oil agua lluvia wasser regen tropfen blut ماء مطر पानी जल बारिश 水 雨",
    "wave": "wave ocean sea tide surf sound mar océano ola meer welle ozean schall بحر موج समुद्र लहर 海 波",
    "mountain": "mountain rock hill volcano climb montaña volcán berg gebirge vulkan جبل पहाड़ पर्वत 山 火山",
    "tree": "tree forest wood jungle árbol bosque baum wald شجر غابة पेड़ वन जंगल 木 森",
    "leaf": "photosynthesis fotosíntesis photosynthese leaf plant nature green environment autumn planta hoja otoño naturaleza verde pflanze blatt blätter herbst natur umwelt نبات طبيعة पौधा पत्ता प्रकृति 葉 植物 自然",
    "flower": "flower garden bloom spring bee honey miel honig flor jardín blume garten biene زهرة حديقة फूल 花 庭",
    "flame": "fire flame heat burn hot fuego calor feuer hitze wärme نار حرارة आग गर्मी 火 熱",
    "snow": "snow ice cold winter frost freeze nieve hielo frío invierno schnee eis kälte winter ثلج برد बर्फ ठंड 雪 氷 冬",
    "globe": "world earth global country countries international mundo tierra país welt erde land عالم أرض الأرض दुनिया पृथ्वी 世界 地球 国",
    "planet": "planet saturn jupiter mars orbit space universe cosmos planeta espacio universo weltall universum raum كوكب فضاء ग्रह अंतरिक्ष 惑星 宇宙",
    "rocket": "rocket launch startup grow faster speed cohete lanzar rápido rakete start schnell صاروخ रॉकेट ロケット 速",
    "atom": "atom molecule particle nuclear quantum electron physics molécula partícula átomo física teilchen molekül physik ذرة جزيء فيزياء परमाणु अणु 原子 分子 粒子 物理",
    "flask": "experiment chemistry laboratory acid reaction experimento química labor chemie versuch تجربة كيمياء प्रयोग रसायन 実験 化学",
    "search": "find search discover research look study evidence buscar descubr investig suche finden forsch entdeck بحث اكتشاف खोज शोध 探 発見 研究",
    "bulb": "idea think invent creative solution tip learn idea inventar pensar idee erfind lösung فكرة विचार आविष्कार アイデア 発明 考え",
    "brain": "brain mind memory psycholog intelligence neuron focus habit cerebro mente memoria gehirn geist gedächtnis عقل دماغ ذاكرة दिमाग मस्तिष्क याद 脳 記憶 心理",
    "heart": "heart love care family corazón amor familia herz liebe familie قلب حب दिल प्यार 心 愛",
    "eye": "eye see vision look watch ojo ver vista auge sehen blick عين نظر आँख आंख देख 目 見",
    "person": "person human man woman body you persona hombre mujer humano mensch frau körper إنسان رجل امرأة जीव व्यक्ति मनुष्य 人 体",
    "people": "people team community society crowd everyone friend gente equipo sociedad leute gruppe gesellschaft freunde ناس مجتمع लोग समाज 人々 社会",
    "speech": "say speak language talk word conversation hablar lengua palabra sprache sprechen wort لغة كلام भाषा बात 言葉 話",
    "book": "book read story history school teach libro leer historia escuela buch lesen geschichte schule كتاب تاريخ مدرسة किताब इतिहास 本 歴史 学校",
    "pencil": "write draw design artist painting escribir dibujar arte schreiben zeichnen kunst كتابة رسم लिख कला 書 絵",
    "clock": "time hour minute second morning evening clock tiempo hora minuto zeit stunde minute uhr morgen abend وقت ساعة दقيقة समय घंटा मिनट 時間 時計 分",
    "calendar": "day week month year date día semana mes año tag woche monat jahr يوم أسبوع شهر سنة दिन सप्ताह साल 日 週 年",
    "hourglass": "wait patience age old ancient esperar antiguo warten alt انتظار قديم प्रतीक्षा पुराना 待",
    "coin": "money dollar price cost cash salary income bank save euro dinero precio coste banco geld preis kosten sparen مال سعر पैसा रुपये कीमत お金 値段",
    "bars": "data percent statistic number compare datos porcentaje prozent daten zahl بيانات نسبة आंकड़े प्रतिशत データ 割合 数",
    "trend": "growth market stock invest increase profit interest compound crecimiento mercado inver wachstum markt aktie gewinn zins نمو استثمار سوق निवेश बाजार ब्याज 投資 市場 成長 複利",
    "briefcase": "business workplace worker job company office career negocio trabajo empresa arbeit firma beruf geschäft عمل شركة काम व्यापार कंपनी 仕事 会社",
    "house": "house home room building casa hogar haus zuhause wohnung بيت منزل घर 家 住",
    "city": "city town street urban ciudad calle stadt straße مدينة शहर नगर 都市 町 街",
    "car": "car drive road vehicle traffic electric coche carretera auto straße fahr سيارة طريق गाड़ी कार सड़क 車 道",
    "plane": "plane fly flight airport travel trip avión vuelo viaje flugzeug flug reise طائرة سفر हवाई यात्रा उड़ 飛行機 旅",
    "ship": "ship boat sail port canal trade navy barco puerto schiff hafen boot سفينة जहाज नाव 船 港",
    "camera": "camera photo picture image foto imagen cámara kamera bild صورة تصوير तस्वीर कैमरा 写真",
    "music": "music song melody singing singer guitar piano música canción musik lied موسيقى أغنية संगीत गीत 音楽 歌",
    "play": "video film movie watch channel subscribe vídeo película suscríbe فيديو قناة वीडियो चैनल 動画 映画",
    "phone": "phone mobile app call social teléfono móvil handy telefon هاتف फोन मोबाइल 電話 スマホ",
    "screen": "computer code software program internet web digital ordenador código programa rechner programm حاسوب برنامج إنترنت कंप्यूटर इंटरनेट コンピュータ ネット",
    "chip": "chip ai artificial robot machine algorithm processor inteligencia máquina roboter maschine ki ذكاء روبوت मशीन रोबोट 機械 人工知能 ロボット",
    "gear": "works engine process system mechanism motor sistema proceso motor system prozess محرك نظام इंजन प्रणाली 仕組み 装置",
    "lock": "secret security privacy password hidden secreto seguridad geheim sicherheit passwort سر أمان रहस्य सुरक्षा 秘密 安全",
    "shield": "protect safe defend immune proteger seguro schutz sicher schützen حماية रक्षा 守 免疫",
    "bolt": "electric energy power lightning energía eléctric rayo strom energie blitz kraft طاقة كهرباء برق ऊर्जा बिजली 電気 エネルギー 力",
    "battery": "battery charge batería akku batterie بطارية बैटरी 電池",
    "magnet": "magnet attract force imán fuerza magnet kraft مغناطيس चुंबक 磁石",
    "telescope": "telescope astronom observe telescopio fernrohr تلسكوب दूरबीन 望遠鏡 観測",
    "dna": "dna gene cell evolution biolog virus gen célula evolución zelle evolution gene خلية جين कोशिका जीन 遺伝 細胞 進化",
    "pulse": "health doctor medical exercise heartbeat breath salud médico ejercicio gesundheit arzt atem صحة طبيب स्वास्थ्य डॉक्टर 健康 医",
    "pill": "drug medicine disease pill vitamin medicina enfermedad medizin krankheit دواء مرض दवा बीमारी 薬 病",
    "apple": "fruit food eat diet apple vegetable fruta comida manzana obst essen apfel فاكهة طعام फल खाना भोजन 果物 食",
    "cup": "coffee tea drink café té bebida kaffee tee trinken قهوة شاي चाय कॉफी コーヒー 茶 飲",
    "fish": "fish shark whale pez tiburón ballena fisch hai wal سمك मछली 魚 鯨",
    "bird": "bird wing feather pájaro ave vogel flügel طائر पक्षी 鳥",
    "paw": "dog cat animal pet wolf lion perro gato hund katze tier كلب قطة حيوان कुत्ता बिल्ली पशु 犬 猫 動物",
    "crown": "king queen empire emperor royal rey reina imperio könig königin kaiser reich ملك إمبراطور राजा रानी 王 帝国",
    "column": "rome greek law court government museum temple ancient roma griego gobierno rom regierung gesetz حكومة روما मंदिर सरकार 政府 寺 法",
    "swords": "wars warfare warrior battle fight army soldier conflict guerra batalla ejército krieg schlacht armee حرب معركة युद्ध लड़ाई 戦争 戦",
    "scales": "balance justice weigh versus choice fair equilibrio justicia gleichgewicht gerecht waage ميزان عدالة न्याय संतुलन 天秤 公平",
    "flag": "nation start finish milestone bandera nación flagge ziel علم झंडा 旗",
    "pin": "place where location map lugar mapa ort karte مكان خريطة जगह नक्शा 場所 地図",
    "compass": "direction explore navigate adventure explor dirección richtung abenteuer اتجاه दिशा 方向 冒険",
    "target": "goal aim precise purpose meta objetivo ziel zweck هدف लक्ष्य 目標",
    "trophy": "win best success record champion ganar éxito gewinn erfolg rekord فوز نجاح जीत सफलता 勝 成功",
    "question": "why question wonder mystery qué cómo misterio warum wieso frage rätsel لماذا سؤال क्यों सवाल なぜ 疑問 謎",
    "warning": "danger risk mistake warn wrong problem peligro riesgo error gefahr risiko fehler خطر خطأ खतरा गलती 危険 間違",
    "check": "check prove true fact right recap answer correct remember verdad recuerda wahr fakt merke antwort حقيقة सच सही 事実 答え",
    "puzzle": "piece part fit combine pieza teil قطعة भाग 部分",
    "cycle": "chain cycle repeat return recycle again ciclo repetir kreislauf wieder دورة चक्र 循環 繰り返",
}
"""Words (or their beginnings, from four letters on) in English, Spanish, German, Arabic, Hindi, Japanese."""


def tint_of(name: str) -> str:
    """The closed parts of a symbol, which may be filled; empty where it has none."""
    return "".join(part for part in re.findall(r"M[^M]*", PATHS[name]) if part.endswith("Z"))


_INDEX: list[tuple[str, str]] = sorted(
    ((word.casefold(), name) for name, words in _WORDS.items() for word in words.split()), key=lambda pair: (-len(pair[0]), pair[1])
)
_SPACELESS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_VAGUE = frozenset({"question", "check", "search", "clock", "calendar", "speech"})
"""Symbols that say little; others go before them."""
FALLBACKS = ("spark", "compass", "bulb", "star", "target", "globe")
"""Symbols that suit anything."""


def symbols_in(text: str, *, limit: int = 6) -> list[str]:
    """The symbols that a text calls for, those of its earliest words first, those that say little last; none twice."""
    folded = text.casefold()
    words = re.findall(r"[\w\u0900-\u097f]+", folded)
    found: dict[str, int] = {}
    taken: dict[int, str] = {}
    for stem, name in _INDEX:
        place = _place(stem, words, folded)
        # A word calls by its longest stem alone: photosynthesis is no photo.
        if place is not None and taken.setdefault(place, stem) == stem:
            found[name] = min(place, found.get(name, place))
    return sorted(found, key=lambda name: (name in _VAGUE, found[name], name))[:limit]


def _place(stem: str, words: list[str], text: str) -> int | None:
    if stem not in text:  # most are not: no word need be looked at
        return None
    if _SPACELESS.match(stem):
        return text.find(stem)
    for place, word in enumerate(words):
        if word in (stem, f"{stem}s") or (len(stem) >= 4 and word.startswith(stem)) or (word.startswith("ال") and word[2:] == stem):
            return place
    return None


def symbol_for(text: str, *, seed: int, avoid: frozenset[str] = frozenset()) -> str:
    """One symbol for a text: the first it calls for that is not to be avoided, else one that suits anything."""
    choices = [name for name in symbols_in(text) if name not in avoid]
    if choices:
        return choices[0]
    spare = [name for name in FALLBACKS if name not in avoid] or list(FALLBACKS)
    return spare[seed % len(spare)]
