"""Kills with real processes: whatever dies, the video ends, and nothing that had ended is made again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx
import pytest

from benchmarks.kills import drill
from tests.e2e.live_stack import LiveStack, script_of, stacks


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    yield from stacks(tmp_path_factory.mktemp("stack"))


def assert_each_step_ended_once(stack: LiveStack, video_id: str) -> None:
    made = stack.ended_steps(video_id)
    assert made, "no step ended at all"
    assert set(made.values()) == {1}, made


@pytest.mark.parametrize(
    ("status", "module"),
    [
        ("scripting", "workers.control"),
        ("producing", "workers.control"),
        ("rendering", "workers.render"),
        ("checking", "workers.render"),
        ("rendering", "workers.api"),
        ("rendering", "workers.forking"),
    ],
)
def test_a_killed_process_delays_a_video_and_no_step_is_made_twice(stack: LiveStack, status: str, module: str) -> None:
    others = stack.segments()
    video_id = stack.ask(script=script_of(f"Kill of {module.removeprefix('workers.')} while {status}"))
    stack.until(lambda: stack.video(video_id).get("status") in (status, "published"))
    if status == "rendering":
        stack.until(lambda: len(stack.segments()) > len(others))
    before = stack.segments()
    stack.kill(module)
    video = stack.finished(video_id)
    assert video["status"] == "published", video
    assert (Path(video["location"]) / "film.mp4").stat().st_size > 10_000
    assert_each_step_ended_once(stack, video_id)
    after = stack.segments()
    assert {path: after[path] for path in before} == before


def test_after_a_kill_of_everything_the_next_start_finishes_the_video(stack: LiveStack) -> None:
    others = stack.segments()
    video_id = stack.ask(script=script_of("Kill of everything"))
    stack.until(lambda: len(stack.segments()) > len(others))
    before = stack.segments()
    stack.kill_everything()
    stack.start()
    video = stack.finished(video_id)
    assert video["status"] == "published", video
    after = stack.segments()
    assert {path: after[path] for path in before} == before
    assert_each_step_ended_once(stack, video_id)


def test_a_video_outlives_kills_of_anything_at_moments_that_nobody_chose(stack: LiveStack) -> None:
    assert drill(stack, "Kills at random", kills=5, random=Random(7)) == []


def test_a_video_asked_for_while_temporal_is_down_is_accepted_and_made_later(stack: LiveStack) -> None:
    temporal = next(process for process in stack.family() if "start-dev" in process.cmdline())
    temporal.suspend()
    try:
        video_id = stack.ask(script=script_of("Temporal away"))
        assert stack.video(video_id)["status"] == "queued"
    finally:
        temporal.resume()
    assert stack.finished(video_id)["status"] == "published"


def test_a_database_that_cannot_start_is_tried_again_and_takes_nothing_else_down(stack: LiveStack) -> None:
    def listed() -> int:
        with contextlib.suppress(httpx.TransportError), stack.client() as client:
            return client.get("/videos").status_code
        return 0

    broken = stack.data / "postgres" / "cluster" / "postgresql.auto.conf"
    whole = broken.read_text()
    others = [stack.child(name).pid for name in ("workers.api", "workers.control", "workers.render", "start-dev")]
    broken.write_text("no_such_parameter = 1")
    try:
        stack.kill_database()
        stack.until(lambda: "cannot be started again" in (stack.folder / "up.log").read_text())
        assert listed() == 503
    finally:
        broken.write_text(whole)
    stack.until(lambda: listed() == 200)
    assert {process.pid for process in stack.family()} >= set(others)


def test_two_stacks_over_one_folder_are_refused_in_words(stack: LiveStack) -> None:
    done = stack.run("up")
    assert done.returncode == 1
    assert "Another stack already runs" in done.stderr
    assert "Traceback" not in done.stderr
