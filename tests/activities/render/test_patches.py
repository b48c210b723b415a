"""Patches: blended, faded, moved between pixels and revealed."""

from __future__ import annotations

import numpy as np
import pytest

from activities.render.memory import Room
from activities.render.patches import blend, faded, movable, moved, one_colour, patch_of, revealed, solid_part
from activities.render.planes import new_planes, yuva_of_rgba
from activities.render.shapes import rasterise_shape
from activities.render.timeline import ShapeContent
from tests.activities.render.pictures import flat


def test_an_opaque_sprite_replaces_the_ground_and_a_clear_one_leaves_it() -> None:
    rgba = np.zeros((6, 10, 4), np.uint8)
    rgba[:, :5] = (255, 0, 0, 255)
    target = flat((100, 90, 160))
    blend(target, patch_of(yuva_of_rgba(rgba), 4, 4))
    assert tuple(int(v) for v in (target.y[6, 5], target.u[3, 3], target.v[3, 3])) == pytest.approx((63, 102, 240), abs=1)
    assert (int(target.y[6, 11]), int(target.u[3, 6])) == (100, 90)
    assert int(target.y[2, 5]) == 100


@pytest.mark.parametrize("at", [(3, 5), (-4, -3), (29, 15), (-40, 2), (400, 400)])
def test_a_sprite_lands_on_any_pixel_and_is_clipped_at_the_frame(at: tuple[int, int]) -> None:
    target = flat((50, 128, 128))
    rgba = np.full((7, 9, 4), 255, np.uint8)
    blend(target, patch_of(yuva_of_rgba(rgba), *at))
    wanted = np.full((18, 32), 50, np.uint8)
    x, y = at
    wanted[max(y, 0) : max(y + 7, 0), max(x, 0) : max(x + 9, 0)] = 235
    assert np.abs(target.y.astype(int) - wanted).max() <= 1


def test_half_opacity_is_the_mean_of_sprite_and_ground() -> None:
    target = flat((50, 128, 128))
    blend(target, faded(patch_of(yuva_of_rgba(np.full((8, 8, 4), 255, np.uint8)), 0, 0), 0.5))
    assert int(target.y[3, 3]) == pytest.approx((50 + 235) / 2, abs=1)


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


@pytest.mark.parametrize("opacity", [0.0, 0.3, 1.0])
def test_a_patch_is_blended_at_a_share_of_its_strength_as_if_it_had_been_faded(opacity: float) -> None:
    rng = np.random.default_rng(3)
    alpha = rng.integers(0, 256, (700, 500, 1))
    rgba = np.concatenate([rng.integers(0, 256, (700, 500, 3)) * alpha // 255, alpha], axis=2).astype(np.uint8)
    patch = patch_of(yuva_of_rgba(rgba), 5, 3)
    one, other = flat((120, 90, 160), (640, 720)), flat((120, 90, 160), (640, 720))
    blend(one, patch, opacity)
    blend(other, faded(patch, opacity))
    assert all((a == b).all() for a, b in zip(one.each(), other.each(), strict=True))


@pytest.mark.parametrize("scale", [1.0, 1.3])
def test_a_patch_in_a_room_is_the_same_whatever_lay_there_before(scale: float) -> None:
    rng = np.random.default_rng(5)
    large, small = (movable(rng.integers(0, 256, (*size, 4)).astype(np.uint8)) for size in ((90, 120), (40, 60)))
    room = Room()
    for drawn, left in ((large, 3.25), (small, 7.5), (large, -4.75)):
        kept, fresh = moved(drawn, left, 2.5, scale, room), moved(drawn, left, 2.5, scale)
        for name in ("luma", "u", "v", "keep", "keep_chroma"):
            assert (getattr(kept, name) == getattr(fresh, name)).all()


HILLS = "M0 1V0.1C0.3 0.1 0.3 0.25 0.6 0.2C0.8 0.2 0.8 0.05 1 0.1V1Z"


@pytest.mark.parametrize("at", [(0.0, 0.0), (-60.0, 31.0), (111.5, 90.25)])
@pytest.mark.parametrize(
    "shape",
    [
        ShapeContent(shape="rectangle", width=420, height=300, fill="#ff8f6b", radius=40),
        ShapeContent(shape="path", width=500, height=260, fill="#584675", fill2="#3f3052", path=HILLS),
    ],
    ids=["card", "hills"],
)
def test_what_is_solid_is_copied_and_looks_as_it_was_blended(shape: ShapeContent, at: tuple[float, float]) -> None:
    patch = moved(movable(yuva_of_rgba(rasterise_shape(shape))), *at, 1.0)
    blended, copied = new_planes(480, 270), new_planes(480, 270)
    for picture in (blended, copied):
        picture.fill((90, 110, 150))
    blend(blended, patch)
    patch.solid = solid_part(patch)
    assert patch.solid is not None
    rows, columns = patch.solid
    assert (rows.stop - rows.start) * (columns.stop - columns.start) > 0.6 * shape.width * shape.height
    blend(copied, patch)
    for one, other in zip(blended.each(), copied.each(), strict=True):
        assert np.array_equal(one, other)


def test_what_can_be_seen_through_or_is_small_has_no_solid_part() -> None:
    for shape in (
        ShapeContent(shape="rectangle", width=420, height=300, fill="#ff8f6bf0"),
        ShapeContent(shape="rectangle", width=120, height=90, fill="#ff8f6b"),
        ShapeContent(shape="ring", width=400, height=400, fill="#ff8f6b", stroke_width=3),
    ):
        assert solid_part(patch_of(yuva_of_rgba(rasterise_shape(shape)), 0, 0)) is None
