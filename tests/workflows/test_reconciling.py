"""A row does not disagree with its run for ever: a run that ended without a word ends its video, one that was lost starts again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from temporalio import activity, workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from benchmarks.faults import instant_steps, settings_for
from models.errors import ComponentDown
from models.ids import new_id, video_workflow_id
from models.settings import Settings
from models.system.bootstrap import laptop_owner
from models.system.outbox import OutboxStore
from models.videos.contracts import VideoFormat, VideoInput, VideoOutcome, VideoRequest
from models.videos.decisions import Decision, ScriptEdit
from models.videos.finishing import QualityReport, QualityTask
from models.videos.runs import RunStore
from models.videos.status import VideoStatus
from models.videos.store import START_VIDEO
from tests.fakes.misfortune import Misfortunes
from tests.temporal_servers import dev_server
from tests.workflows.factory import SCRIPT, Factory, Handle, factory
from tests.workflows.moments import Steps, Studio, raise_misconfigured, studio
from workers.connect import register_attributes
from workers.outbox import sweep
from workers.reconciling import Reconciler, reconciler_of
from workers.runner import BUILD
from workers.wiring import Wiring
from workflows.asking import fate_of
from workflows.connecting import connect
from workflows.policies import CONTROL
from workflows.video import VideoWorkflow

BY = Decision(by=new_id(), reason="a test says so")
TIDES = VideoRequest(topic="Tides")
SEEN_FIRST = VideoRequest(topic="Tides", auto_publish=False)


@pytest_asyncio.fixture
async def made(settings: Settings, client: Client) -> AsyncIterator[Studio]:
    """A studio whose hands are at work."""
    async with studio(settings, client) as made, made.hands():
        yield made


def looking(running: Factory, client: Client | None = None, **changed: Any) -> Reconciler:
    """A reconciler that finds every row quiet and every end old."""
    return reconciler_of(running.wiring, client or running.client, **{"quiet": timedelta(0), **changed})


async def sent(running: Factory, handle: Handle) -> None:
    """The outbox knows that the video was started, as it does a moment after its acceptance."""
    await OutboxStore(running.wiring.database).sent(f"{START_VIDEO}:{handle.id.removeprefix('video-')}")


async def started_again(made: Studio, handle: Handle, looks: Reconciler) -> None:
    """Look until the row is at rest: one that a step, still at work, writes to meanwhile is left for the next look."""
    for _ in range(200):
        if await looks.look():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the row was never at rest; it says {(await made.row(handle)).status}")


@asynccontextmanager
async def elsewhere(made: Studio, handle: Handle, instead: Callable[[Wiring], list[Any]]) -> AsyncIterator[tuple[Factory, Handle]]:
    """The run of a video as it goes on in a Temporal that knew nothing of it, with these activities."""
    async with await dev_server() as empty:
        await started_again(made, handle, looking(made, empty.client))
        await register_attributes(empty.client)
        async with factory(made.wiring.settings, empty.client, instead=instead) as running:
            assert await sweep(running.wiring.database, empty.client) == 1
            yield running, empty.client.get_workflow_handle_for(VideoWorkflow.run, handle.id)


async def at_render(made: Studio, request: VideoRequest = TIDES) -> Handle:
    """A video that is being rendered, for ever."""

    async def draw(_: object) -> None:
        await asyncio.Event().wait()

    made.staged.before["render_film"] = draw
    handle = await made.start(request)
    await sent(made, handle)
    await made.row_as(handle, "rendering")
    return handle


async def test_a_run_that_is_terminated_while_it_renders_cancels_its_video_and_says_why(made: Studio) -> None:
    handle = await at_render(made)
    row = await made.row(handle)
    ledger = made.wiring.ledger
    await ledger.reserve(
        "a-call", provider="openai", operation="images", amount=Decimal("0.04"), video_id=row.id, user_id=row.user_id
    )
    assert await looking(made).look() == 0, "a run that goes on is left alone"
    await handle.terminate(reason="stuck since yesterday")
    assert await looking(made, quiet=timedelta(hours=1)).look() == 0, "there is time to reset it"
    assert await looking(made).look() == 1
    row = await made.row(handle)
    assert row.status == "cancelled" and row.ended_at is not None and row.error == ""
    assert row.detail.startswith("Its run was terminated in Temporal: stuck since yesterday.")
    assert "Ask for the video anew" in row.detail
    assert row.total_cost == Decimal("0.04"), "a call whose outcome nobody knows stays counted"
    assert (await made.events(handle))[-1] == "video.cancelled"
    assert await looking(made).look() == 0


async def test_of_two_that_look_at_once_one_ends_the_parked_video(made: Studio) -> None:
    made.staged.before["write_script"] = raise_misconfigured
    handle = await made.start(TIDES)
    await sent(made, handle)
    await made.row_as(handle, "parked")
    await handle.terminate(reason="enough")
    assert sorted(await asyncio.gather(*(looking(made).look() for _ in range(4)))) == [0, 0, 0, 1]
    row = await made.row(handle)
    assert (row.status, row.park_reason, row.park_until) == ("cancelled", None, None)
    assert (await made.events(handle)).count("video.cancelled") == 1


async def test_a_row_that_changed_since_it_was_seen_is_left_to_who_changed_it(made: Studio) -> None:
    handle = await at_render(made)
    await handle.terminate()
    runs = RunStore(made.wiring.database)

    class Late(RunStore):
        async def end(self, *seen: Any) -> bool:
            await made.wiring.videos.record_status(seen[0].id, VideoStatus.RENDERING, detail="a run that was reset in between")
            return await runs.end(*seen)

        async def start_again(self, *seen: Any) -> bool:
            raise AssertionError("it is not lost")

    late = looking(made)
    late.runs = Late(made.wiring.database)
    assert await late.look() == 0
    assert (await made.row(handle)).status == "rendering"


async def test_a_run_that_was_reset_goes_on_and_its_row_with_it(made: Studio) -> None:
    handle = await at_render(made)
    first = await handle.describe()
    done = [
        event.event_id
        for event in (await handle.fetch_history()).events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    reset = ResetWorkflowExecutionRequest(
        namespace=made.client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=first.run_id),
        reason="a test says so",
        request_id="once",
        workflow_task_finish_event_id=done[0],
    )
    await made.client.workflow_service.reset_workflow_execution(reset)
    old = made.client.get_workflow_handle(handle.id, run_id=first.run_id)
    assert (await old.describe()).status != (await handle.describe()).status
    await made.row_as(handle, "rendering")
    assert await looking(made).look() == 0
    await made.row_as(handle, "rendering")  # by way of the steps that the new run goes through again
    made.staged.before.clear()
    await handle.execute_update(VideoWorkflow.cancel, BY)
    assert await made.row_as(handle, "cancelled")


async def test_a_film_that_is_out_is_told_as_published_though_its_run_was_terminated(made: Studio) -> None:
    made.staged.before["confirm"] = raise_misconfigured
    handle = await made.start(TIDES)
    await sent(made, handle)
    await made.row_as(handle, "parked")
    await handle.terminate()
    assert await looking(made).look() == 1
    row = await made.row(handle)
    assert (row.status, row.location) == ("published", "nowhere") and row.published_at is not None
    assert row.detail.startswith("It is out: nowhere. Its run was terminated") and "look at it there" in row.detail


async def test_a_folder_that_the_row_does_not_know_of_yet_is_a_published_film(made: Studio) -> None:
    handle = await at_render(made)
    await handle.terminate()
    late = looking(made)
    late.folder_of = lambda video_id: f"films/{video_id}"
    assert await late.look() == 1
    row = await made.row(handle)
    assert (row.status, row.location) == ("published", f"films/{row.id}")


@workflow.defn(name="VideoWorkflow")
class Ending:
    """Ends as its title says, without a word to the database."""

    @workflow.run
    async def run(self, video: VideoInput) -> VideoOutcome:
        if video.request.title == "fails":
            raise ApplicationError("The row refused.", non_retryable=True)
        if video.request.title == "completes":
            return VideoOutcome(video_id=video.video_id, status="published", detail="films/tides", location="films/tides")
        await workflow.wait_condition(lambda: False)
        raise AssertionError


@pytest.mark.parametrize(
    ("how", "status", "told"),
    [
        ("fails", "failed", "Its run has failed in Temporal: The row refused. Ask for"),
        ("times out", "failed", "Its run ran out of time in Temporal. Ask for"),
        ("is cancelled", "cancelled", "Its run was cancelled in Temporal. Ask for"),
        ("completes", "published", "films/tides"),
    ],
)
async def test_a_row_ends_as_its_run_did(settings: Settings, client: Client, how: str, status: str, told: str) -> None:
    request = TIDES.model_copy(update={"title": how})
    async with Wiring(settings) as wiring:
        running = Factory(wiring, client, None)
        runner = UnsandboxedWorkflowRunner()
        async with Worker(client, task_queue=CONTROL, workflows=[Ending], workflow_runner=runner, build_id=BUILD):
            handle = await begun(running, request, timeout=timedelta(seconds=1) if how == "times out" else None)
            if how == "is cancelled":
                await handle.cancel()
            await asyncio.wait((asyncio.ensure_future(handle.result()),))
        assert await looking(running).look() == 1
        row = await running.row(handle)
        assert row.status == status and row.detail.startswith(told), row.detail
        assert (row.error != "") == (status == "failed")
        assert (await running.events(handle))[-1] == f"video.{status}"


async def begun(running: Factory, request: VideoRequest, timeout: timedelta | None = None) -> Handle:
    """An accepted video whose workflow has been started."""
    owner, channel = await laptop_owner(running.wiring.database)
    video = VideoInput(video_id=new_id(), user_id=owner.id, channel_id=channel.id, channel_name=channel.name, request=request)
    async with running.wiring.database.session() as session:
        await running.wiring.videos.create(session, video, title="Tides", estimate=Decimal(0), slug="tides")
    name = video_workflow_id(video.video_id)
    handle = await running.client.start_workflow(VideoWorkflow.run, video, id=name, task_queue=CONTROL, run_timeout=timeout)
    await sent(running, handle)
    return handle


async def test_a_temporal_that_is_away_or_is_another_one_changes_nothing(settings: Settings, client: Client) -> None:
    async with Wiring(settings) as wiring:
        running = Factory(wiring, client, None)
        handle = await begun(running, TIDES)
        nobody = await connect(settings, "127.0.0.1:1", lazy=True)
        other = await Client.connect(client.service_client.config.target_host, namespace="elsewhere", lazy=True)
        for away in (nobody, other):
            with pytest.raises(ComponentDown):
                await looking(running, away).look()
        assert (await running.row(handle)).status == "queued"
        assert await running.events(handle) == ["video.queued"]


async def test_a_video_that_the_outbox_has_not_started_yet_is_not_lost(settings: Settings, client: Client) -> None:
    async with Wiring(settings) as wiring:
        running = Factory(wiring, client, None)
        handle = await begun(running, TIDES)
        unsent = "update system.outbox set sent_at = null where kind = $1 returning key"
        assert await wiring.database.value(unsent, START_VIDEO)
        async with await dev_server() as empty:
            assert await looking(running, empty.client).look() == 0
        assert await running.events(handle) == ["video.queued"]


async def test_every_row_has_its_turn_however_few_are_looked_at_a_time(settings: Settings, client: Client) -> None:
    async with Wiring(settings) as wiring:
        running = Factory(wiring, client, None)
        handles = [await begun(running, TIDES) for _ in range(5)]
        await handles[-1].terminate()
        looks = looking(running)
        looks.batch = 2
        assert [await looks.look() for _ in range(3)] == [0, 0, 1]
        await handles[0].terminate()
        assert await looks.look() == 1, "and then again from the beginning"


async def test_videos_whose_runs_temporal_lost_are_made_to_the_end_and_nothing_is_paid_twice(
    database_address: str, client: Client, tmp_path: Path
) -> None:
    asked = VideoRequest(topic="Why the sea comes and goes", format=VideoFormat.ECONOMY, seconds=20, auto_publish=False)
    with Misfortunes(0.0, seed=1) as providers:
        settings = settings_for(providers, database_address, tmp_path, patience=30, cap=Decimal(3))
        async with factory(settings, client, instead=instant_steps) as running:
            handle = await running.start(asked)
            await sent(running, handle)
            before = await running.row_as(handle, "awaiting_approval")
        billed = {account: providers.billed(account) for account in providers.servers}
        assert before.total_cost > 0
        async with await dev_server() as empty, factory(settings, empty.client, instead=instant_steps) as running:
            await register_attributes(empty.client)
            told: list[str] = []

            async def prepare() -> None:
                told.append("of attributes and schedules")

            looks = await asyncio.gather(*(looking(running, when_lost=prepare).look() for _ in range(3)))
            assert sorted(looks) == [0, 0, 1] and told
            row = await running.row(handle)
            assert row.status == "queued" and row.detail.startswith("Temporal no longer knew its run")
            assert (await running.events(handle)).count("video.queued") == 2
            assert await sweep(running.wiring.database, empty.client) == 1
            again = empty.client.get_workflow_handle_for(VideoWorkflow.run, handle.id)
            await running.until_status(again, VideoStatus.AWAITING_APPROVAL)
            await again.execute_update(VideoWorkflow.approve, BY)
            assert (await again.result()).status == "published"
            after = await running.row(handle)
        assert after.total_cost == before.total_cost
        assert {account: providers.billed(account) for account in providers.servers} == billed


async def test_a_lost_run_keeps_the_script_that_a_person_gave_it_and_is_not_published_unseen(made: Studio) -> None:
    handle = await made.start(SEEN_FIRST)
    await sent(made, handle)
    await made.row_as(handle, "awaiting_approval")
    script = await asyncio.to_thread(made.wiring.store.put_content, "source-script", SCRIPT.encode())
    await handle.execute_update(VideoWorkflow.edit_script, ScriptEdit(by=BY.by, script=script))
    await RunStore(made.wiring.database).keep_script((await made.row(handle)).id, script)  # as the API does
    await handle.terminate()
    async with await dev_server() as empty:
        await started_again(made, handle, looking(made, empty.client))
    payload = await made.wiring.database.value("select payload from system.outbox where kind = $1", START_VIDEO)
    kept = VideoInput.model_validate_json(payload) if isinstance(payload, str) else VideoInput.model_validate(payload)
    assert kept.request.script == script and not kept.carried.approved


async def test_a_lost_run_of_a_film_that_was_approved_does_not_ask_again(made: Studio) -> None:
    made.staged.before["publish"] = raise_misconfigured
    handle = await made.start(SEEN_FIRST)
    await sent(made, handle)
    await made.row_as(handle, "awaiting_approval")
    await handle.execute_update(VideoWorkflow.approve, BY)
    await made.row_as(handle, "parked")
    made.staged.before.clear()
    await handle.terminate()
    async with await dev_server() as empty:
        assert await looking(made, empty.client).look() == 1, "the newest Temporal knows nothing of it"
        await register_attributes(empty.client)
        async with factory(made.wiring.settings, empty.client, instead=instant_publishing) as running:
            assert await sweep(running.wiring.database, empty.client) == 1
            again = empty.client.get_workflow_handle_for(VideoWorkflow.run, handle.id)
            assert (await asyncio.wait_for(again.result(), 60)).status == "published"


async def test_a_lost_run_of_a_film_that_is_out_is_not_held_back_by_its_check(made: Studio) -> None:
    made.staged.before["confirm"] = raise_misconfigured
    handle = await made.start(TIDES)
    await sent(made, handle)
    await made.row_as(handle, "parked")
    await handle.terminate()
    looked: list[QualityTask] = []

    @activity.defn
    async def check_film(task: QualityTask) -> QualityReport:
        """What this channel said since is compared with it now."""
        looked.append(task)
        return QualityReport(passed=False, score=40.0, parts={"text": 0.0}, measured={})

    def no_longer_passing(wiring: Wiring) -> list[Any]:
        return [*instant_publishing(wiring)[:-1], check_film]

    async with elsewhere(made, handle, no_longer_passing) as (_, again):
        assert (await asyncio.wait_for(again.result(), 60)).status == "published"
    assert looked


def instant_publishing(wiring: Wiring) -> list[Any]:
    """Every step at once; the check is the last of them."""
    steps = Steps(4)
    del wiring
    return [*steps.all(), steps.render_film, steps.check_film]


async def test_a_message_that_is_long_forgotten_is_written_anew_from_the_row(settings: Settings, client: Client) -> None:
    async with Wiring(settings) as wiring:
        running = Factory(wiring, client, None)
        handle = await begun(running, TIDES)
        await wiring.database.value("delete from system.outbox returning key")
        async with await dev_server() as empty:
            assert await looking(running, empty.client).look() == 1
            assert await sweep(wiring.database, empty.client) == 1
            fate = await fate_of(empty.client, UUID(handle.id.removeprefix("video-")))
            assert fate.state == "running"
            assert await looking(running, empty.client).look() == 0
