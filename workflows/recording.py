"""Writes down what happens in a run, beside the work: the film never waits for its own bookkeeping."""

from __future__ import annotations

import asyncio
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.records import Record, Records, RecordsActivity, ResultRecord, StatusRecord, StepRecord
    from models.videos.decisions import Parked
    from models.videos.status import Step, VideoStatus
    from workflows import policies
    from workflows.steps import StepParked, StepRunner


class Recorder:
    """A queue of records with one writer. What is added while a writing is under way goes together into the next one."""

    def __init__(self, steps: StepRunner) -> None:
        self._steps = steps
        self._waiting: list[Record] = []
        self._writer: asyncio.Task[None] | None = None
        self._refused = ""

    def status(self, record: StatusRecord) -> None:
        """The video's new state."""
        self._add(Record(status=record))

    def step(self, record: StepRecord) -> None:
        """A step that ended."""
        self._add(Record(step=record))

    def result(self, record: ResultRecord) -> None:
        """What became of the film so far."""
        self._add(Record(result=record))

    async def written(self) -> None:
        """Return when everything is in the database.

        Raises:
            ApplicationError: the row refused (deleted, or ended otherwise): it is the truth, so the run ends.
        """
        await workflow.wait_condition(lambda: self._writer is None)
        self.demand_accepted()

    def demand_accepted(self) -> None:
        """Raise as `written` does when a record was refused, without waiting for those under way."""
        if self._refused:
            raise ApplicationError(self._refused, type="RowRefused", non_retryable=True)

    def _add(self, record: Record) -> None:
        self._waiting.append(record)
        if self._writer is None and not self._refused:
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:
                entries, self._waiting = tuple(self._waiting), []
                await self._steps.run(
                    policies.RECORD, RecordsActivity.record, Records(entries=entries), None, summary=_summary(entries)
                )
        except StepParked as refused:
            self._refused = refused.parked.detail
        finally:
            self._writer = None


def status_record(video_id: UUID, status: VideoStatus, step: Step | None, detail: str, parked: Parked | None) -> StatusRecord:
    """What a row is told of a state that the video enters; while it waits, why, until when and what a person can do."""
    return StatusRecord(
        video_id=video_id,
        status=status,
        step=step,
        detail=f"{detail} {parked.hint}".strip() if parked else detail,
        park_reason=parked.reason if parked else None,
        park_until=parked.until if parked else None,
    )


def _summary(entries: tuple[Record, ...]) -> str:
    words = [
        f"state {entry.status.status}" if entry.status else f"{entry.step.step} done" if entry.step else "result"
        for entry in entries
    ]
    return ", ".join(dict.fromkeys(words))[:180]
