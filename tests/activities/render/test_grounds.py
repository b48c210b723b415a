"""Grounds: what lies on one moves with it, and a pan goes by quarters of a pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from activities.render.camera import MARGIN
from activities.render.easing import drifting_value
from activities.render.layers.base import Studio
from activities.render.layers.gradient import GradientPainter
from activities.render.planes import Image, new_planes, take
from activities.render.timeline import Camera, Gradient, GroundShape, Key, Output, ShapeContent
from models.videos.contracts import ArtifactRef

SIZE = (320, 180)
OUTPUT = Output(width=SIZE[0], height=SIZE[1], fps=30, video_rate=1000, audio_rate=128, sample_rate=48000)
SQUARE = ShapeContent(shape="rectangle", width=40, height=30, fill="#ffffff")


def _studio() -> Studio:
    def nothing(ref: ArtifactRef) -> Path:
        raise AssertionError(ref)

    return Studio(OUTPUT, nothing)


def _ground(camera: Camera, **more: Any) -> Gradient:
    return Gradient(seed=3, colours=("#101820", "#182430"), style="mesh", camera=camera, **more)


def _luma(painter: GradientPainter, t: float) -> Image:
    picture = new_planes(*SIZE)
    painter.paint(picture, t)
    return picture.y


def _white(luma: Image) -> tuple[int, int, int, int]:
    """First and last row, first and last column of what is white."""
    rows, columns = np.flatnonzero((luma > 200).any(axis=1)), np.flatnonzero((luma > 200).any(axis=0))
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


@pytest.mark.parametrize(
    "camera",
    [
        Camera(),
        Camera(zoom=(Key(at=0, value=1.5),), x=(Key(at=0, value=0.4), Key(at=2, value=0.6))),
        Camera(zoom=(Key(at=0, value=1.0), Key(at=2, value=1.0001))),
    ],
    ids=["still", "pan", "zoom"],
)
def test_a_shape_lies_where_it_was_put_while_the_camera_looks_at_the_middle(camera: Camera) -> None:
    painter = GradientPainter(_ground(camera, shapes=(GroundShape(content=SQUARE, x=200, y=60),)), _studio())
    assert _white(_luma(painter, 1.0)) == pytest.approx((60, 89, 200, 239), abs=1)


def test_a_shape_moves_with_its_ground() -> None:
    camera = Camera(zoom=(Key(at=0, value=1.5),), x=(Key(at=0, value=0.4), Key(at=2, value=0.6)))
    painter = GradientPainter(_ground(camera, shapes=(GroundShape(content=SQUARE, x=200, y=60),)), _studio())
    first, last = (_white(_luma(painter, t))[2] for t in (0.0, 2.0))
    assert first - last == pytest.approx(0.2 * 480, abs=2), "a fifth of a ground that is half as wide again as the frame"


def test_a_pan_shows_the_ground_to_an_eighth_of_a_pixel_and_equal_quarters_once() -> None:
    camera = Camera(zoom=(Key(at=0, value=1.06),), x=(Key(at=0, value=0.49), Key(at=4, value=0.51)))
    painter = GradientPainter(_ground(camera, grain=0.05), _studio())
    planes = painter._ground.canvas.planes
    exact, states = np.empty((SIZE[1], SIZE[0]), np.uint8), []
    wide = painter._ground.canvas.size[0]
    for frame in range(120):
        t = frame / 30
        place = painter._view(t).x
        assert abs(place - (drifting_value(camera.x, t, 0.5) * wide - SIZE[0] / 2)) <= 0.125
        take(exact, planes.y, place + MARGIN, painter._view(t).y + MARGIN)
        assert np.abs(_luma(painter, t).astype(int) - exact).max() <= 1
        states.append(painter.state(t))
    assert len(set(states)) < 40, "it moves by seven pixels"
