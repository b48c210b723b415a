"""A crop keeps what matters: people, what is sharp, what differs, what moves."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from activities.footage.focus import MIDDLE, focus_of
from activities.footage.media import look_at
from activities.render.designs import Frame, Timing, take_layers
from activities.render.timeline import Clip, Still
from models.videos.contracts import ArtifactRef, SceneDesign, SceneKind, Take
from models.videos.palettes import PALETTES

Picture = NDArray[np.uint8]
PLACES = [(0.2, 0.4), (0.8, 0.5), (0.5, 0.3), (0.78, 0.7)]


def ground(seed: int = 1) -> NDArray[np.float32]:
    """A soft backdrop of many dull colours."""
    rough = np.random.default_rng(seed).uniform(60, 150, (6, 10, 3)).astype(np.float32)
    return np.asarray(cv2.resize(rough, (640, 360), interpolation=cv2.INTER_CUBIC), np.float32)


def person(x: float, y: float) -> Picture:
    picture, (across, down), radius = ground(), (int(x * 640), int(y * 360)), 40
    cv2.ellipse(picture, (across, down + 104), (60, 64), 0, 0, 360, (40, 60, 120), -1)
    cv2.ellipse(picture, (across, down), (radius, 52), 0, 0, 360, (215, 165, 135), -1)
    for side in (-13, 13):
        cv2.circle(picture, (across + side, down - 10), 5, (40, 30, 30), -1)
    return np.clip(picture, 0, 255).astype(np.uint8)


def sharp(x: float, y: float) -> Picture:
    rng = np.random.default_rng(2)
    picture = np.asarray(cv2.GaussianBlur(rng.uniform(0, 255, (360, 640, 3)).astype(np.float32), (0, 0), 12)) * 4 - 384
    top, left = int(y * 360) - 40, int(x * 640) - 40
    picture[top : top + 80, left : left + 80] = rng.uniform(40, 210, (80, 80, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def colourful(x: float, y: float) -> Picture:
    picture = ground(3)
    cv2.circle(picture, (int(x * 640), int(y * 360)), 36, (240, 60, 40), -1)
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("make", [person, sharp, colourful])
@pytest.mark.parametrize("place", PLACES)
def test_the_focus_is_on_what_stands_out(make: object, place: tuple[float, float]) -> None:
    x, y, _ = focus_of([make(*place)])  # type: ignore[operator]
    assert abs(x - place[0]) < 0.1
    assert abs(y - place[1]) < 0.18


def test_what_moves_is_the_focus_of_a_clip() -> None:
    still = np.clip(ground(4), 0, 255).astype(np.uint8)
    pictures = []
    for step in (0, 30):
        picture = still.copy()
        cv2.rectangle(picture, (100 + step, 230), (150 + step, 290), (105, 105, 105), -1)
        pictures.append(picture)
    assert focus_of(pictures)[0] < 0.4


def test_where_nothing_stands_out_it_is_the_middle() -> None:
    assert focus_of([np.full((90, 160, 3), 90, np.uint8)]) == MIDDLE
    assert focus_of([]) == MIDDLE


def test_an_operators_picture_is_looked_at_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Image.fromarray(np.ascontiguousarray(np.rot90(person(0.2, 0.4)))).save(tmp_path / "turned.jpg", exif=exif)
    facts = look_at(tmp_path / "turned.jpg", "turned.jpg")
    assert (facts.width, facts.height) == (640, 360)
    assert abs(facts.focus[0] - 0.2) < 0.1


@pytest.mark.parametrize("kind", ["clip", "still"])
def test_the_camera_stays_about_the_focus(kind: str) -> None:
    media = ArtifactRef(kind="media", digest="a" * 64, media_type="x", size=1)
    design = SceneDesign(kind=SceneKind.CLIP, seed=1, palette=PALETTES["general"][0])
    take = Take(scene=0, kind=kind, media=media, design=design, width=1920, height=1080, seconds=9, focus_x=0.2, focus_y=0.7)  # type: ignore[arg-type]
    layer = take_layers(take, Frame(640, 360), Timing(5.0))[0]
    if isinstance(layer, Clip):
        assert (layer.focus_x, layer.focus_y) == (0.2, 0.7)
    else:
        assert isinstance(layer, Still)
        assert all(abs(key.value - 0.2) <= 0.11 for key in layer.camera.x)
        assert all(abs(key.value - 0.7) <= 0.09 for key in layer.camera.y)
