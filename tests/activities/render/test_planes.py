"""Planes: colours, and two pictures into one."""

from __future__ import annotations

import numpy as np
import pytest

from activities.render.planes import (
    crossfade,
    dimmed,
    halved,
    new_frame,
    planes_of_rgb,
    slide,
    take,
    wipe,
    yuv_of_rgb,
)
from tests.activities.render.pictures import flat


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        # EBU bars at 75 % and 100 %, from the figures of ITU-R BT.709.
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((191, 191, 0), (168, 44, 136)),
        ((0, 191, 191), (145, 147, 44)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_colours_are_those_of_bt709(rgb: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    assert np.abs(np.subtract(yuv_of_rgb(rgb), yuv)).max() <= 1
    planes = planes_of_rgb(np.full((8, 8, 3), rgb, np.uint8))
    assert np.abs(np.subtract([int(plane[2, 2]) for plane in planes.each()], yuv)).max() <= 1


def test_chroma_is_sampled_on_even_columns_as_h264_expects() -> None:
    ramp = np.tile(np.arange(0, 64, dtype=np.uint8), (4, 1))
    assert halved(ramp)[0, 1:-1].tolist() == list(range(2, 62, 2))


def test_a_crossfade_runs_from_one_picture_to_the_other() -> None:
    target, one, two = new_frame(32, 18), flat((40, 100, 150)), flat((200, 140, 90))
    found = []
    for share in (0.0, 0.25, 1.0):
        crossfade(target, one, two, share)
        found.append((int(target.y[0, 0]), int(target.u[0, 0]), int(target.v[0, 0])))
    assert found == [(40, 100, 150), (80, 110, 135), (200, 140, 90)]


def test_dimming_goes_to_black_and_not_to_green() -> None:
    target = new_frame(32, 18)
    dimmed(target, flat((200, 90, 220)), 0.0)
    assert (int(target.y[0, 0]), int(target.u[0, 0]), int(target.v[0, 0])) == (16, 128, 128)


@pytest.mark.parametrize(("direction", "new"), [("left", (0, 31)), ("right", (0, 0)), ("up", (17, 0)), ("down", (0, 0))])
@pytest.mark.parametrize("move", [wipe, slide])
def test_a_wipe_or_slide_begins_where_its_direction_says(move: object, direction: str, new: tuple[int, int]) -> None:
    target, one, two = new_frame(32, 18), flat((40, 128, 128)), flat((200, 128, 128))
    move(target, one, two, 0.25, direction)  # type: ignore[operator]
    assert int(target.y[new]) == 200
    share = float((target.y == 200).mean())
    assert share == pytest.approx(0.25, abs=0.06)
    move(target, one, two, 1.0, direction)  # type: ignore[operator]
    assert (target.y == 200).all() and (target.u == 128).all()


@pytest.mark.parametrize(("x", "y"), [(3.0, 2.0), (2.999, 2.0), (3.4, 2.0), (3.0, 2.7), (3.25, 2.6), (13.9, 9.9)])
def test_what_lies_between_pixels_is_the_mix_of_its_neighbours(x: float, y: float) -> None:
    rows, columns = np.mgrid[0:20, 0:30]
    source = (4 * columns + 3 * rows).astype(np.uint8)
    into = np.empty((10, 16), np.uint8)
    take(into, source, x, y)
    expected = 4 * (columns[:10, :16] + x) + 3 * (rows[:10, :16] + y)
    assert np.abs(into - expected).max() <= 0.51
