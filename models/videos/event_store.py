"""The SQL of following videos: what happened after an event, to one of them or to all of a user's."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from models.database import Database

PAGE = 100
_COLUMNS = "id, video_id, type, data, at"
_OF_VIDEO = f"SELECT {_COLUMNS} FROM videos.events WHERE video_id = $1 AND id > $2 ORDER BY id LIMIT {PAGE}"  # noqa: S608
_OF_USER = f"SELECT {_COLUMNS} FROM videos.events WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT {PAGE}"  # noqa: S608
_LAST_OF_USER = "SELECT coalesce(max(id), 0) FROM videos.events WHERE user_id = $1"


class EventStore:
    """Events of one database. A user's become visible in the order of their ids: who reads on after the last one misses none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_video(self, video_id: UUID, after: int = 0) -> list[asyncpg.Record]:
        """Up to a page of a video's events with higher ids, in order."""
        return await self._database.rows(_OF_VIDEO, video_id, after)

    async def of_user(self, user_id: UUID, after: int = 0) -> list[asyncpg.Record]:
        """The same of all videos of a user."""
        return await self._database.rows(_OF_USER, user_id, after)

    async def latest(self, user_id: UUID) -> int:
        """The id of the user's latest event; 0 when nothing has happened yet."""
        last: int = await self._database.value(_LAST_OF_USER, user_id)
        return last
