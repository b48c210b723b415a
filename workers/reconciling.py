"""Sees to it that no video's row disagrees with its run for ever: a run may end, or be lost, without a word to the database.

Temporal is asked what became of the run of every video that has not ended and that nobody has written to for a while, a batch at a
time. A run that was ended from outside ends its video; a run that Temporal has lost is started again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

import structlog
from temporalio.client import Client
from temporalio.common import MetricMeter
from temporalio.runtime import Runtime

from models.errors import ComponentDown
from models.videos.fates import Fate, Out, RunState, end_of
from models.videos.runs import BEGINNING, QuietRow, RunStore
from models.videos.store import VideoStore
from models.youtube.body import watch_url
from models.youtube.contracts import UploadState
from models.youtube.upload_store import UploadStore
from workers.wiring import Wiring
from workflows.asking import fate_of, outcome_of


class Known(Protocol):
    """A row with a run."""

    @property
    def id(self) -> UUID:
        """Of the row."""


Row = TypeVar("Row", bound=Known)
Said = TypeVar("Said")
log = structlog.get_logger(__name__)

EVERY_SECONDS = 15.0
QUIET = timedelta(minutes=1)
"""How long nobody wrote to a row, and how long its run is over, before the video ends by it: what an activity that was at work then
still had to write (a film that has just arrived at YouTube) is written, and a person can still reset the run."""
IF_DAMAGED = "If it stays so while others are read, delete that run in Temporal: it is then started again."
BATCH = 100
AT_ONCE = 10


@dataclass
class Reconciler:
    """Goes round the open videos of one installation. Any number of processes may, each at its own place."""

    client: Client
    runs: RunStore
    uploads: UploadStore
    videos: VideoStore
    folder_of: Callable[[UUID], str]
    """Where the film lies, if it was published into a folder."""
    when_lost: Callable[[], Awaitable[None]] | None = None
    """What a Temporal must be told first that has lost runs."""
    quiet: timedelta = QUIET
    batch: int = BATCH
    meter: MetricMeter = field(default_factory=lambda: Runtime.default().metric_meter)
    _last: QuietRow = field(default=BEGINNING, init=False)

    async def look(self) -> int:
        """Ask after the next batch; how many videos were ended or are started again.

        Raises:
            ComponentDown: the database is away, or Temporal says nothing of any run; these are asked after in the next round.
        """
        rows = await self.runs.quiet(self._last, since=self.quiet, limit=self.batch)
        self._last = rows[-1] if len(rows) == self.batch else BEGINNING
        fates = await self._fates(rows)
        if self.when_lost is not None and any(fate.state is RunState.LOST for _, fate in fates):
            await self.when_lost()
        changed = 0
        for row, fate in fates:
            changed += await self._settled(row, fate)
        return changed

    async def for_ever(self) -> None:
        """Look every few seconds, over outages of the database and of Temporal."""
        await look_for_ever(self.look, EVERY_SECONDS, "videos")

    async def _fates(self, rows: Sequence[QuietRow]) -> list[tuple[QuietRow, Fate]]:
        return await asked_of_all(rows, lambda row: fate_of(self.client, row.id))

    async def _settled(self, row: QuietRow, fate: Fate) -> bool:
        try:
            if fate.state is RunState.LOST:
                return await self._started_again(row)
            return fate.ended and await self._ended(row, fate)
        except ComponentDown:
            raise
        except Exception as error:  # as above
            log.warning("a video could not be brought in line with its run", video=str(row.id), error=f"{error}"[:500])
            return False

    async def _ended(self, row: QuietRow, fate: Fate) -> bool:
        if fate.closed_at is None or datetime.now(UTC) - fate.closed_at < self.quiet:
            return False
        if fate.state is RunState.COMPLETED:
            fate = fate.model_copy(update={"outcome": await outcome_of(self.client, row.id, fate.run_id)})
        end = end_of(fate, await self._out(row))
        if not await self.runs.end(row, end):
            return False
        said = {"status": end.status.value, "by": fate.by, "detail": end.detail}
        log.warning("a video was ended in its run's stead", video=str(row.id), **said)
        self._count(fate.state)
        cost = self.meter.create_histogram_float("video_cost_dollars", "what ended videos cost")
        cost.record(float(await self.videos.spent(row.id)), {"status": end.status.value})
        return True

    async def _started_again(self, row: QuietRow) -> bool:
        if not await self.runs.start_again(row):
            return False
        log.warning("Temporal has lost a run; it is started again", video=str(row.id))
        self._count(RunState.LOST)
        return True

    async def _out(self, row: QuietRow) -> Out:
        upload = await self.uploads.live(row.id)
        if upload is not None and upload.state is UploadState.UPLOADED:
            place = watch_url(upload.youtube_id)
            return Out(location=place, youtube_id=upload.youtube_id, at=upload.uploaded_at, visibility=upload.visibility)
        sending = upload is not None and upload.sessions > 0
        return Out(location=row.location or await asyncio.to_thread(self.folder_of, row.id), sending=sending)

    def _count(self, state: RunState) -> None:
        """`ytempire_runs_gone` by what became of them."""
        counter = self.meter.create_counter("ytempire_runs_gone", "runs that ended, or were lost, without a word")
        counter.add(1, {"what": state.value})


async def look_for_ever(look: Callable[[], Awaitable[int]], every: float, of: str) -> None:
    """Look every so many seconds, over outages of the database and of Temporal; it ends with the process alone."""
    while True:
        try:
            await look()
        except ComponentDown as error:
            log.warning("what became of the runs is not known just now", of=of, why=str(error))
        except Exception:
            log.exception("what became of the runs could not be seen and is looked at again", of=of)
        await asyncio.sleep(every)


async def asked_of_all(rows: Sequence[Row], ask: Callable[[Row], Awaitable[Said]]) -> list[tuple[Row, Said]]:
    """What Temporal says of each row's run, a few at a time; of a run that cannot be read, nothing.

    Raises:
        ComponentDown: it says nothing of any.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    found: list[tuple[Row, Said]] = []
    failed: list[tuple[Row, Exception]] = []

    async def ask_one(row: Row) -> None:
        async with gate:
            try:
                found.append((row, await ask(row)))
            except Exception as error:  # its damage is told below, or Temporal is away
                failed.append((row, error))

    await asyncio.gather(*map(ask_one, rows))
    for row, error in failed:
        if isinstance(error, ComponentDown) and not found:
            raise error
        # A run whose history is damaged answers like an outage, for ever: the others must not wait for it.
        log.warning("what became of a run could not be read", of=str(row.id), error=f"{error}"[:500], hint=IF_DAMAGED)
    return found


def reconciler_of(
    wiring: Wiring, client: Client, *, when_lost: Callable[[], Awaitable[None]] | None = None, quiet: timedelta = QUIET
) -> Reconciler:
    """The reconciler of an installation."""
    runs, uploads = RunStore(wiring.database), UploadStore(wiring.database)
    return Reconciler(client, runs, uploads, wiring.videos, wiring.folder_of, when_lost=when_lost, quiet=quiet)
