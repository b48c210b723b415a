"""The SQL of rows whose run may be gone: which to look at, how one ends that its run did not end, how one is started again.

Two that look at the same time fight over nothing: each change holds for the row as it was seen (`updated_at`), so the second finds
it changed and leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.channels.tables import Channel
from models.database import Database
from models.system.outbox import OutboxStore, send_again
from models.videos.contracts import ArtifactRef, Carried, VideoInput
from models.videos.fates import End
from models.videos.status import ENDED, VideoStatus
from models.videos.store import START_VIDEO, missing
from models.videos.tables import VideoArtifact, VideoEvent, VideoRecord

ENDS = tuple(status.value for status in ENDED)
STARTED_AGAIN = "Temporal no longer knew its run: it is started again from what was made, and nothing is paid twice."
QUIET = f"""
select v.id, v.updated_at, v.location from videos.video_records v
left join system.outbox m on m.key = '{START_VIDEO}:' || v.id
where v.status not in ('published', 'completed', 'rejected', 'cancelled', 'failed')
    and v.updated_at < now() - $1::interval and (m.id is null or m.sent_at < now() - $1::interval)
    and (v.updated_at, v.id) > ($2, $3)
order by v.updated_at, v.id limit $4
"""  # noqa: S608  # names of our own
"""In the order of the index `video_records_open`; a message that was not sent is the outbox's business."""


@dataclass(frozen=True, slots=True)
class QuietRow:
    """A video that has not ended and that nobody has written to for a while."""

    id: UUID
    updated_at: datetime
    location: str


BEGINNING = QuietRow(UUID(int=0), datetime(1970, 1, 1, tzinfo=UTC), "")


class RunStore:
    """Rows and their runs, of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def quiet(self, after: QuietRow, *, since: timedelta, limit: int) -> Sequence[QuietRow]:
        """The next open videos after `after` that were started, and written to last, at least `since` ago.

        Raises:
            ComponentDown: the database is away.
        """
        rows = await self._database.rows(QUIET, since, after.updated_at, after.id, limit)
        return [QuietRow(row["id"], row["updated_at"], row["location"]) for row in rows]

    async def end(self, seen: QuietRow, end: End) -> bool:
        """End a video in its run's stead, unless its row changed since it was seen; whether it was."""
        async with self._database.session() as session:
            record = await _unchanged(session, seen)
            if record is None:
                return False
            record.status, record.detail, record.error = end.status.value, end.detail, end.error or record.error
            record.park_reason = record.park_until = None
            record.ended_at = datetime.now(UTC)
            record.location = end.location or record.location
            record.youtube_id = end.youtube_id or record.youtube_id
            record.published_at = end.published_at or record.published_at
            await session.flush()
            await _tell(session, record)
            return True

    async def start_again(self, seen: QuietRow) -> bool:
        """Have a video's workflow started anew through the outbox, unless its row changed since it was seen; whether it will be.

        What a person decided stays, as far as the database knows it: the script's last edit, the approval of what was published.
        """
        async with self._database.session() as session:
            record = await _unchanged(session, seen)
            if record is None:
                return False
            video = await self._asked(session, record)
            await send_again(session, START_VIDEO, f"{START_VIDEO}:{record.id}", video.model_dump(mode="json"))
            record.status, record.step, record.detail = VideoStatus.QUEUED.value, "", STARTED_AGAIN
            record.park_reason = record.park_until = None
            await session.flush()
            await _tell(session, record)
            return True

    async def awaits_start(self, video_id: UUID) -> bool:
        """Whether the message that starts it still lies in the outbox."""
        statement = "select exists (select from system.outbox where key = $1 and sent_at is null)"
        return bool(await self._database.value(statement, f"{START_VIDEO}:{video_id}"))

    async def keep_script(self, video_id: UUID, script: ArtifactRef) -> None:
        """Remember the script that a person gave a running video: should its run be lost, this is what it is made from.

        Raises:
            NotFound: no such video.
        """
        async with self._database.session() as session:
            record = await session.get(VideoRecord, video_id, with_for_update={"key_share": True})
            if record is None:
                raise missing(video_id)
            record.request = record.request | {"script": script.model_dump(mode="json")}

    async def _asked(self, session: AsyncSession, record: VideoRecord) -> VideoInput:
        """The input of the first run, with what was decided since; from the row itself where the message is long forgotten."""
        payload = await OutboxStore(self._database).payload(session, f"{START_VIDEO}:{record.id}")
        if payload is None:
            channel = await session.get_one(Channel, record.channel_id)
            ids = {"video_id": record.id, "user_id": record.user_id, "channel_id": channel.id}
            payload = ids | {"channel_name": channel.name, "brand": channel.brand, "request": record.request}
        payload = payload | {"request": payload["request"] | {"script": record.request.get("script")}}
        seen = await _film_of(session, record.id) if await _was_approved(session, record.id) else None
        carried = Carried(approved=seen is not None, seen=seen or "", location=record.location or "")
        return VideoInput.model_validate(payload).model_copy(update={"carried": carried})


async def _unchanged(session: AsyncSession, seen: QuietRow) -> VideoRecord | None:
    """The row, locked, if it is as it was seen and has not ended."""
    found = select(VideoRecord).where(
        col(VideoRecord.id) == seen.id, col(VideoRecord.updated_at) == seen.updated_at, col(VideoRecord.status).not_in(ENDS)
    )
    record: VideoRecord | None = await session.scalar(found.with_for_update(key_share=True))
    return record


async def _was_approved(session: AsyncSession, video_id: UUID) -> bool:
    """Whether its publishing had begun and was not gone back from, to another script say."""
    began, went_back = f"video.{VideoStatus.PUBLISHING}", f"video.{VideoStatus.SCRIPTING}"
    told = select(col(VideoEvent.type)).where(col(VideoEvent.video_id) == video_id, col(VideoEvent.type).in_((began, went_back)))
    return await session.scalar(told.order_by(col(VideoEvent.id).desc()).limit(1)) == began


async def _film_of(session: AsyncSession, video_id: UUID) -> str:
    """Digest of the film that was made last; empty where none is known."""
    films = select(col(VideoArtifact.digest)).where(col(VideoArtifact.video_id) == video_id, col(VideoArtifact.kind) == "film")
    return await session.scalar(films.order_by(col(VideoArtifact.id).desc()).limit(1)) or ""


async def _tell(session: AsyncSession, record: VideoRecord) -> None:
    data: dict[str, Any] = {"status": record.status, "step": record.step, "detail": record.detail, "error": record.error}
    event = insert(VideoEvent).values(video_id=record.id, user_id=record.user_id, type=f"video.{record.status}", data=data)
    await session.execute(event)
