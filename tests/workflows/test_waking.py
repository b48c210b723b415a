"""A parked video goes on when somebody raises the budget from outside its run, as the command line does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest_asyncio

from models.costs.caps import Caps
from models.costs.contracts import Scope
from models.costs.store import CostStore
from models.settings import Settings
from models.videos.status import ParkReason, VideoStatus
from models.videos.waking import WakeTask
from tests.workflows.factory import Factory, factory
from workers.outbox import sweep, wake_parked


@pytest_asyncio.fixture
async def running(database_address: str, tmp_path: Path) -> AsyncIterator[Factory]:
    """A factory whose videos may cost nothing at all."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=database_address,  # type: ignore[arg-type]
        data_dir=tmp_path / "data",
        films_dir=tmp_path / "films",
        video_cap=Decimal(0),
    )
    async with factory(settings) as made:
        yield made


async def test_a_raise_from_outside_wakes_the_video(running: Factory) -> None:
    handle = await running.ask()
    state = await running.until_status(handle, VideoStatus.PARKED)
    assert state.parked is not None
    assert (state.parked.reason, state.parked.until) == (ParkReason.BUDGET, None)
    await running.row_as(handle, "parked")  # what was about to park is woken a minute later, by the sweeper that does not run here
    database, caps = running.wiring.database, Caps.of(running.wiring.settings)
    async with database.session() as session:
        subject = handle.id.removeprefix("video-")
        await CostStore(caps).raise_cap(session, Scope.VIDEO, Decimal(5), datetime.now(UTC), subject)
    assert await sweep(database, running.client) >= 1
    await running.until(handle, lambda state: state.status is not VideoStatus.PARKED)
    task = WakeTask(reason=ParkReason.BUDGET)
    assert await wake_parked(database, running.client, task) == 0, "a video that went on is left alone"
    await handle.terminate()
