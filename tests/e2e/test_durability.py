"""Kills with real processes: whatever dies, the video ends, and nothing that had ended is made again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from models.ids import video_workflow_id
from tests.e2e.live_stack import LiveStack, stacks

SCRIPT = """---
title: Tides
format: economy
---

## Twice a day

The sea comes and goes, twice a day, on almost every coast.

## The moon

The moon pulls the water on the near side a little more than the ground beneath it.

## The far side

On the far side the ground is pulled away from the water, and a second bulge stays behind.

## The turn

The Earth turns under both bulges, and we call their passing the tide.
"""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LiveStack]:
    yield from stacks(tmp_path)


def ended_activities(stack: LiveStack, video_id: str) -> Counter[str]:
    """How often each activity of the run completed, by name and input."""

    async def read() -> Counter[str]:
        client = await Client.connect(stack.running.temporal_address)
        history = await client.get_workflow_handle(video_workflow_id(video_id)).fetch_history()  # type: ignore[arg-type]
        scheduled = {event.event_id: event.activity_task_scheduled_event_attributes for event in history.events}
        done: Counter[str] = Counter()
        for event in history.events:
            if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                asked = scheduled[event.activity_task_completed_event_attributes.scheduled_event_id]
                done[f"{asked.activity_type.name} {asked.input.payloads[0].data.decode()}"] += 1
        return done

    return asyncio.run(read())


MADE_ONCE = (
    "write_script",
    "speak",
    "find_footage",
    "make_thumbnail",
    "make_captions",
    "plan_film",
    "render_film",
    "check_film",
    "publish",
)


def assert_each_step_ended_once(stack: LiveStack, video_id: str) -> None:
    done = ended_activities(stack, video_id)
    made = {name: count for name, count in done.items() if name.split(" ")[0] in MADE_ONCE}
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
    ],
)
def test_a_killed_process_delays_a_video_and_no_step_is_made_twice(stack: LiveStack, status: str, module: str) -> None:
    video_id = stack.ask(script=SCRIPT)
    stack.until(lambda: stack.video(video_id).get("status") in (status, "published"))
    if module == "workers.render":
        stack.until(lambda: stack.segments() != {} or stack.video(video_id).get("status") == "published")
    before = stack.segments()
    stack.kill(module)
    video = stack.finished(video_id)
    assert video["status"] == "published", video
    assert (Path(video["location"]) / "film.mp4").stat().st_size > 10_000
    assert_each_step_ended_once(stack, video_id)
    after = stack.segments()
    assert {path: after[path] for path in before} == before


def test_after_a_kill_of_everything_the_next_start_finishes_the_video(stack: LiveStack) -> None:
    video_id = stack.ask(script=SCRIPT)
    stack.until(lambda: stack.segments() != {})
    before = stack.segments()
    stack.kill_everything()
    stack.start()
    video = stack.finished(video_id)
    assert video["status"] == "published", video
    after = stack.segments()
    assert {path: after[path] for path in before} == before
    assert_each_step_ended_once(stack, video_id)


def test_a_video_asked_for_while_temporal_is_down_is_accepted_and_made_later(tmp_path: Path) -> None:
    for stack in stacks(tmp_path):
        temporal = next(process for process in stack.child("workers.api").parent().children() if "start-dev" in process.cmdline())  # type: ignore[union-attr]
        temporal.suspend()
        try:
            video_id = stack.ask(script=SCRIPT)
            assert stack.video(video_id)["status"] == "queued"
        finally:
            temporal.resume()
        assert stack.finished(video_id)["status"] == "published"
