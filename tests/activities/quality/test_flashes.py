"""Flashes that are dangerous for some viewers are found in what was rendered, wherever they came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from obstore.store import MemoryStore

from activities.artifacts import ArtifactStore
from activities.quality.film import PyavInspector
from activities.quality.flashes import FlashWatch
from activities.quality.judge import judge
from activities.render.encode import EncoderSettings
from activities.render.engine import render_film
from activities.render.timeline import CaptionPages, Clip, Gradient, Output, Scene, Timeline
from models.videos.contracts import VideoFormat
from tests.activities.quality.films import Film, moving

GREEN_RED = {"red": (63, 102, 240), "green": (63, 98, 90)}
"""Y, Cb, Cr of a saturated red and of a green of the same luma."""


def plane(value: int, part: float = 1.0, other: int = 128) -> np.ndarray:
    found = np.full((90, 160), other, np.uint8)
    found[:, : round(160 * part)] = value
    return found


def seen(watch: FlashWatch, changes: float, part: float = 1.0, low: int = 60, high: int = 180) -> bool:
    """Whether two seconds of a picture that changes so often a second between two greys are dangerous."""
    grey = plane(128)
    found = [
        watch.see(frame / 60, plane((low, high)[int(frame / 60 * changes) % 2], part, low), grey, grey) for frame in range(120)
    ]
    return any(since is not None for since in found)


@pytest.mark.parametrize(
    ("changes", "part", "greys", "dangerous"),
    [
        (8, 1.0, (60, 180), True),
        (6, 1.0, (60, 180), False),  # three flashes a second
        (8, 0.2, (60, 180), False),  # under a quarter of the picture
        (8, 0.3, (60, 180), True),
        (8, 1.0, (60, 70), False),  # less than a tenth of full luminance
        (8, 1.0, (220, 235), False),  # the darker side is bright
    ],
)
def test_more_than_three_a_second_on_a_quarter_of_the_picture_are_dangerous(
    changes: float, part: float, greys: tuple[int, int], dangerous: bool
) -> None:
    assert seen(FlashWatch(), changes, part, *greys) is dangerous


@pytest.mark.parametrize(("colours", "dangerous"), [(("red", "green"), True), (("green", "green"), False)])
def test_a_saturated_red_flashes_even_where_the_brightness_stays(colours: tuple[str, str], dangerous: bool) -> None:
    watch = FlashWatch()
    found = False
    for frame in range(60):
        y, u, v = GREEN_RED[colours[frame // 4 % 2]]
        found |= watch.see(frame / 30, plane(y), plane(u), plane(v)) is not None
    assert found is dangerous
    assert (watch.worst > 3) is dangerous


def test_a_clip_of_the_operators_that_flashes_is_refused_with_its_scene_and_time(tmp_path: Path) -> None:
    store = ArtifactStore(MemoryStore(), tmp_path / "cache")

    def picture(frame: int) -> np.ndarray:
        return moving(frame) if frame < 15 else np.full((90, 160), (40, 210)[frame // 3 % 2], np.uint8)

    strobe = Film(seconds=2, picture=picture)
    clip = store.put_content("media", strobe.write(tmp_path / "strobe.mp4").read_bytes(), "video/mp4")
    calm = Scene(index=0, first_frame=0, frames=30, layers=(Gradient(seed=1, colours=("#102030", "#8090a0")),))
    shown = Scene(index=1, first_frame=30, frames=60, layers=(Clip(media=clip),))
    timeline = Timeline(
        title="t", output=Output(width=160, height=90, fps=30, video_rate=500, audio_rate=128), scenes=(calm, shown)
    )
    film = tmp_path / "film.mp4"
    render_film(timeline, store, None, film, encoder=EncoderSettings())
    report = judge(PyavInspector(1).inspect(film, [], lambda _: None), timeline, CaptionPages(), VideoFormat.ECONOMY)
    assert not report.passed
    found = next(problem for problem in report.problems if problem.check == "flash")
    assert "in the clip of scene 2" in found.message and "from 0:01" in found.message
    assert found.start == pytest.approx(1.6, abs=0.2) and found.end == pytest.approx(3.0, abs=0.2)
    assert report.measured["flashes_a_second"] >= 4
