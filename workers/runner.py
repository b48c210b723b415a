"""Runs one worker process: connects, polls its queue, drains on SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from temporalio.client import Client
from temporalio.worker import Worker

from activities.errors import interceptors
from models.errors import ComponentDown
from models.settings import Settings
from workers.collector import collect_as_usual
from workflows.connecting import connect

log = structlog.get_logger(__name__)

BUILD = "unversioned"
"""Name of the build in the Temporal UI while workers roll out unversioned."""
HEARTBEAT_THROTTLE = timedelta(seconds=2)
"""Heartbeats reach the server this often at most: cancellation and progress are seen soon."""


@dataclass(frozen=True)
class Job:
    """What a worker process does."""

    queue: str
    activities: Sequence[Callable[..., Any]]
    workflows: Sequence[type] = ()
    at_once: int = 40
    """Activities of this process that run side by side."""
    videos: int = 0
    """Workflow tasks side by side; 0: no workflows."""


async def connect_patiently(settings: Settings, stop: asyncio.Event) -> Client | None:
    """A client as soon as Temporal answers; None when told to stop before."""
    pause = 0.1
    while not stop.is_set():
        try:
            return await connect(settings)
        except ComponentDown as error:
            log.warning("waiting for Temporal", why=str(error))
            try:
                await asyncio.wait_for(stop.wait(), pause)
            except TimeoutError:
                pause = min(pause * 2, 5.0)
    return None


async def run_worker(settings: Settings, client: Client, job: Job, stop: asyncio.Event) -> None:
    """Poll until `stop`, then let running activities end or hand them back within `drain_seconds`."""
    with ThreadPoolExecutor(job.at_once, thread_name_prefix=job.queue) as threads:
        worker = Worker(
            client,
            task_queue=job.queue,
            activities=job.activities,
            workflows=job.workflows,
            activity_executor=threads,
            build_id=BUILD,  # else the SDK reads every loaded module to make one: seconds at each start
            interceptors=interceptors(),
            max_concurrent_activities=job.at_once,
            max_concurrent_workflow_tasks=max(job.videos, 2),  # the SDK's least
            graceful_shutdown_timeout=timedelta(seconds=settings.drain_seconds),
            max_heartbeat_throttle_interval=HEARTBEAT_THROTTLE,
            default_heartbeat_throttle_interval=HEARTBEAT_THROTTLE,
        )
        collect_as_usual()
        async with worker:
            log.info("worker polls", queue=job.queue)
            await stop.wait()
            log.info("worker drains", queue=job.queue)


def stop_event() -> asyncio.Event:
    """Set by SIGTERM and SIGINT; call inside the running loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
