"""Who goes on when a budget is raised or the platform is resumed: those that wait for just that, asked twice."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from models.costs.contracts import Scope
from models.costs.store import CostStore
from models.database import Database
from models.errors import InvalidRequest, NotFound
from models.system.outbox import OutboxStore
from models.system.switches import SwitchStore
from models.videos.contracts import VideoInput
from models.videos.status import ParkReason, VideoStatus
from models.videos.store import VideoStore
from models.videos.waking import WAKE_PARKED, WakeTask, parked_videos
from tests.models.money import OPEN, a_user, a_video

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NOBODY = "7d1c0a54-0000-4000-8000-000000000000"


async def _parked(database: Database, reason: ParkReason) -> VideoInput:
    video = await a_video(database, await a_user(database))
    await VideoStore(database).record_status(video.video_id, VideoStatus.PARKED, park_reason=reason)
    return video


async def _asked(database: Database) -> list[WakeTask]:
    """What is asked for, once now and once a minute later."""
    outbox = OutboxStore(database)
    now = [WakeTask.model_validate(message.payload) for message in await outbox.claim(WAKE_PARKED)]
    async with database.session() as session:
        await session.execute(text("update system.outbox set next_try_at = now() where attempts = 0 and kind = 'wake-parked'"))
    assert now == [WakeTask.model_validate(message.payload) for message in await outbox.claim(WAKE_PARKED)]
    return now


async def test_a_raised_cap_wakes_those_that_it_held(database: Database) -> None:
    first, second = await _parked(database, ParkReason.BUDGET), await _parked(database, ParkReason.BUDGET)
    await _parked(database, ParkReason.PERSON)
    wanted = {
        (Scope.VIDEO, f"{first.video_id}"): [first.video_id],
        (Scope.USER_DAY, f"{second.user_id}"): [second.video_id],
        (Scope.PLATFORM_DAY, ""): [first.video_id, second.video_id],
    }
    for (scope, subject), videos in wanted.items():
        async with database.session() as session:
            await CostStore(OPEN).raise_cap(session, scope, Decimal(9), NOW, subject)
        [task] = await _asked(database)
        async with database.session() as session:
            assert set(await parked_videos(session, task)) == set(videos)


async def test_the_resumed_platform_wakes_those_that_the_switch_held(database: Database) -> None:
    await _parked(database, ParkReason.BUDGET)
    held = await _parked(database, ParkReason.PAUSED)
    async with database.session() as session:
        await SwitchStore().pause(session, "x")
    assert await _asked(database) == []
    async with database.session() as session:
        await SwitchStore().resume(session)
    [task] = await _asked(database)
    async with database.session() as session:
        assert await parked_videos(session, task) == [held.video_id]


@pytest.mark.parametrize(
    ("scope", "subject", "cap", "error"),
    [
        (Scope.VIDEO, "", "5", InvalidRequest),
        (Scope.VIDEO, "nobody", "5", NotFound),
        (Scope.VIDEO, NOBODY, "5", NotFound),
        (Scope.USER_DAY, NOBODY, "5", NotFound),
        (Scope.PROVIDER_DAY, "", "5", InvalidRequest),
        (Scope.PLATFORM_DAY, "openai", "5", InvalidRequest),
        (Scope.PROVIDER_VIDEO, "openai", "5", InvalidRequest),
        (Scope.PLATFORM_DAY, "", "-1", InvalidRequest),
    ],
)
async def test_a_cap_that_is_nobodys_is_refused_and_wakes_nobody(
    database: Database, scope: Scope, subject: str, cap: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        async with database.session() as session:
            await CostStore(OPEN).raise_cap(session, scope, Decimal(cap), NOW, subject)
    assert await _asked(database) == []
