"""Shapes and moved sprites."""

from __future__ import annotations

import numpy as np
import pytest

from activities.render.layers.base import Studio
from activities.render.layers.sprite import SpritePainter
from activities.render.planes import new_planes
from activities.render.shapes import margin_of, rasterise_shape
from activities.render.svg_path import path_of_svg
from activities.render.timeline import Ease, Key, ShapeContent, Sprite
from models.errors import MediaError
from tests.activities.render.films import SMALL


def _box(**more: object) -> ShapeContent:
    return ShapeContent(**{"shape": "rectangle", "width": 40, "height": 20, "fill": "#ffffff", **more})  # type: ignore[arg-type]


def test_a_rectangle_fills_its_box_and_nothing_else() -> None:
    picture = rasterise_shape(_box())
    assert picture.shape == (20, 40, 4) and (picture == 255).all()


def test_round_corners_are_cut() -> None:
    picture = rasterise_shape(_box(radius=8))
    assert picture[0, 0, 3] == 0 and picture[10, 20, 3] == 255


def test_a_ring_has_a_hole() -> None:
    picture = rasterise_shape(_box(shape="ring", width=40, height=40, stroke_width=6))
    assert picture[20, 20, 3] == 0 and picture[20, 3, 3] == 255


def test_a_gradient_runs_from_the_first_colour_to_the_second() -> None:
    picture = rasterise_shape(_box(fill="#ff0000", fill2="#0000ff"))
    assert picture[1, 1, 0] > 220 and picture[18, 38, 2] > 220


def test_blur_and_stroke_have_room_around_the_shape() -> None:
    content = _box(blur=4, stroke="#ff0000", stroke_width=2)
    picture = rasterise_shape(content)
    assert picture.shape[1] == 40 + 2 * margin_of(content)
    assert picture[0, 0, 3] < 4 and picture[picture.shape[0] // 2, picture.shape[1] // 2, 3] > 240


@pytest.mark.parametrize(
    ("data", "inside", "outside"),
    [
        ("M0 0H1V1H0Z", (0.5, 0.5), None),
        ("m0,0 l1,0 0,1 z", (0.8, 0.3), (0.2, 0.8)),
        ("M.5 0A.5 .5 0 1 1 .5 1A.5 .5 0 1 1 .5 0Z", (0.5, 0.5), (0.02, 0.02)),
        ("M0 1Q.5-1 1 1z", (0.5, 0.7), (0.05, 0.1)),
        ("M0 .5C0 0 .5 0 .5.5S1 1 1 .5L1 1 0 1z", (0.1, 0.9), (0.95, 0.1)),
    ],
)
def test_svg_paths_of_every_command_cover_what_they_should(
    data: str, inside: tuple[float, float], outside: tuple[float, float] | None
) -> None:
    picture = rasterise_shape(_box(shape="path", width=100, height=100, path=data))
    assert picture[int(inside[1] * 100), int(inside[0] * 100), 3] == 255
    if outside is not None:
        assert picture[int(outside[1] * 100), int(outside[0] * 100), 3] == 0


@pytest.mark.parametrize("data", ["5 5", "M 1", "hello", "M0 0 L 1 2 3", "M0 0 # 4"])
def test_what_is_no_path_is_refused_with_its_place(data: str) -> None:
    with pytest.raises(MediaError, match="no SVG path"):
        path_of_svg(data)


def _painted(sprite: Sprite, t: float) -> np.ndarray:  # type: ignore[type-arg]
    planes = new_planes(320, 180)
    planes.fill()
    SpritePainter(sprite, Studio(SMALL, lambda ref: pytest.fail(f"opened {ref}"))).paint(planes, t)
    return planes.y.astype(float) - 16


def _middle(light: np.ndarray) -> tuple[float, float]:  # type: ignore[type-arg]
    y, x = np.mgrid[0:180, 0:320] + 0.5
    return float((x * light).sum() / light.sum()), float((y * light).sum() / light.sum())


@pytest.mark.parametrize(("x", "y"), [(100.0, 60.0), (100.5, 60.25), (100.03, 59.97), (33.3, 44.4)])
def test_a_sprite_lies_where_it_should_to_a_fraction_of_a_pixel(x: float, y: float) -> None:
    light = _painted(Sprite(content=_box(), x=x, y=y, anchor_x=0.5, anchor_y=0.5), 0)
    assert _middle(light) == pytest.approx((x, y), abs=0.04)


@pytest.mark.parametrize("scale", [0.3, 0.8, 1.0, 1.7])
def test_a_sprite_grows_about_its_anchor(scale: float) -> None:
    sprite = Sprite(content=_box(), x=100, y=90, anchor_x=0.5, anchor_y=0.5, scale=(Key(at=0, value=scale),))
    light = _painted(sprite, 0)
    assert _middle(light) == pytest.approx((100, 90), abs=0.3)
    assert light.sum() / 219 == pytest.approx(40 * 20 * scale**2, rel=0.06)


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_reveal_shows_its_share_from_its_side(side: str) -> None:
    sprite = Sprite(content=_box(), x=100, y=80, reveal=(Key(at=0, value=0.25),), reveal_from=side)  # type: ignore[arg-type]
    light = _painted(sprite, 0)
    assert light.sum() / 219 == pytest.approx(40 * 20 * 0.25, rel=0.03)
    x, y = _middle(light)
    wanted = {"left": x < 110, "right": x > 130, "top": y < 85, "bottom": y > 95}
    assert wanted[side]


def test_a_sprite_is_there_from_its_start_to_its_end_only() -> None:
    sprite = Sprite(
        content=_box(), x=100, y=80, start=1.0, end=2.0, opacity=(Key(at=1, value=0), Key(at=1.5, value=1, ease=Ease.LINEAR))
    )
    painter = SpritePainter(sprite, Studio(SMALL, lambda ref: pytest.fail(f"opened {ref}")))
    assert [painter.state(t) is None for t in (0.5, 1.0, 1.25, 1.9, 2.0)] == [True, True, False, False, True]
    assert _painted(sprite, 1.25).max() == pytest.approx(219 / 2, abs=3)
