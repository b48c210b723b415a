"""Starts what was accepted while Temporal was away: the outbox, emptied again and again."""

from __future__ import annotations

import asyncio

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from models.database import Database
from models.errors import ComponentDown
from models.system.outbox import OutboxStore
from models.videos.contracts import VideoInput
from models.videos.store import START_VIDEO
from workflows.starting import start_video

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 2.0


async def sweep(database: Database, client: Client) -> int:
    """Start every video that waits in the outbox; the number started. Safe in any number of processes: an id has one workflow."""
    outbox, started = OutboxStore(database), 0
    while messages := await outbox.claim(START_VIDEO):
        for message in messages:
            try:
                await start_video(client, VideoInput.model_validate(message.payload))
            except RPCError as error:
                await outbox.failed(message.key, f"{error.status.name}: {error.message}")
                log.warning("a video could not be started and is tried again", key=message.key, error=error.message)
                continue
            await outbox.sent(message.key)
            started += 1
    return started


async def sweep_for_ever(database: Database, client: Client) -> None:
    """Sweep every few seconds, over outages of the database and of Temporal."""
    while True:
        try:
            started = await sweep(database, client)
            if started:
                log.info("started videos from the outbox", count=started)
        except ComponentDown as error:
            log.warning("the outbox cannot be read", why=str(error))
        await asyncio.sleep(SWEEP_SECONDS)
