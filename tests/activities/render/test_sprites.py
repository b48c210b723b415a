"""Sprites: cut to what shows of them, they look as the whole picture did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from activities.render.layers.base import Studio
from activities.render.layers.sprite import CLEAR, SpritePainter
from activities.render.patches import blend, patch_of
from activities.render.planes import new_planes, yuva_of_rgba
from activities.render.shapes import rasterise_shape
from activities.render.timeline import Output, ShapeContent, Sprite
from models.videos.contracts import ArtifactRef

OUTPUT = Output(width=320, height=180, fps=30, video_rate=1000, audio_rate=128, sample_rate=48000)
SMALL_STAR = ShapeContent(
    shape="path", width=120, height=100, fill="#ff8f6b", path="M0.4 0.55L0.5 0.3L0.6 0.55L0.8 0.6L0.5 0.9L0.2 0.6Z"
)


def _nothing(ref: ArtifactRef) -> Path:
    raise AssertionError(ref)


@pytest.mark.parametrize("at", [(40.0, 30.0), (41.0, 31.0), (-30.0, -20.0), (290.0, 150.0)])
def test_a_sprite_that_is_cut_to_what_shows_looks_as_the_whole_one(at: tuple[float, float]) -> None:
    painter = SpritePainter(Sprite(content=SMALL_STAR, x=at[0], y=at[1]), Studio(OUTPUT, _nothing))
    whole = yuva_of_rgba(rasterise_shape(SMALL_STAR))
    assert painter._drawn is not None
    assert painter._drawn.yuva.size < 0.6 * whole.size and painter._drawn.left + CLEAR >= 20
    cut, full = new_planes(320, 180), new_planes(320, 180)
    for picture in (cut, full):
        picture.fill((60, 120, 140))
    painter.paint(cut, 0.0)
    blend(full, patch_of(whole, int(at[0]), int(at[1])))
    for one, other in zip(cut.each(), full.each(), strict=True):
        assert np.array_equal(one, other)


def test_nothing_at_all_is_a_sprite_too() -> None:
    clear = ShapeContent(shape="rectangle", width=50, height=40, fill="#00000000")
    picture = new_planes(320, 180)
    picture.fill((60, 120, 140))
    SpritePainter(Sprite(content=clear, x=10, y=10), Studio(OUTPUT, _nothing)).paint(picture, 0.0)
    assert int(picture.y.min()) == int(picture.y.max()) == 60
