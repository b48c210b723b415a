"""The render step in Temporal's activity environment: progress, cancellation, what is kept and what is used again."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from temporalio.exceptions import CancelledError
from temporalio.testing import ActivityEnvironment

from activities.artifacts import ArtifactStore
from activities.render.activity import RenderActivity
from activities.render.encode import trial
from activities.render.gpu import GpuSlots
from activities.render.timeline import Timeline
from models.errors import MediaError, ProviderError
from models.videos.contracts import RenderTask, VideoInput, VideoRequest
from models.videos.finishing import RenderProgress
from tests.activities.render.films import SMALL, film, ground, moving, new_store, segments_in, still, title


def _task(store: ArtifactStore, timeline: Timeline) -> RenderTask:
    video = VideoInput(video_id=uuid4(), user_id=uuid4(), channel_id=uuid4(), request=VideoRequest(topic="sky"))
    return RenderTask(video=video, timeline=store.put_content("timeline", timeline.model_dump_json().encode()))


def _long_film(scenes: int = 40) -> Timeline:
    output = SMALL.model_copy(update={"width": 640, "height": 360})
    return film([[moving(seed), title()] for seed in range(scenes)], frames=60, output=output)


def test_a_film_is_made_once_and_then_found(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    task = _task(store, film([[ground(1)], [ground(2)]], kind="crossfade"))
    step = RenderActivity(store, tmp_path / "work")
    (tmp_path / "work" / f"render-{task.video.video_id}-killed").mkdir(parents=True)
    made = ActivityEnvironment().run(step.render_film, task)
    assert (made.segments, made.segments_reused, made.encoder, made.seconds) == (2, 0, "libx264", 1.0)
    assert store.find("film", made.film.digest) is not None
    assert list((tmp_path / "work").iterdir()) == []
    again = ActivityEnvironment().run(step.render_film, task)
    assert again.film == made.film and again.segments_reused == 2


def test_a_cancelled_render_stops_keeps_its_segments_and_cleans_up(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    task = _task(store, _long_film())
    step = RenderActivity(store, tmp_path / "work")
    environment = ActivityEnvironment()
    ended: list[BaseException] = []

    def run() -> None:
        try:
            environment.run(step.render_film, task)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    _wait(lambda: len(segments_in(tmp_path)) >= 2)
    environment.cancel()
    thread.join()
    assert [type(error) for error in ended] == [CancelledError]
    kept = len(segments_in(tmp_path))
    assert 2 <= kept < 40
    assert list((tmp_path / "work").iterdir()) == []


def test_progress_is_told_by_heartbeats_and_to_people(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    beats: list[RenderProgress] = []
    told: list[tuple[UUID, int, int]] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details[0])
    task = _task(store, _long_film())
    seen = threading.Event()

    def report(video: UUID, done: int, total: int) -> None:
        told.append((video, done, total))
        seen.set()

    step = RenderActivity(store, tmp_path / "work", report=report)
    thread = threading.Thread(target=lambda: _quietly(environment, step, task))
    thread.start()
    assert seen.wait(60)
    environment.cancel()
    thread.join()
    assert beats[-1].segments == 40 and beats[-1].seconds == 80.0
    assert [beat.seconds_done for beat in beats] == sorted(beat.seconds_done for beat in beats)
    assert told[0][0] == task.video.video_id and told[0][2] == 80


def _quietly(environment: ActivityEnvironment, step: RenderActivity, task: RenderTask) -> None:
    with pytest.raises(CancelledError):
        environment.run(step.render_film, task)


def test_a_broken_picture_is_told_as_it_is(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    task = _task(store, film([[still(store.put_content("media", b"nothing"))]]))
    with pytest.raises(MediaError, match=r"photo\.png"):
        ActivityEnvironment().run(RenderActivity(store, tmp_path / "work").render_film, task)
    assert list((tmp_path / "work").iterdir()) == []


def test_a_gpu_that_cannot_encode_hands_the_film_back_with_the_reason(tmp_path: Path) -> None:
    if trial("h264_nvenc") is None:
        pytest.skip("this machine has NVENC")
    store = new_store(tmp_path)
    slots = GpuSlots(tmp_path / "slots", used=lambda: 0.0)
    step = RenderActivity(store, tmp_path / "work", encoder="h264_nvenc", slots=slots)
    with pytest.raises(ProviderError, match="does not open"):
        ActivityEnvironment().run(step.render_film, _task(store, film([[ground(1)]])))
    with slots.take(0.0):
        assert segments_in(tmp_path) == set()


def _wait(until: object) -> None:
    for _ in range(1200):
        if until():  # type: ignore[operator]
            return
        time.sleep(0.05)
    pytest.fail("it never came")
