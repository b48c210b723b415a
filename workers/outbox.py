"""Starts what was accepted while Temporal was away, and wakes what waits no longer: the outbox, emptied again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import structlog
from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from models.database import Database
from models.errors import ComponentDown
from models.ids import video_workflow_id
from models.system.delivering import DeliveryTask
from models.system.outbox import OutboxStore, enqueue
from models.system.tables import OutboxMessage
from models.system.webhooks import DELIVER
from models.videos.contracts import VideoInput
from models.videos.decisions import Decision
from models.videos.store import START_VIDEO
from models.videos.waking import AGAIN_AFTER, WAKE_PARKED, WakeTask, parked_videos
from workflows.starting import start_delivery, start_video

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 2.0
WAKE_SECONDS = timedelta(seconds=5)
PLATFORM = UUID(int=0)
"""Who decides when nobody in particular does."""
Start = Callable[[Client, OutboxMessage], Awaitable[None]]


async def sweep(database: Database, client: Client) -> int:
    """Start every video and webhook that waits in the outbox, wake the parked videos whose time has come; the number of messages.

    Safe in any number of processes: an id has one workflow, and a video that goes on already is left alone.
    """

    async def wake(client: Client, message: OutboxMessage) -> None:
        await wake_parked(database, client, WakeTask.model_validate(message.payload))

    return (
        await _start_all(database, client, START_VIDEO, _video)
        + await _start_all(database, client, DELIVER, _delivery)
        + await _start_all(database, client, WAKE_PARKED, wake)
    )


async def _start_all(database: Database, client: Client, kind: str, start: Start) -> int:
    outbox, started = OutboxStore(database), 0
    while messages := await outbox.claim(kind):
        for message in messages:
            try:
                await start(client, message)
            except ComponentDown:
                raise
            except Exception as error:  # whatever it is: the others must not wait for this one
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise asyncio.CancelledError from error  # the client takes the end of this process for a slow answer
                await outbox.failed(message.key, f"{type(error).__name__}: {error}")
                log.warning("a message could not be handled and is tried again", key=message.key, error=f"{error}"[:500])
                continue
            await outbox.sent(message.key)
            started += 1
    return started


async def _video(client: Client, message: OutboxMessage) -> None:
    await start_video(client, VideoInput.model_validate(message.payload))


async def _delivery(client: Client, message: OutboxMessage) -> None:
    await start_delivery(client, DeliveryTask.model_validate(message.payload), message.key)


async def wake_parked(database: Database, client: Client, task: WakeTask) -> int:
    """Ask each parked video that the task means to go on; the number that do so because of it.

    A run that does not answer holds up no other: it is asked again by a message of its own.

    Raises:
        RPCError: Temporal is away; asking again is harmless.
        RPCTimeoutOrCancelledError: the only run that is meant did not answer in time; the same.
    """
    async with database.session() as session:
        parked = await parked_videos(session, task)
    woken = 0
    for video_id in parked:
        run = client.get_workflow_handle(video_workflow_id(video_id))
        try:
            await run.execute_update("retry", Decision(by=PLATFORM, reason=task.why), rpc_timeout=WAKE_SECONDS)
            woken += 1
        except WorkflowUpdateFailedError:
            continue  # it went on by itself
        except RPCTimeoutOrCancelledError:
            if task.video_id is not None or ((asking := asyncio.current_task()) is not None and asking.cancelling()):
                raise
            await _ask_later(database, task.model_copy(update={"video_id": video_id}))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
    return woken


async def _ask_later(database: Database, task: WakeTask) -> None:
    async with database.session() as session:
        payload = task.model_dump(mode="json")
        await enqueue(session, WAKE_PARKED, f"{WAKE_PARKED}:{uuid4()}", payload, delay=AGAIN_AFTER)


async def sweep_for_ever(database: Database, client: Client) -> None:
    """Sweep every few seconds, over outages of the database and of Temporal."""
    while True:
        try:
            started = await sweep(database, client)
            if started:
                log.info("started what waited in the outbox", count=started)
        except ComponentDown as error:
            log.warning("the outbox cannot be read", why=str(error))
        except Exception:  # it ends with the process alone: what is accepted is started by nobody else
            log.exception("the outbox could not be emptied and is tried again")
        await asyncio.sleep(SWEEP_SECONDS)
