"""Yesterday's runs go on with today's code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workers.flows import WORKFLOWS
from workers.replay import read_history, replay_one, stored_histories


@pytest.mark.parametrize("path", stored_histories(), ids=lambda path: path.stem)
async def test_a_stored_history_replays_with_the_code_of_today(path: Path) -> None:
    assert await replay_one(read_history(path)) == ""


def test_every_workflow_has_a_history() -> None:
    kept = {
        read_history(path).events[0].workflow_execution_started_event_attributes.workflow_type.name for path in stored_histories()
    }
    assert kept >= {flow.__name__ for flow in WORKFLOWS}


def test_every_story_of_a_video_has_a_history() -> None:
    names = {path.stem for path in stored_histories()}
    assert {
        "video_published",
        "video_approved_after_an_edit",
        "video_parked_by_the_switch",
        "video_cancelled",
        "video_nobody_decided",
        "video_scheduled",
    } <= names


async def test_a_history_that_does_not_fit_is_told_apart(tmp_path: Path) -> None:
    history = json.loads(next(path for path in stored_histories() if path.stem == "video_published").read_text())
    for event in history["events"]:
        asked = event.get("activityTaskScheduledEventAttributes")
        if asked and asked["activityType"]["name"] == "choose_providers":
            asked["activityType"]["name"] = "something_else"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(history))
    assert await replay_one(read_history(other)) != ""
