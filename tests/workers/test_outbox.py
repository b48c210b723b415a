"""The outbox is emptied whatever lies in it: one bad message, or one video that does not answer, holds up nothing else."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlmodel import col
from temporalio.client import Client

from models.database import Database
from models.settings import Settings
from models.system.outbox import enqueue
from models.system.tables import OutboxMessage
from models.videos.status import ParkReason
from models.videos.store import START_VIDEO
from models.videos.waking import WAKE_PARKED, WakeTask
from workers.outbox import sweep
from workflows.connecting import connect


async def messages(database: Database) -> dict[str, OutboxMessage]:
    async with database.session() as session:
        return {
            message.kind: message
            for message in (await session.scalars(select(OutboxMessage).order_by(col(OutboxMessage.id)))).all()
        }


async def test_a_message_that_nobody_can_read_holds_up_none_of_the_others(database: Database, settings: Settings) -> None:
    nothing_parked: dict[str, Any] = WakeTask(reason=ParkReason.BUDGET).model_dump(mode="json")
    async with database.session() as session:
        await enqueue(session, START_VIDEO, f"{START_VIDEO}:{uuid4()}", {"video_id": "of an older release"})
        await enqueue(session, WAKE_PARKED, f"{WAKE_PARKED}:{uuid4()}", nothing_parked)
    nobody: Client = await connect(settings, "127.0.0.1:1", lazy=True)
    assert await sweep(database, nobody) == 1
    kept = await messages(database)
    assert kept[WAKE_PARKED].sent_at is not None
    assert kept[START_VIDEO].sent_at is None and "ValidationError" in kept[START_VIDEO].last_error
