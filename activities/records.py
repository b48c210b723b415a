"""Writes what a run has come to into the database: the row, its events, its artifacts. Safe to repeat."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from temporalio import activity

from activities.counters import count_step, observe_video_cost
from models.videos.contracts import ArtifactRef, Contract, Provided
from models.videos.finishing import QualityReport
from models.videos.status import ParkReason, Step, VideoStatus

if TYPE_CHECKING:
    from models.videos.store import VideoStore


class StatusRecord(Contract):
    """A video's new state."""

    video_id: UUID
    status: VideoStatus
    step: Step | None = None
    detail: str = ""
    park_reason: ParkReason | None = None
    park_until: datetime | None = None
    error: str = ""


class StepRecord(Contract):
    """A step, or a part of one (some scenes), that ended."""

    video_id: UUID
    step: Step
    part: str = ""
    provided: Provided
    artifacts: tuple[ArtifactRef, ...] = ()
    seconds: float = 0.0


class ResultRecord(Contract):
    """What became of the film so far; None leaves a value as it is."""

    video_id: UUID
    title: str | None = None
    artifacts: tuple[ArtifactRef, ...] = ()
    seconds: float | None = None
    encoder: str | None = None
    quality: QualityReport | None = None
    location: str | None = None
    youtube_id: str | None = None
    published_at: datetime | None = None


class Record(Contract):
    """One thing to write; exactly one of its fields is given."""

    status: StatusRecord | None = None
    step: StepRecord | None = None
    result: ResultRecord | None = None


class Records(Contract):
    """What happened in a run since the last writing, in order."""

    entries: tuple[Record, ...]


class RecordsActivity:
    """The rows of a video follow its run."""

    def __init__(self, videos: VideoStore) -> None:
        self._videos = videos

    @activity.defn
    async def record(self, records: Records) -> None:
        """Write the entries in order. A repeat, after a crash in the middle, changes nothing.

        Raises:
            Conflict: the video has ended otherwise.
            NotFound: there is no such video.
        """
        for entry in records.entries:
            if entry.step is not None:
                await self._step(entry.step)
            if entry.result is not None:
                await self._result(entry.result)
            if entry.status is not None:
                await self._status(entry.status)

    async def _status(self, record: StatusRecord) -> None:
        changed = await self._videos.record_status(
            record.video_id,
            record.status,
            step=record.step,
            detail=record.detail,
            park_reason=record.park_reason,
            park_until=record.park_until,
            error=record.error or None,
            run_id=activity.info().workflow_run_id,
        )
        if changed and record.status.ended:
            observe_video_cost(record.status, await self._videos.spent(record.video_id))

    async def _step(self, record: StepRecord) -> None:
        changed = await self._videos.record_step(
            record.video_id, record.step, record.provided, part=record.part, artifacts=record.artifacts, seconds=record.seconds
        )
        if changed and not record.part:  # the parts of a step are told again by the whole
            count_step(record.step, record.provided)

    async def _result(self, record: ResultRecord) -> None:
        await self._videos.record_result(
            record.video_id,
            title=record.title,
            artifacts=record.artifacts,
            seconds=record.seconds,
            encoder=record.encoder,
            quality=record.quality,
            location=record.location,
            youtube_id=record.youtube_id,
            published_at=record.published_at,
        )
