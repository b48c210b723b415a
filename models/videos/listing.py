"""The SQL of the videos' list page: a page, the count of all, and which have a picture, in one statement and one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from models.database import Database
from models.videos.status import VideoStatus
from models.videos.store import missing

Sort = Literal["newest", "oldest", "title", "cost", "priority"]

COLUMNS = """v.id, v.channel_id, v.title, v.topic, v.status, v.step, v.detail, v.park_reason, v.park_until, v.error, v.format,
    v.level, v.language, v.priority, v.estimated_cost, v.total_cost, v.seconds, v.location, v.youtube_id, v.created_at,
    v.scheduled_at, v.started_at, v.ended_at, v.published_at, v.workflow_id, v.run_id"""
_DETAIL = f"""
SELECT {COLUMNS}, v.description, v.tags, v.quality_score, v.quality, v.encoder, v.budget_cap,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('step', s.step, 'part', s.part, 'provider', s.provider, 'cost', s.cost::text,
            'passed_over', s.passed_over, 'cached', s.cached, 'seconds', s.seconds, 'at', s.at) ORDER BY s.id), '[]')
        FROM videos.steps s WHERE s.video_id = v.id) AS steps,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', a.kind, 'media_type', a.media_type, 'size', a.size, 'digest', a.digest,
            'created_at', a.created_at) ORDER BY a.id), '[]')
        FROM videos.artifacts a WHERE a.video_id = v.id) AS artifacts
FROM videos.video_records v WHERE v.id = $2 AND v.user_id = $1"""  # noqa: S608  # texts of our own
_PICTURED = "(SELECT true FROM videos.artifacts a WHERE a.video_id = v.id AND a.kind = 'thumbnail-webp' LIMIT 1) IS NOT NULL"
"""Looked up for each video of a page: for an EXISTS all artifacts that there are may be read."""
_NEWEST = "v.created_at DESC, v.id DESC"
_ORDERS: dict[Sort, str] = {
    "newest": _NEWEST,
    "oldest": "v.created_at, v.id",
    "title": f"v.title, {_NEWEST}",
    "cost": f"v.total_cost DESC, {_NEWEST}",
    "priority": f"v.priority, {_NEWEST}",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which videos of a user; what is left out does not narrow."""

    user_id: UUID
    channel_id: UUID | None = None
    statuses: Sequence[VideoStatus] = ()
    search: str = ""
    created_from: datetime | None = None
    created_to: datetime | None = None


class VideoListing:
    """List pages of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Wanted, sort: Sort, *, limit: int, offset: int) -> tuple[list[asyncpg.Record], int]:
        """Rows with the columns of `COLUMNS` and `pictured`, and the number of all that match."""
        where, given = _where(wanted)
        last = len(given)
        rows = await self._database.rows(
            f"SELECT v.*, (SELECT count(*) FROM videos.video_records v WHERE {where}) AS total, {_PICTURED} AS pictured "  # noqa: S608
            f"FROM (SELECT {COLUMNS} FROM videos.video_records v WHERE {where} ORDER BY {_ORDERS[sort]} "
            f"LIMIT ${last + 1} OFFSET ${last + 2}) v ORDER BY {_ORDERS[sort]}",
            *given, limit, offset,
        )  # fmt: skip
        if rows or not offset:
            return rows, rows[0]["total"] if rows else 0
        total: int = await self._database.value(f"SELECT count(*) FROM videos.video_records v WHERE {where}", *given)  # noqa: S608
        return [], total

    async def detail(self, user_id: UUID, video_id: UUID) -> asyncpg.Record:
        """A video of the user's with `steps` and `artifacts` as lists of objects, the newest artifact of a kind last.

        Raises:
            NotFound: no such video, or another user's.
        """
        rows = await self._database.rows(_DETAIL, user_id, video_id)
        if not rows:
            raise missing(video_id)
        return rows[0]


def _where(wanted: Wanted) -> tuple[str, list[Any]]:
    given: list[Any] = [wanted.user_id]
    parts = ["v.user_id = $1"]
    for condition, value in (
        ("v.channel_id = ${}", wanted.channel_id),
        ("v.status = ANY(${}::text[])", [status.value for status in wanted.statuses] or None),
        ("strpos(lower(v.title), lower(${})) > 0", wanted.search or None),
        ("v.created_at >= ${}", wanted.created_from),
        ("v.created_at < ${}", wanted.created_to),
    ):
        if value is not None:
            given.append(value)
            parts.append(condition.format(len(given)))
    return " AND ".join(parts), given
