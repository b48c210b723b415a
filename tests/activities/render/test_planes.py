"""Planes: colours, blending, and two pictures into one."""

from __future__ import annotations

import numpy as np
import pytest

from activities.render.planes import (
    Planes,
    blend,
    crossfade,
    dimmed,
    faded,
    halved,
    movable,
    moved,
    new_frame,
    new_planes,
    one_colour,
    patch_of,
    planes_of_rgb,
    revealed,
    slide,
    take,
    wipe,
    yuv_of_rgb,
    yuva_of_rgba,
)


def _flat(colour: tuple[int, int, int], size: tuple[int, int] = (32, 18)) -> Planes:
    planes = new_planes(*size)
    planes.fill(colour)
    return planes


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


def test_an_opaque_sprite_replaces_the_ground_and_a_clear_one_leaves_it() -> None:
    rgba = np.zeros((6, 10, 4), np.uint8)
    rgba[:, :5] = (255, 0, 0, 255)
    target = _flat((100, 90, 160))
    blend(target, patch_of(yuva_of_rgba(rgba), 4, 4))
    assert tuple(int(v) for v in (target.y[6, 5], target.u[3, 3], target.v[3, 3])) == pytest.approx((63, 102, 240), abs=1)
    assert (int(target.y[6, 11]), int(target.u[3, 6])) == (100, 90)
    assert int(target.y[2, 5]) == 100


@pytest.mark.parametrize("at", [(3, 5), (-4, -3), (29, 15), (-40, 2), (400, 400)])
def test_a_sprite_lands_on_any_pixel_and_is_clipped_at_the_frame(at: tuple[int, int]) -> None:
    target = _flat((50, 128, 128))
    rgba = np.full((7, 9, 4), 255, np.uint8)
    blend(target, patch_of(yuva_of_rgba(rgba), *at))
    wanted = np.full((18, 32), 50, np.uint8)
    x, y = at
    wanted[max(y, 0) : max(y + 7, 0), max(x, 0) : max(x + 9, 0)] = 235
    assert np.abs(target.y.astype(int) - wanted).max() <= 1


def test_half_opacity_is_the_mean_of_sprite_and_ground() -> None:
    target = _flat((50, 128, 128))
    blend(target, faded(patch_of(yuva_of_rgba(np.full((8, 8, 4), 255, np.uint8)), 0, 0), 0.5))
    assert int(target.y[3, 3]) == pytest.approx((50 + 235) / 2, abs=1)


def test_chroma_is_sampled_on_even_columns_as_h264_expects() -> None:
    ramp = np.tile(np.arange(0, 64, dtype=np.uint8), (4, 1))
    assert halved(ramp)[0, 1:-1].tolist() == list(range(2, 62, 2))


def test_a_crossfade_runs_from_one_picture_to_the_other() -> None:
    target, one, two = new_frame(32, 18), _flat((40, 100, 150)), _flat((200, 140, 90))
    found = []
    for share in (0.0, 0.25, 1.0):
        crossfade(target, one, two, share)
        found.append((int(target.y[0, 0]), int(target.u[0, 0]), int(target.v[0, 0])))
    assert found == [(40, 100, 150), (80, 110, 135), (200, 140, 90)]


def test_dimming_goes_to_black_and_not_to_green() -> None:
    target = new_frame(32, 18)
    dimmed(target, _flat((200, 90, 220)), 0.0)
    assert (int(target.y[0, 0]), int(target.u[0, 0]), int(target.v[0, 0])) == (16, 128, 128)


@pytest.mark.parametrize(("direction", "new"), [("left", (0, 31)), ("right", (0, 0)), ("up", (17, 0)), ("down", (0, 0))])
@pytest.mark.parametrize("move", [wipe, slide])
def test_a_wipe_or_slide_begins_where_its_direction_says(move: object, direction: str, new: tuple[int, int]) -> None:
    target, one, two = new_frame(32, 18), _flat((40, 128, 128)), _flat((200, 128, 128))
    move(target, one, two, 0.25, direction)  # type: ignore[operator]
    assert int(target.y[new]) == 200
    share = float((target.y == 200).mean())
    assert share == pytest.approx(0.25, abs=0.06)
    move(target, one, two, 1.0, direction)  # type: ignore[operator]
    assert (target.y == 200).all() and (target.u == 128).all()


@pytest.mark.parametrize(("x", "y"), [(3.0, 2.0), (3.4, 2.0), (3.0, 2.7), (3.25, 2.6)])
def test_what_lies_between_pixels_is_the_mix_of_its_neighbours(x: float, y: float) -> None:
    rows, columns = np.mgrid[0:20, 0:30]
    source = (4 * columns + 3 * rows).astype(np.uint8)
    into = np.empty((10, 16), np.uint8)
    take(into, source, x, y)
    expected = 4 * (columns[:10, :16] + x) + 3 * (rows[:10, :16] + y)
    assert np.abs(into - expected).max() <= 1.0


@pytest.mark.parametrize("scale", [1.0, 1.2])
@pytest.mark.parametrize(("left", "top"), [(20.0, 14.0), (21.3, 14.0), (20.5, 15.75), (-3.4, 5.2)])
@pytest.mark.parametrize("colours", ["one", "two"])
def test_a_moved_sprite_lies_where_it_was_put_in_every_plane(scale: float, left: float, top: float, colours: str) -> None:
    yuva = np.zeros((24, 40, 4), np.uint8)
    yuva[:] = (200, 90, 160, 255)
    if colours == "two":
        yuva[:, :20, 0] = 100
    colour = one_colour(yuva)
    assert (colour is None) == (colours == "two")
    patch = moved(movable(yuva, colour), left, top, scale)
    cover = 255.0 - patch.keep
    weight = cover.sum()
    assert weight / 255 == pytest.approx(24 * 40 * scale**2, rel=0.01)
    assert (cover.sum(0) * np.arange(cover.shape[1])).sum() / weight + patch.x + 0.5 == pytest.approx(left + 20 * scale, abs=0.05)
    assert (cover.sum(1) * np.arange(cover.shape[0])).sum() / weight + patch.y + 0.5 == pytest.approx(top + 12 * scale, abs=0.05)
    middle = cover.shape[0] // 2, cover.shape[1] * 3 // 4
    assert patch.luma[middle] == pytest.approx(200, abs=2)
    assert patch.u[middle[0] // 2, middle[1] // 2] == pytest.approx(90, abs=2)
    assert patch.v[middle[0] // 2, middle[1] // 2] == pytest.approx(160, abs=2)


@pytest.mark.parametrize(("side", "edge"), [("left", 31.0), ("right", 31.0), ("top", 20.5), ("bottom", 20.5)])
def test_a_reveal_and_its_edge_cover_just_what_shows(side: str, edge: float) -> None:
    yuva = np.full((24, 40, 4), 255, np.uint8)
    parts = revealed(patch_of(yuva, 10, 8), edge, side)
    shown = {"left": (31.0 - 10) * 24, "right": (50 - 31.0) * 24, "top": (20.5 - 8) * 40, "bottom": (32 - 20.5) * 40}[side]
    assert sum((255.0 - part.keep).sum() / 255 for part in parts) == pytest.approx(shown, rel=0.01)
