"""Which of a picture's faces a crop keeps, and about which point it is cut for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from activities.footage.faces import Face, Finder, Picture

WIDE, TALL = 16 / 9, 9 / 16
"""Shapes of the frames (width against height) that pictures are cut for."""
BESIDE = 0.2
"""Hair and ears on either side of a face, as a share of it."""
DECIDED = 0.5
"""Evidence a picture from which it is of its faces, whatever else stands out."""


class Middle(NamedTuple):
    """Where a crop has its middle across, where the eyes are, and how high the faces are together; as shares of the picture."""

    x: float
    eyes: float
    height: float


def faces_of(pictures: Sequence[Picture], find: Finder) -> tuple[Face, ...] | None:
    """The faces of a clip's pictures, one of each pair of neighbours being looked at; None where none can be looked for."""
    found = [find(picture) for picture in pictures[::2]]
    return None if None in found else tuple(face for faces in found for face in faces or ())


def decided(faces: Sequence[Face], pictures: int) -> bool:
    """Whether pictures are of the faces that were found in all of them together."""
    return sum(face.evidence for face in faces) >= DECIDED * ((pictures + 1) // 2)


def middle_of(faces: Sequence[Face], shape: float) -> Middle:
    """About where a picture of a shape (width against height) is cut, to a tall or a wide frame, to keep the most of its faces.

    All are kept where they fit beside each other; else those that weigh the most together; a face larger than the crop alone.
    """
    beside = [(face.left, face.right, face.weight) for face in faces]
    across = _middle([_widened(left, right, weight) for left, right, weight in beside], min(TALL / shape, 1.0))[0]
    _, kept = _middle([(face.top, face.bottom, face.weight) for face in faces], min(shape / WIDE, 1.0))
    held = [faces[place] for place in kept]
    total = sum(face.weight for face in held)
    eyes = sum(face.eyes * face.weight for face in held) / total
    # A bystander far behind is kept where it can be, and makes no group of a portrait.
    most = max(face.weight for face in held)
    group = [face for face in held if face.weight >= most / 4]
    return Middle(across, eyes, max(face.bottom for face in group) - min(face.top for face in group))


def _widened(left: float, right: float, weight: float) -> tuple[float, float, float]:
    more = BESIDE * (right - left)
    return max(left - more, 0.0), min(right + more, 1.0), weight


def _middle(spans: Sequence[tuple[float, float, float]], window: float) -> tuple[float, list[int]]:
    """The middle of the window (a share of the whole) that holds the weightiest spans, and which those are."""
    best: tuple[float, float, list[int]] = (0.0, 0.0, [])
    for begin in sorted({low for low, _, _ in spans} | {max(high - window, 0.0) for _, high, _ in spans}):
        end = begin + window + 1e-6
        held = [place for place, (low, high, _) in enumerate(spans) if low >= begin - 1e-6 and high <= end]
        weight = sum(spans[place][2] for place in held)
        reach = max(spans[place][1] for place in held) - min(spans[place][0] for place in held) if held else 0.0
        if (weight, -reach) > (best[0], -best[1]):
            best = (weight, reach, held)
    held = best[2] or [max(range(len(spans)), key=lambda place: spans[place][2])]
    total = sum(spans[place][2] for place in held)
    mean = sum((spans[place][0] + spans[place][1]) / 2 * spans[place][2] for place in held) / total
    low, high = min(spans[place][0] for place in held), max(spans[place][1] for place in held)
    if high - low > window:
        return (low + high) / 2, held
    return min(max(mean, high - window / 2), low + window / 2), held
