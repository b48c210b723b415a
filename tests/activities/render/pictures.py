"""Pictures that tests of the planes draw on."""

from __future__ import annotations

from activities.render.planes import Planes, new_planes


def flat(colour: tuple[int, int, int], size: tuple[int, int] = (32, 18)) -> Planes:
    """One colour (Y, U, V) everywhere."""
    planes = new_planes(*size)
    planes.fill(colour)
    return planes
