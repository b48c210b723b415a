"""The life of a video: approval, edits, cancelling, parking, with real steps and time that skips."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import WorkflowUpdateFailedError

from models.ids import new_id
from models.settings import Settings
from models.videos.contracts import VideoOutcome
from models.videos.decisions import BudgetRaise, Decision, ScriptEdit, SkipStep
from models.videos.status import ParkReason, Step, VideoStatus
from tests.workflows.factory import SCRIPT, Factory, Handle, factory
from workflows.video import VideoWorkflow

BY = Decision(by=new_id(), reason="a test says so")


@pytest_asyncio.fixture
async def running(database_address: str, tmp_path: Path, shared_artifacts: str) -> AsyncIterator[Factory]:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=database_address,  # type: ignore[arg-type]
        data_dir=tmp_path / "data",
        films_dir=tmp_path / "films",
        artifact_url=shared_artifacts,
    )
    async with factory(settings) as made:
        yield made


async def outcome(handle: Handle) -> VideoOutcome:
    return await handle.result()


async def test_a_video_is_made_and_published_and_its_row_tells_so(running: Factory) -> None:
    handle = await running.ask()
    end = await outcome(handle)
    assert end.status == "published"
    folder = Path(end.location)
    assert {path.name for path in folder.iterdir()} >= {
        "film.mp4",
        "thumbnail.jpg",
        "captions.srt",
        "captions.vtt",
        "description.txt",
    }
    row = await running.row(handle)
    assert (row.status, row.title, row.location) == ("published", "Tides", str(folder))
    told = await running.events(handle)
    states = [kind for kind in told if kind in {f"video.{status.value}" for status in VideoStatus}]
    assert states == [
        f"video.{name}" for name in ("queued", "scripting", "producing", "rendering", "checking", "publishing", "published")
    ]


async def test_a_video_that_is_not_to_be_published_ends_as_completed(running: Factory) -> None:
    handle = await running.ask(publish=False)
    assert (await outcome(handle)).status == "completed"
    assert "publish" not in await running.activities(handle)


async def test_nothing_is_published_before_a_person_approves(running: Factory) -> None:
    handle = await running.ask(auto_publish=False)
    await running.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    assert "publish" not in await running.activities(handle)
    await handle.execute_update(VideoWorkflow.approve, BY)
    assert (await outcome(handle)).status == "published"


async def test_a_rejected_video_is_never_published(running: Factory) -> None:
    handle = await running.ask(auto_publish=False)
    await running.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    await handle.execute_update(VideoWorkflow.reject, BY)
    end = await outcome(handle)
    assert (end.status, end.detail) == ("rejected", BY.reason)
    assert "publish" not in await running.activities(handle)


async def test_a_decision_that_does_not_fit_is_refused_in_words(running: Factory) -> None:
    handle = await running.ask(auto_publish=False)
    await running.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update(VideoWorkflow.retry, BY)
    assert "It is not parked." in str(refused.value.cause)
    await handle.execute_update(VideoWorkflow.cancel, BY)
    assert (await outcome(handle)).status == "cancelled"


async def test_an_edited_script_is_filmed_and_scenes_that_stayed_are_not_rendered_again(running: Factory) -> None:
    handle = await running.ask(auto_publish=False)
    await running.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    edited = SCRIPT.replace("twice a day", "twice every day")
    ref = running.wiring.store.put_content("source-script", edited.encode())
    await handle.execute_update(VideoWorkflow.edit_script, ScriptEdit(by=BY.by, script=ref))
    await running.until(handle, lambda state: state.status is not VideoStatus.AWAITING_APPROVAL)
    await running.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    await handle.execute_update(VideoWorkflow.approve, BY)
    end = await outcome(handle)
    assert "twice every day" in (Path(end.location) / "captions.srt").read_text().replace("\n", " ")


async def test_a_video_parked_by_the_pause_switch_goes_on_by_itself_after_the_resume(running: Factory) -> None:
    await running.wiring.pause("maintenance")
    handle = await running.ask()
    state = await running.until_status(handle, VideoStatus.PARKED)
    assert state.parked is not None
    assert (state.parked.reason, state.parked.until is not None) == (ParkReason.PAUSED, True)
    assert (await running.row_as(handle, "parked")).park_reason == "paused"
    await running.wiring.resume()
    assert (await outcome(handle)).status == "published"


async def test_a_script_that_cannot_be_filmed_parks_for_a_person_who_edits_it(running: Factory) -> None:
    handle = await running.ask(script="---\ntitle: Nothing\n---\n")
    state = await running.until_status(handle, VideoStatus.PARKED)
    assert state.parked is not None
    assert (state.parked.reason, state.parked.step) == (ParkReason.PERSON, Step.SCRIPT)
    assert "no text to read aloud" in state.parked.detail
    ref = running.wiring.store.put_content("source-script", SCRIPT.encode())
    await handle.execute_update(VideoWorkflow.edit_script, ScriptEdit(by=BY.by, script=ref))
    assert (await outcome(handle)).status == "published"


async def test_nobody_deciding_for_a_month_ends_the_video_as_failed(running: Factory) -> None:
    handle = await running.ask(script="---\ntitle: Nothing\n---\n")
    end = await outcome(handle)
    assert end.status == "failed"
    assert "30 days" in end.detail
    assert (await running.row(handle)).status == "failed"


async def test_a_step_that_did_not_park_cannot_be_skipped_and_a_budget_cannot_shrink_below_what_is_spent(running: Factory) -> None:
    handle = await running.ask(auto_publish=False)
    await running.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update(VideoWorkflow.skip, SkipStep(by=BY.by, step=Step.QUALITY))
    assert "not parked at the step quality" in str(refused.value.cause)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update(VideoWorkflow.raise_budget, BudgetRaise(by=BY.by, cap=Decimal(0)))
    assert "more than" in str(refused.value.cause)
    await handle.cancel()
    assert (await outcome(handle)).status == "cancelled"


async def test_the_history_of_a_film_stays_far_under_the_limit(running: Factory) -> None:
    handle = await running.ask()
    await outcome(handle)
    history = await handle.fetch_history()
    assert len(history.events) < 300
    assert sum(event.ByteSize() for event in history.events) < 200_000
