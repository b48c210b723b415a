"""A person's decisions that come while the steps are at work, on the real server.

The server whose time skips refuses to cancel an activity that ends in the same moment (`ACTIVITY_UNKNOWN`), and hangs.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from models.ids import new_id
from models.settings import Settings
from models.videos.contracts import VideoFormat, VideoRequest
from models.videos.decisions import Decision, ScriptEdit
from tests.workflows.factory import SCRIPT, Factory, factory
from tests.workflows.moments import so_many
from workers.flows import WORKFLOWS
from workers.runner import BUILD
from workers.wiring import Wiring
from workflows.policies import CONTROL
from workflows.video import VideoWorkflow

NOBODY_WRITES_DUTCH = VideoRequest(topic="Eb en vloed", format=VideoFormat.ECONOMY, language="nl")


async def cancelled_at_work(running: Factory, after: float) -> str:
    """How a video ends that is cancelled `after` these seconds of work."""
    handle = await running.start(NOBODY_WRITES_DUTCH)
    await running.until(handle, lambda state: state.parked is not None)
    await handle.execute_update(VideoWorkflow.retry, Decision(by=new_id()))
    await asyncio.sleep(after)
    await handle.execute_update(VideoWorkflow.cancel, Decision(by=new_id(), reason="enough"))
    end = await handle.result()
    row = await running.row(handle)
    assert row.status == end.status
    return f"{end.status}: {end.detail}"


async def edited_at_work(running: Factory, after: float) -> str:
    """How a video ends whose script is given `after` these seconds of work, and that is cancelled when it has been read."""
    handle = await running.start(NOBODY_WRITES_DUTCH)
    await running.until(handle, lambda state: state.parked is not None)
    await handle.execute_update(VideoWorkflow.retry, Decision(by=new_id()))
    await asyncio.sleep(after)
    script = await asyncio.to_thread(running.wiring.store.put_content, "source-script", SCRIPT.encode())
    await handle.execute_update(VideoWorkflow.edit_script, ScriptEdit(by=new_id(), script=script))
    state = await running.until(handle, lambda now: now.title == "Tides")
    assert state.parked is None
    await handle.execute_update(VideoWorkflow.cancel, Decision(by=new_id(), reason="enough"))
    return (await handle.result()).status


@pytest.mark.parametrize("by", ["a person", "Temporal"])
async def test_a_cancelling_in_the_moment_an_activity_completes_is_not_lost(settings: Settings, client: Client, by: str) -> None:
    """One workflow task brings both: the SDK hands the work the activity's result, and nothing else tells it to stop."""
    async with Wiring(settings) as wiring:
        flows = partial(Worker, client, task_queue=CONTROL, workflows=list(WORKFLOWS), build_id=BUILD)
        running = Factory(wiring, client, None)
        async with flows():
            handle = await running.ask()
            await so_many(handle, "activity_task_scheduled_event_attributes", 2)
        threads = ThreadPoolExecutor(8)
        async with Worker(client, task_queue=CONTROL, activities=wiring.control(), build_id=BUILD, activity_executor=threads):
            await so_many(handle, "activity_task_completed_event_attributes", 2)
            if by == "Temporal":
                cancelling: asyncio.Future[Any] = asyncio.ensure_future(handle.cancel())
            else:
                cancelling = asyncio.ensure_future(
                    handle.execute_update(VideoWorkflow.cancel, Decision(by=new_id(), reason="enough"))
                )
            await asyncio.sleep(0.5)
            async with flows():
                await cancelling
                end = await asyncio.wait_for(handle.result(), 60)
        assert end.status == "cancelled"
        assert set(await running.activities(handle)) == {"choose_providers", "record"}


async def test_a_decision_at_any_moment_of_the_work_is_carried_out(settings: Settings, client: Client) -> None:
    chance = Random(11)
    async with factory(settings, client) as running:
        ends = await asyncio.gather(*(cancelled_at_work(running, chance.uniform(0, 0.15)) for _ in range(8)))
        edits = await asyncio.gather(*(edited_at_work(running, chance.uniform(0, 0.15)) for _ in range(8)))
    assert set(ends) == {"cancelled: enough"}
    assert set(edits) == {"cancelled"}
