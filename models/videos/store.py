"""The SQL of videos: rows, steps, artifacts and events. The row is the truth; an event and a notification go with every change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Numeric, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.database import Database
from models.errors import Conflict, NotFound
from models.ids import video_workflow_id
from models.money import dollars
from models.system.outbox import OutboxStore
from models.videos.contracts import ArtifactRef, Provided, VideoInput
from models.videos.finishing import QualityReport
from models.videos.status import ParkReason, Step, VideoStatus
from models.videos.tables import VideoArtifact, VideoEvent, VideoRecord, VideoStep

START_VIDEO = "start-video"
"""Kind of the outbox message that asks for the workflow of a new video; its payload is the `VideoInput`."""

_COLUMNS = (
    "id", "user_id", "channel_id", "title", "topic", "tags", "language", "format", "level", "priority", "request", "slug",
    "workflow_id", "estimated_cost", "scheduled_at",
)  # fmt: skip
_CREATE = text(f"""
WITH channel AS (
    SELECT status FROM channels.youtube_channels WHERE id = :channel_id AND user_id = :user_id FOR SHARE
), made AS (
    INSERT INTO videos.video_records ({", ".join(_COLUMNS)})
    SELECT {", ".join(f":{name}" for name in _COLUMNS)} FROM channel WHERE status NOT IN ('deleted', 'suspended')
    RETURNING id, user_id
), told AS (
    INSERT INTO videos.events (video_id, user_id, type, data) SELECT id, user_id, 'video.queued', :queued FROM made
), asked AS (
    INSERT INTO system.outbox (kind, key, payload) SELECT :kind, :key, :payload FROM made ON CONFLICT DO NOTHING
)
SELECT status FROM channel""").bindparams(  # noqa: S608  # names of our own
    *(bindparam(name, type_=JSONB) for name in ("request", "queued", "payload")),
    bindparam("tags", type_=ARRAY(Text)),
    bindparam("scheduled_at", type_=DateTime(timezone=True)),
    bindparam("estimated_cost", type_=Numeric(14, 6)),
)
_OTHERS_ARE_NEWER = text("""EXISTS (
    SELECT FROM videos.artifacts n WHERE n.video_id = artifacts.video_id AND n.kind = artifacts.kind AND n.id > artifacts.id
        AND n.digest <> ALL (:digests))""").bindparams(bindparam("digests", type_=ARRAY(Text)))
"""Others than those that are kept together with it: which of these is the newest means nothing."""


class VideoStore:
    """Videos of one database. Methods that take a session join its transaction; the others have their own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._outbox = OutboxStore(database)

    async def create(self, session: AsyncSession, video: VideoInput, *, title: str, estimate: Decimal, slug: str) -> VideoRecord:
        """Accept a video: its row, its first event and the message that starts its workflow, all or nothing.

        Raises:
            NotFound: the channel does not exist or is another user's.
            Conflict: the channel is suspended.
        """
        payload, request = video.model_dump(mode="json"), video.request
        values = {
            "id": video.video_id,
            "user_id": video.user_id,
            "channel_id": video.channel_id,
            "title": title,
            "topic": request.topic,
            "tags": list(request.tags),
            "language": request.language,
            "format": request.format.value,
            "level": request.level.value,
            "priority": request.priority,
            "request": payload["request"],
            "slug": slug,
            "workflow_id": video_workflow_id(video.video_id),
            "estimated_cost": dollars(estimate),
            "scheduled_at": request.publish_at,
        }
        queued = {"title": title, "estimate": f"{dollars(estimate)}"}
        message = {"kind": START_VIDEO, "key": f"{START_VIDEO}:{video.video_id}", "payload": payload}
        status = await session.scalar(_CREATE, values | {"queued": queued} | message)
        if status in (None, "deleted"):
            raise NotFound("That channel does not exist.", hint="List your channels to see their ids.")
        if status == "suspended":
            raise Conflict(
                f"The channel {video.channel_name} is suspended.", hint="Videos can be asked for when it is active again."
            )
        return VideoRecord(**values)

    async def get(self, session: AsyncSession, video_id: UUID, *, user_id: UUID | None = None) -> VideoRecord:
        """The row; with `user_id`, only when it is that user's.

        Raises:
            NotFound: no such video, or another user's.
        """
        record = await session.get(VideoRecord, video_id)
        if record is None or (user_id is not None and record.user_id != user_id):
            raise missing(video_id)
        return record

    async def steps(self, session: AsyncSession, video_id: UUID) -> Sequence[VideoStep]:
        """What served each step, in the order it happened."""
        return (
            await session.scalars(select(VideoStep).where(col(VideoStep.video_id) == video_id).order_by(col(VideoStep.id)))
        ).all()

    async def artifacts(self, session: AsyncSession, video_id: UUID, *, kind: str | None = None) -> Sequence[VideoArtifact]:
        """Its artifacts, the newest of a kind last."""
        found = select(VideoArtifact).where(col(VideoArtifact.video_id) == video_id).order_by(col(VideoArtifact.id))
        return (await session.scalars(found if kind is None else found.where(col(VideoArtifact.kind) == kind))).all()

    async def recent_scripts(self, session: AsyncSession, channel_id: UUID, *, but: UUID, limit: int = 20) -> Sequence[ArtifactRef]:
        """The newest script of each of the channel's latest videos but one, the latest video first."""
        latest = (
            select(col(VideoRecord.id))
            .where(col(VideoRecord.channel_id) == channel_id, col(VideoRecord.id) != but)
            .order_by(col(VideoRecord.created_at).desc(), col(VideoRecord.id).desc())
            .limit(limit)
        )
        scripts = (
            select(VideoArtifact)
            .where(col(VideoArtifact.video_id).in_(latest), col(VideoArtifact.kind) == "script")
            .order_by(col(VideoArtifact.id))
        )
        newest = {row.video_id: row for row in (await session.scalars(scripts)).all()}
        rows = sorted(newest.values(), key=lambda row: row.id or 0, reverse=True)
        return [ArtifactRef(kind=row.kind, digest=row.digest, media_type=row.media_type, size=row.size) for row in rows]

    async def record_status(
        self,
        video_id: UUID,
        status: VideoStatus,
        *,
        step: Step | None = None,
        detail: str = "",
        park_reason: ParkReason | None = None,
        park_until: datetime | None = None,
        error: str | None = None,
        run_id: str | None = None,
    ) -> bool:
        """Where the video is now. The same again changes nothing and tells nobody; `step` and `error` None leave them as they are.

        Tells whether anything changed.

        Raises:
            Conflict: it has ended otherwise.
            NotFound: no such video.
        """
        async with self._database.session() as session:
            record = await self._locked(session, video_id)
            before = VideoStatus(record.status)
            if before.ended and status is not before:
                raise Conflict(f"The video has ended as {before}; it cannot become {status}.", hint="Ask for a new video instead.")
            wanted: dict[str, Any] = {"status": status.value, "detail": detail, "park_until": park_until}
            wanted["park_reason"] = park_reason.value if park_reason else None
            wanted |= {} if step is None else {"step": step.value}
            wanted |= {} if error is None else {"error": error}
            changed = any(getattr(record, name) != value for name, value in wanted.items())
            if run_id is not None:
                record.run_id = run_id
            if before.ended or not changed:
                return False
            for name, value in wanted.items():
                setattr(record, name, value)
            now = datetime.now(UTC)
            if record.started_at is None and status is not VideoStatus.QUEUED:
                record.started_at = now
            if status.ended:
                record.ended_at = now
            await session.flush()
            data = {"status": record.status, "step": record.step, "detail": record.detail, "error": record.error}
            if status is VideoStatus.PARKED:
                data |= {"park_reason": record.park_reason or "", "park_until": park_until.isoformat() if park_until else ""}
            await self._event(session, record, "video.progress" if status is before else f"video.{status.value}", data)
            return True

    async def record_step(
        self,
        video_id: UUID,
        step: Step,
        provided: Provided,
        *,
        part: str = "",
        artifacts: Iterable[ArtifactRef] = (),
        seconds: float = 0.0,
    ) -> bool:
        """What served a step (`part` names a batch of its scenes) and what it made.

        A repeat that came from the cache does not cover up what was paid. Tells whether anything changed.

        Raises:
            NotFound: no such video.
        """
        async with self._database.session() as session:
            record = await self._locked(session, video_id)
            where = (col(VideoStep.video_id) == video_id, col(VideoStep.step) == step.value, col(VideoStep.part) == part)
            row = await session.scalar(select(VideoStep).where(*where))
            await self._keep_artifacts(session, video_id, step.value, artifacts)
            values: dict[str, Any] = provided.model_dump() | {"passed_over": list(provided.passed_over)}
            if row is not None:
                same = all(getattr(row, name) == value for name, value in values.items())
                if same or (provided.cached and not row.cached and row.provider == provided.provider):
                    return False
                for name, value in values.items():
                    setattr(row, name, value)
                row.seconds, row.at = seconds, datetime.now(UTC)
            else:
                session.add(VideoStep(video_id=video_id, step=step.value, part=part, seconds=seconds, **values))
            await session.flush()
            await self._event(session, record, "video.step", {"step": step.value, "part": part} | provided.model_dump(mode="json"))
            return True

    async def spent(self, video_id: UUID) -> Decimal:
        """What the video cost so far, in dollars.

        Raises:
            NotFound: no such video.
        """
        async with self._database.session() as session:
            cost = await session.scalar(select(col(VideoRecord.total_cost)).where(col(VideoRecord.id) == video_id))
        if cost is None:
            raise missing(video_id)
        return cost

    async def record_progress(self, video_id: UUID, step: Step, done: int, total: int, said: str) -> None:
        """Tell those who watch how far a long step is; nothing of the row changes.

        Raises:
            NotFound: no such video.
        """
        async with self._database.session() as session:
            record = await session.get(VideoRecord, video_id)
            if record is None:
                raise missing(video_id)
            await self._event(session, record, "video.progress", {"step": step.value, "done": done, "total": total, "said": said})

    async def record_result(
        self,
        video_id: UUID,
        *,
        title: str | None = None,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        artifacts: Iterable[ArtifactRef] = (),
        quality: QualityReport | None = None,
        compliance_score: float | None = None,
        seconds: float | None = None,
        encoder: str | None = None,
        location: str | None = None,
        youtube_id: str | None = None,
        scheduled_at: datetime | None = None,
        published_at: datetime | None = None,
    ) -> None:
        """What came of the video, as far as it is known by now: None leaves a value as it is.

        Raises:
            Conflict: the YouTube id belongs to another video.
            NotFound: no such video.
        """
        given: dict[str, Any] = {
            "title": title, "description": description, "tags": list(tags) if tags is not None else None,
            "compliance_score": compliance_score, "seconds": seconds, "encoder": encoder, "location": location,
            "youtube_id": youtube_id, "scheduled_at": scheduled_at, "published_at": published_at,
        }  # fmt: skip
        if quality is not None:
            given |= {"quality_score": quality.score, "quality": quality.model_dump(mode="json")}
        async with self._database.session() as session:
            record = await self._locked(session, video_id)
            if youtube_id is not None:
                other = await session.scalar(select(col(VideoRecord.id)).where(col(VideoRecord.youtube_id) == youtube_id))
                if other not in (None, video_id):
                    raise Conflict(f"YouTube's {youtube_id} is already recorded as another video ({other}).")
            kept = await self._keep_artifacts(session, video_id, "", artifacts)
            changed = {name: value for name, value in given.items() if value is not None and getattr(record, name) != value}
            for name, value in changed.items():
                setattr(record, name, value)
            if not changed and not kept:
                return
            await session.flush()
            shown = {name: str(value) for name, value in changed.items() if name not in ("quality", "description", "tags")}
            await self._event(session, record, "video.result", shown | {"artifacts": kept})

    async def _locked(self, session: AsyncSession, video_id: UUID) -> VideoRecord:
        record = await session.scalar(select(VideoRecord).where(col(VideoRecord.id) == video_id).with_for_update(key_share=True))
        if record is None:
            raise missing(video_id)
        return record

    @staticmethod
    async def _event(session: AsyncSession, record: VideoRecord, kind: str, data: dict[str, Any]) -> None:
        await session.execute(insert(VideoEvent).values(video_id=record.id, user_id=record.user_id, type=kind, data=data))

    @staticmethod
    async def _keep_artifacts(session: AsyncSession, video_id: UUID, step: str, artifacts: Iterable[ArtifactRef]) -> Sequence[str]:
        """Whatever was made last is the newest of its kind, also where it had been made before something else was."""
        once = {(artifact.kind, artifact.digest): artifact for artifact in artifacts}  # two scenes may say the same
        rows = [artifact.model_dump() | {"video_id": video_id, "step": step} for artifact in once.values()]
        if not rows:
            return []
        kept = insert(VideoArtifact).values(rows)
        newest = kept.on_conflict_do_update(
            index_elements=["video_id", "kind", "digest"],
            set_={"id": text("DEFAULT"), "created_at": func.now()},
            where=_OTHERS_ARE_NEWER.bindparams(digests=[row["digest"] for row in rows]),
        )
        return (await session.scalars(newest.returning(col(VideoArtifact.kind)))).all()


def missing(video_id: UUID) -> NotFound:
    """What a video that is not there, or somebody else's, is answered with."""
    return NotFound(f"There is no video {video_id}.", hint="List your videos to see their ids.")
