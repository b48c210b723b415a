"""The SQL around accepting videos: the plan's day, kept against parallel requests."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.videos.status import ENDED
from models.videos.tables import VideoRecord


class AcceptanceStore:
    """Counts what a user has asked for; every method joins the caller's transaction."""

    async def lock_and_find(self, session: AsyncSession, user_id: UUID, video_ids: Sequence[UUID]) -> set[UUID]:
        """Which of the videos the user has already. Until the transaction ends no other one accepts videos of this user."""
        await session.execute(text("select pg_advisory_xact_lock(7003, hashtext(:user))"), {"user": str(user_id)})
        mine = select(col(VideoRecord.id)).where(col(VideoRecord.user_id) == user_id, col(VideoRecord.id).in_(video_ids))
        return set((await session.scalars(mine)).all())

    async def accepted_today(self, session: AsyncSession, user_id: UUID) -> int:
        """How many videos the user has asked for since midnight UTC."""
        since = text("date_trunc('day', now() at time zone 'utc') at time zone 'utc'")
        mine = select(func.count()).select_from(VideoRecord)
        return await session.scalar(mine.where(col(VideoRecord.user_id) == user_id, col(VideoRecord.created_at) >= since)) or 0

    async def under_way(self, session: AsyncSession, channel_id: UUID) -> int:
        """How many videos of a channel have not ended."""
        ended = [status.value for status in ENDED]
        mine = select(func.count()).select_from(VideoRecord)
        found = mine.where(col(VideoRecord.channel_id) == channel_id, col(VideoRecord.status).not_in(ended))
        return await session.scalar(found) or 0
