"""Waking parked videos when what they wait for has come: a budget was raised, the platform was resumed.

The request lies in the outbox, in the transaction of the change, so it is never lost; the sweeper asks each video's run to go on.
It is left twice, now and a minute later, for a video that was about to park while the change was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.system.outbox import enqueue
from models.videos.contracts import Contract
from models.videos.status import ParkReason, VideoStatus
from models.videos.tables import VideoRecord

WAKE_PARKED = "wake-parked"
"""Kind of the outbox message; its payload is a `WakeTask`."""
AGAIN_AFTER = timedelta(minutes=1)


class WakeTask(Contract):
    """Which parked videos go on: those that wait for `reason`, of one user or one video where named."""

    reason: ParkReason
    user_id: UUID | None = None
    video_id: UUID | None = None
    why: str = ""


async def ask_to_wake(session: AsyncSession, task: WakeTask) -> None:
    """Have the parked videos that fit go on, once the caller's transaction is committed."""
    payload = task.model_dump(mode="json")
    for delay in (timedelta(0), AGAIN_AFTER):
        await enqueue(session, WAKE_PARKED, f"{WAKE_PARKED}:{uuid4()}", payload, delay=delay)


async def parked_videos(session: AsyncSession, task: WakeTask) -> Sequence[UUID]:
    """The videos that a task means, as they are parked now, the longest parked first."""
    found = select(col(VideoRecord.id)).where(
        col(VideoRecord.status) == VideoStatus.PARKED.value, col(VideoRecord.park_reason) == task.reason.value
    )
    if task.user_id is not None:
        found = found.where(col(VideoRecord.user_id) == task.user_id)
    if task.video_id is not None:
        found = found.where(col(VideoRecord.id) == task.video_id)
    return (await session.scalars(found.order_by(col(VideoRecord.updated_at), col(VideoRecord.id)))).all()
