"""The SQL around accepting videos: the plan's day, kept against parallel requests."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.videos.status import ENDED
from models.videos.tables import VideoRecord

_LOCK = text("SELECT pg_advisory_xact_lock(7003, hashtext(:user))")
_FIND = text("""
SELECT ARRAY(SELECT id FROM videos.video_records WHERE user_id = :user AND id = ANY(:videos)),
    (SELECT count(*) FROM videos.video_records
     WHERE user_id = :user AND created_at >= date_trunc('day', now() AT TIME ZONE 'utc') AT TIME ZONE 'utc')""").bindparams(
    bindparam("videos", type_=ARRAY(Uuid))
)
"""A statement of its own: it must see what the one who had the lock before has made."""


class AcceptanceStore:
    """Counts what a user has asked for; every method joins the caller's transaction."""

    async def lock_and_find(self, session: AsyncSession, user_id: UUID, video_ids: Sequence[UUID]) -> tuple[set[UUID], int]:
        """Which of the videos the user has already, and how many the user has asked for since midnight UTC. Until the transaction
        ends no other one accepts videos of this user.
        """
        await session.execute(_LOCK, {"user": str(user_id)})
        there, today = (await session.execute(_FIND, {"user": user_id, "videos": list(video_ids)})).one()
        return set(there), today

    async def under_way(self, session: AsyncSession, channel_id: UUID) -> int:
        """How many videos of a channel have not ended."""
        ended = [status.value for status in ENDED]
        mine = select(func.count()).select_from(VideoRecord)
        found = mine.where(col(VideoRecord.channel_id) == channel_id, col(VideoRecord.status).not_in(ended))
        return await session.scalar(found) or 0
