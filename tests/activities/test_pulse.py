"""The pulse of silent activities."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.worker import Worker

from activities.pulse import Pulse
from tests.temporal_servers import dev_server
from workers.runner import BUILD


@activity.defn
async def silent_then_again() -> str:
    """The first attempt says something, is silent for longer than its timeout, and fails; the second one reads what was said."""
    if activity.info().attempt == 1:
        activity.heartbeat("page 7")
        await asyncio.sleep(6)
        raise RuntimeError("on purpose")
    return f"{activity.info().attempt}: {activity.info().heartbeat_details[0]}"


@activity.defn
def silent_on_a_thread() -> int:
    time.sleep(6)
    return activity.info().attempt


@workflow.defn(sandboxed=False)
class Silent:
    @workflow.run
    async def run(self, name: str) -> str:
        return str(
            await workflow.execute_activity(
                name,
                start_to_close_timeout=timedelta(seconds=60),
                heartbeat_timeout=timedelta(seconds=2.5),
                retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=10), maximum_attempts=3),
            )
        )


@contextlib.asynccontextmanager
async def at_work() -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """A worker with a pulse; what is given runs the activity of that name and answers what it answered."""
    async with await dev_server() as server:
        with ThreadPoolExecutor(2) as threads:
            worker = Worker(
                server.client,
                task_queue="pulse",
                workflows=[Silent],
                activities=[silent_then_again, silent_on_a_thread],
                activity_executor=threads,
                interceptors=[Pulse()],
                max_heartbeat_throttle_interval=timedelta(milliseconds=200),
                build_id=BUILD,
            )
            async with worker:

                async def answer_of(name: str) -> str:
                    return await server.client.execute_workflow(Silent.run, name, id=str(uuid4()), task_queue="pulse")

                yield answer_of


@pytest.mark.parametrize(
    ("name", "answer"),
    # Two attempts, not three: the silence was no loss, and the failure kept what had been said.
    [("silent_then_again", "2: page 7"), ("silent_on_a_thread", "1")],
)
async def test_a_silent_activity_is_not_taken_for_lost_and_what_it_said_is_kept(name: str, answer: str) -> None:
    async with at_work() as answer_of:
        assert await answer_of(name) == answer


async def test_the_pulse_beats_while_every_thread_of_the_loop_is_busy() -> None:
    async with at_work() as answer_of:
        over = threading.Event()
        busy = [asyncio.create_task(asyncio.to_thread(over.wait, 60)) for _ in range(64)]
        try:
            answer = await answer_of("silent_on_a_thread")
        finally:
            over.set()
            await asyncio.gather(*busy)
        assert answer == "1"
