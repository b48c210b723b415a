"""A short stays under its minute."""

from __future__ import annotations

import pytest

from models.videos.contracts import VideoFormat, VideoRequest
from workflows.production import batches, fitting_tempo


@pytest.mark.parametrize(
    ("format", "seconds", "tempo"),
    [
        (VideoFormat.SHORT, 59.4, 1.0),
        (VideoFormat.SHORT, 61.0, 1.03),
        (VideoFormat.SHORT, 90.0, 1.3),
        (VideoFormat.STANDARD, 900.0, 1.0),
    ],
)
def test_a_short_that_is_too_long_is_spoken_faster_and_nothing_else_is(format: VideoFormat, seconds: float, tempo: float) -> None:
    assert fitting_tempo(VideoRequest(topic="tides", format=format), seconds) == tempo
    assert format is not VideoFormat.SHORT or tempo == 1.3 or seconds / tempo <= 59.5


@pytest.mark.parametrize(("scenes", "runs"), [(1, 1), (4, 1), (5, 2), (20, 5), (64, 16), (150, 15), (1000, 16)])
def test_scenes_go_in_runs_that_cover_each_scene_once(scenes: int, runs: int) -> None:
    made = batches(scenes)
    assert [scene for batch in made for scene in batch] == list(range(scenes))
    assert len(made) == runs <= 16
