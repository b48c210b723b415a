"""Starts what was accepted while Temporal was away: the outbox, emptied again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from models.database import Database
from models.errors import ComponentDown
from models.system.delivering import DeliveryTask
from models.system.outbox import OutboxStore
from models.system.tables import OutboxMessage
from models.system.webhooks import DELIVER
from models.videos.contracts import VideoInput
from models.videos.store import START_VIDEO
from workflows.starting import start_delivery, start_video

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 2.0
Start = Callable[[Client, OutboxMessage], Awaitable[None]]


async def sweep(database: Database, client: Client) -> int:
    """Start every video and webhook that waits in the outbox; the number started. Safe in any number of processes: an id has one
    workflow.
    """
    return await _start_all(database, client, START_VIDEO, _video) + await _start_all(database, client, DELIVER, _delivery)


async def _start_all(database: Database, client: Client, kind: str, start: Start) -> int:
    outbox, started = OutboxStore(database), 0
    while messages := await outbox.claim(kind):
        for message in messages:
            try:
                await start(client, message)
            except RPCError as error:
                await outbox.failed(message.key, f"{error.status.name}: {error.message}")
                log.warning("a workflow could not be started and is tried again", key=message.key, error=error.message)
                continue
            await outbox.sent(message.key)
            started += 1
    return started


async def _video(client: Client, message: OutboxMessage) -> None:
    await start_video(client, VideoInput.model_validate(message.payload))


async def _delivery(client: Client, message: OutboxMessage) -> None:
    await start_delivery(client, DeliveryTask.model_validate(message.payload), message.key)


async def sweep_for_ever(database: Database, client: Client) -> None:
    """Sweep every few seconds, over outages of the database and of Temporal."""
    while True:
        try:
            started = await sweep(database, client)
            if started:
                log.info("started what waited in the outbox", count=started)
        except ComponentDown as error:
            log.warning("the outbox cannot be read", why=str(error))
        await asyncio.sleep(SWEEP_SECONDS)
