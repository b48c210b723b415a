"""SVG path data as a Skia path (the grammar of SVG 1.1, section 8.3)."""

from __future__ import annotations

import re

import skia

from models.errors import MediaError

_TOKEN = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_ARITY = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "s": 4, "q": 4, "t": 2, "a": 7, "z": 0}


def path_of_svg(data: str) -> skia.Path:
    """The path.

    Raises:
        MediaError: the data is no SVG path.
    """
    pen = _Pen()
    for command, numbers in _commands(data):
        pen.move(command, numbers)
    return pen.path


def _commands(data: str) -> list[tuple[str, list[float]]]:
    found: list[tuple[str, list[float]]] = []
    at = 0
    for token in _TOKEN.finditer(data):
        if data[at : token.start()].strip(" ,\t\r\n"):
            raise _broken(data, at)
        at = token.end()
        if token[1]:
            found.append((token[1], []))
        elif found:
            found[-1][1].append(float(token[2]))
        else:
            raise _broken(data, token.start())
    if data[at:].strip(" ,\t\r\n"):
        raise _broken(data, at)
    return [part for command, numbers in found for part in _repeated(data, command, numbers)]


def _repeated(data: str, command: str, numbers: list[float]) -> list[tuple[str, list[float]]]:
    arity = _ARITY[command.lower()]
    if arity == 0:
        return [(command, [])]
    if not numbers or len(numbers) % arity:
        raise _broken(data, data.find(command))
    parts = [numbers[place : place + arity] for place in range(0, len(numbers), arity)]
    # Further pairs after a move are lines.
    following = {"m": "l", "M": "L"}.get(command, command)
    return [(command if place == 0 else following, part) for place, part in enumerate(parts)]


def _broken(data: str, at: int) -> MediaError:
    return MediaError(f"The path of a shape is no SVG path data at character {at + 1}: {data[:40]!r}.", hint="Correct the path.")


class _Pen:
    """Where the path is, and the last control point, which smooth curves mirror."""

    def __init__(self) -> None:
        self.path = skia.Path()
        self.x = self.y = self.start_x = self.start_y = 0.0
        self.control: tuple[str, float, float] = ("", 0.0, 0.0)

    def move(self, command: str, numbers: list[float]) -> None:
        kind = command.lower()
        ox, oy = (self.x, self.y) if command.islower() else (0.0, 0.0)
        if kind == "z":
            self.path.close()
            self.x, self.y = self.start_x, self.start_y
        elif kind == "a":
            rx, ry, turn, large, sweep, x, y = numbers
            size = skia.Path.ArcSize.kLarge_ArcSize if large else skia.Path.ArcSize.kSmall_ArcSize
            way = skia.PathDirection.kCW if sweep else skia.PathDirection.kCCW
            self.path.arcTo(rx, ry, turn, size, way, x + ox, y + oy)
            self.x, self.y = x + ox, y + oy
        elif kind in "hv":
            self.x, self.y = (numbers[0] + ox, self.y) if kind == "h" else (self.x, numbers[0] + oy)
            self.path.lineTo(self.x, self.y)
        else:
            points = [(x + ox, y + oy) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
            self._curve(kind, points)
        if kind not in "csqt":
            self.control = ("", 0.0, 0.0)

    def _curve(self, kind: str, points: list[tuple[float, float]]) -> None:
        if kind == "m":
            self.path.moveTo(*points[0])
            self.start_x, self.start_y = points[0]
        elif kind == "l":
            self.path.lineTo(*points[0])
        else:
            family = "c" if kind in "cs" else "q"
            if kind in "st":
                points = [self._mirrored(family), *points]
            draw = self.path.cubicTo if family == "c" else self.path.quadTo
            draw(*(figure for point in points for figure in point))
            self.control = (family, *points[-2])
        self.x, self.y = points[-1]

    def _mirrored(self, family: str) -> tuple[float, float]:
        if self.control[0] != family:
            return self.x, self.y
        return 2 * self.x - self.control[1], 2 * self.y - self.control[2]
