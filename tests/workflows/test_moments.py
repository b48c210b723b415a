"""Two things in one moment of a video's life: decisions beside decisions, and beside what the run was about to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.common import RetryPolicy

from activities.records import Records
from models.costs.contracts import Decision as Money
from models.costs.contracts import Verdict
from models.errors import Misconfigured
from models.ids import new_id
from models.settings import Settings
from models.system.outbox import OutboxStore
from models.videos.contracts import VideoRequest
from models.videos.decisions import Decision, ScriptEdit, SkipStep
from models.videos.finishing import Problem, QualityReport
from models.videos.publishing import Confirmation, Extra, Visibility
from models.videos.status import ParkReason, Step, VideoStatus
from models.videos.waking import WAKE_PARKED, WakeTask
from tests.workflows.factory import SCRIPT, Handle
from tests.workflows.moments import Scene, Studio, going_cheap, raise_misconfigured, so_many, studio, tasks_of
from workers import outbox
from workflows import policies
from workflows.video import VideoWorkflow

BY = Decision(by=new_id(), reason="a test says so")
SEEN_FIRST = VideoRequest(topic="Tides", auto_publish=False)


@pytest_asyncio.fixture
async def made(settings: Settings, client: Client) -> AsyncIterator[Studio]:
    async with studio(settings, client) as made, made.hands():
        yield made


REFUSED = QualityReport(
    passed=False, score=10.0, problems=(Problem(check="black", message="It is black.", fatal=True),), parts={}, measured={}
)


def refused(answer: object) -> bool:
    """Whether an update was refused in words."""
    return isinstance(answer, WorkflowUpdateFailedError)


def holding(gate: asyncio.Event, *statuses: VideoStatus) -> Scene:
    """The writing of these states waits for `gate`."""

    async def hold(records: Records) -> None:
        if any(entry.status is not None and entry.status.status in statuses for entry in records.entries):
            await gate.wait()

    return hold


async def another_script(made: Studio) -> ScriptEdit:
    ref = await asyncio.to_thread(made.wiring.store.put_content, "source-script", SCRIPT.encode())
    return ScriptEdit(by=BY.by, script=ref)


async def made_anew(made: Studio, handle: Handle) -> None:
    """Return when the film awaits approval a second time."""
    for _ in range(600):
        if made.staged.asked["write_metadata"] == 2:
            await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it was not made anew")


async def test_an_approval_in_the_moment_of_an_edit_is_not_for_the_film_that_nobody_saw(made: Studio) -> None:
    handle = await made.start(SEEN_FIRST)
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    edited, _ = await made.in_one_moment(
        handle, (VideoWorkflow.edit_script, await another_script(made)), (VideoWorkflow.approve, BY)
    )
    assert not refused(edited)
    await made_anew(made, handle)
    assert "publish" not in await made.activities(handle)
    await handle.execute_update(VideoWorkflow.approve, BY)
    assert (await handle.result()).status == "published"


async def test_a_skip_in_the_moment_of_an_edit_is_not_for_the_film_that_is_not_made_yet(made: Studio) -> None:
    async def black(_: object) -> QualityReport:
        return REFUSED

    made.staged.instead["check_film"] = black
    handle = await made.start(VideoRequest(topic="Tides"))
    await made.until_status(handle, VideoStatus.PARKED)
    edited, _ = await made.in_one_moment(
        handle,
        (VideoWorkflow.edit_script, await another_script(made)),
        (VideoWorkflow.skip, SkipStep(by=BY.by, step=Step.QUALITY)),
    )
    assert not refused(edited)
    await so_many(handle, "timer_started_event_attributes", 2)
    assert (await handle.query(VideoWorkflow.state)).status is VideoStatus.PARKED
    assert "publish" not in await made.activities(handle)
    await handle.execute_update(VideoWorkflow.cancel, BY)
    assert (await handle.result()).status == "cancelled"


async def test_a_film_that_did_not_pass_its_check_is_published_when_a_person_says_so(made: Studio) -> None:
    async def black(_: object) -> QualityReport:
        return REFUSED

    made.staged.instead["check_film"] = black
    handle = await made.start(VideoRequest(topic="Tides"))
    state = await made.until_status(handle, VideoStatus.PARKED)
    assert state.parked is not None and state.parked.step is Step.QUALITY and "skip the check" in state.parked.hint
    await handle.execute_update(VideoWorkflow.skip, SkipStep(by=BY.by, step=Step.QUALITY))
    assert (await handle.result()).status == "published"
    assert made.staged.asked["render_film"] == 1


@pytest.mark.parametrize("other", ["approve", "edit_script", "reject"])
async def test_of_two_decisions_in_one_moment_none_is_taken_that_is_not_carried_out(made: Studio, other: str) -> None:
    handle = await made.start(SEEN_FIRST)
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    decision = await another_script(made) if other == "edit_script" else BY
    cancelled, answer = await made.in_one_moment(handle, (VideoWorkflow.cancel, BY), (other, decision))
    if other == "reject":
        assert refused(cancelled) != refused(answer)
    assert (await handle.result()).status == ("rejected" if refused(cancelled) else "cancelled")


async def test_a_rejected_film_is_not_made_anew_and_one_that_is_made_anew_is_not_rejected(made: Studio) -> None:
    handle = await made.start(SEEN_FIRST)
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    rejected, edited = await made.in_one_moment(
        handle, (VideoWorkflow.reject, BY), (VideoWorkflow.edit_script, await another_script(made))
    )
    assert refused(rejected) != refused(edited)
    if refused(rejected):
        await made_anew(made, handle)
        await handle.execute_update(VideoWorkflow.reject, BY)
    assert (await handle.result()).status == "rejected"


async def test_a_step_without_another_provider_that_was_lost_too_often_parks(made: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    too_long = asyncio.Event()

    async def hang(_: object) -> None:
        await too_long.wait()

    with monkeypatch.context() as short:
        short.setattr(
            policies,
            "QUALITY",
            replace(policies.QUALITY, once=timedelta(seconds=1), retry=RetryPolicy(maximum_attempts=2)),
        )
        made.staged.before["check_film"] = hang
        handle = await made.start(VideoRequest(topic="Tides"))
        state = await made.until(handle, lambda now: now.parked is not None)
    assert state.parked is not None
    assert (state.parked.step, state.parked.reason, state.parked.until is not None) == (Step.QUALITY, ParkReason.PROVIDER, True)
    made.staged.before.clear()
    too_long.set()
    await handle.execute_update(VideoWorkflow.retry, BY)
    assert (await handle.result()).status == "published"


@pytest.mark.parametrize("by", ["a person", "Temporal"])
async def test_a_cancelling_while_a_long_history_is_closed_is_not_forgotten(
    made: Studio, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(policies, "LONG_HISTORY", 1)
    written = asyncio.Event()
    made.staged.before["write_script"] = raise_misconfigured
    made.staged.before["record"] = holding(written, VideoStatus.PARKED)
    handle = await made.start(VideoRequest(topic="Tides"))
    await made.until_status(handle, VideoStatus.PARKED)
    await handle.execute_update(VideoWorkflow.retry, BY)
    if by == "a person":
        await handle.execute_update(VideoWorkflow.cancel, BY)
    else:
        await handle.cancel()
        await so_many(handle, "workflow_execution_cancel_requested_event_attributes", 1)
    written.set()
    assert (await asyncio.wait_for(handle.result(), 40)).status == "cancelled"
    assert (await made.row(handle)).status == "cancelled"


async def test_a_cancelling_in_temporal_in_the_moment_a_step_fails_is_not_lost(made: Studio) -> None:
    reached, going = asyncio.Event(), asyncio.Event()

    async def fail(_: object) -> None:
        reached.set()
        await going.wait()
        raise Misconfigured("A test broke it.")

    made.staged.before["write_script"] = fail
    handle = await made.start(VideoRequest(topic="Tides"))
    await asyncio.wait_for(reached.wait(), 60)
    await made.halt()
    going.set()
    await so_many(handle, "activity_task_failed_event_attributes", 1)
    await handle.cancel()
    await made.begin()
    assert (await asyncio.wait_for(handle.result(), 40)).status == "cancelled"
    assert (await made.row(handle)).status == "cancelled"


@pytest.mark.parametrize("end", ["completed", "cancelled"])
async def test_an_end_that_is_being_written_down_is_not_changed_by_a_cancelling_in_temporal(made: Studio, end: str) -> None:
    written = asyncio.Event()
    made.staged.before["record"] = holding(written, VideoStatus(end))
    if end == "cancelled":
        handle = await made.start(SEEN_FIRST)
        await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
        await handle.execute_update(VideoWorkflow.cancel, BY)
    else:
        handle = await made.start(VideoRequest(topic="Tides", publish=False))
    await made.until_status(handle, VideoStatus(end))
    tasks = await tasks_of(handle)
    await handle.cancel()
    await so_many(handle, "workflow_task_completed_event_attributes", tasks + 1)
    written.set()
    assert (await asyncio.wait_for(handle.result(), 40)).status == end
    assert (await made.row(handle)).status == end


async def test_a_film_that_is_out_is_not_called_cancelled_by_temporal(made: Studio) -> None:
    looked, going = asyncio.Event(), asyncio.Event()

    async def look(_: object) -> Confirmation:
        looked.set()
        await going.wait()
        return Confirmation(state=Visibility.VISIBLE)

    made.staged.instead["confirm"] = look
    handle = await made.start(VideoRequest(topic="Tides"))
    await asyncio.wait_for(looked.wait(), 60)
    tasks = await tasks_of(handle)
    await handle.cancel()
    await so_many(handle, "workflow_task_completed_event_attributes", tasks + 1)
    going.set()
    assert (await asyncio.wait_for(handle.result(), 40)).status == "published"
    row = await made.row(handle)
    assert (row.status, row.location) == ("published", "nowhere")


async def test_a_film_that_is_out_but_waits_for_a_person_is_neither_cancelled_nor_made_anew(made: Studio) -> None:
    made.staged.before["confirm"] = raise_misconfigured
    handle = await made.start(VideoRequest(topic="Tides"))
    await made.until_status(handle, VideoStatus.PARKED)
    row = await made.row_as(handle, "parked")
    assert row.location == "nowhere", "where it is, is known as soon as it is there"
    for update, decision in (("cancel", BY), ("edit_script", await another_script(made))):
        with pytest.raises(WorkflowUpdateFailedError) as answer:
            await handle.execute_update(update, decision)
        assert "published already" in str(answer.value.cause)
    made.staged.before.clear()
    await handle.execute_update(VideoWorkflow.retry, BY)
    assert (await handle.result()).status == "published"
    assert made.staged.asked["publish"] == 1


async def test_a_film_that_is_out_is_told_as_published_though_temporal_cancelled_it_while_it_was_parked(made: Studio) -> None:
    made.staged.before["confirm"] = raise_misconfigured
    handle = await made.start(VideoRequest(topic="Tides"))
    await made.until_status(handle, VideoStatus.PARKED)
    tasks = await tasks_of(handle)
    await handle.cancel()
    await so_many(handle, "workflow_task_completed_event_attributes", tasks + 1)
    made.staged.before.clear()
    await handle.execute_update(VideoWorkflow.retry, BY)
    assert (await asyncio.wait_for(handle.result(), 40)).status == "published"
    assert (await made.row(handle)).status == "published"


async def test_a_film_whose_hour_has_not_come_says_so_and_is_neither_cancelled_nor_made_anew(
    made: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "CONFIRM_FIRST", timedelta(seconds=0.3))
    hour = datetime.now(UTC)
    answers = {"now": Confirmation(state=Visibility.SCHEDULED, detail="Public from noon", visible_at=hour)}

    async def look(_: object) -> Confirmation:
        return answers["now"]

    made.staged.instead["confirm"] = look
    handle = await made.start(VideoRequest(topic="Tides"))
    row = await made.row_as(handle, "scheduled")
    assert (row.detail, row.location, row.published_at) == ("Public from noon.", "nowhere", None)
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update(VideoWorkflow.cancel, BY)
    answers["now"] = Confirmation(state=Visibility.VISIBLE)
    assert (await asyncio.wait_for(handle.result(), 40)).status == "published"
    told = await made.events(handle)
    assert told.index("video.publishing") < told.index("video.scheduled") < told.index("video.published")
    assert told.count("video.scheduled") == 1 and (await made.row(handle)).published_at is not None


async def test_an_extra_that_cannot_be_had_does_not_hold_the_film_back(made: Studio) -> None:
    async def extras(_: object) -> tuple[Extra, ...]:
        return (Extra.THUMBNAIL,)

    made.staged.instead["list_extras"] = extras
    made.staged.before["add_extra"] = raise_misconfigured
    handle = await made.start(VideoRequest(topic="Tides"))
    state = await made.until(handle, lambda now: now.status.ended or now.parked is not None)
    assert state.status is VideoStatus.PUBLISHED
    assert "A test broke it." in str(state.providers["upload"].passed_over)


async def test_what_was_made_before_a_video_went_cheap_is_not_made_again_after_a_parking(made: Studio) -> None:
    made.staged.instead["budget_verdict"] = going_cheap()
    made.staged.before["plan_film"] = raise_misconfigured
    handle = await made.start(VideoRequest(topic="Tides"))
    await made.until_status(handle, VideoStatus.PARKED)
    made.staged.before.clear()
    before = dict(made.staged.asked)
    await handle.execute_update(VideoWorkflow.retry, BY)
    assert (await handle.result()).status == "published"
    again = {
        name: made.staged.asked[name] - before.get(name, 0) for name in ("write_script", "speak", "find_footage", "make_thumbnail")
    }
    assert again == dict.fromkeys(again, 0)


async def test_a_run_that_does_not_answer_is_woken_later_and_holds_up_no_other(
    made: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop(_: object) -> Verdict:
        return Verdict(decision=Money.STOP, reason="spent", scope="video")

    monkeypatch.setattr(outbox, "WAKE_SECONDS", timedelta(seconds=1))
    made.staged.instead["budget_verdict"] = stop
    runs = [await made.start(VideoRequest(topic="Tides")) for _ in range(2)]
    for run in runs:
        await made.row_as(run, "parked")
    silent, lively = runs
    await silent.terminate()
    await made.client.start_workflow("VideoWorkflow", id=silent.id, task_queue="nobody", task_timeout=timedelta(seconds=60))
    made.staged.instead.clear()
    assert await outbox.wake_parked(made.wiring.database, made.client, WakeTask(reason=ParkReason.BUDGET)) == 1
    assert (await lively.result()).status == "published"
    async with made.wiring.database.session() as session:
        assert await OutboxStore(made.wiring.database).waiting(session, WAKE_PARKED) == 1
