"""No clip twice in a video nor in a channel's last twenty; no more calls than a provider allows, however many ask at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest_asyncio

from models.database import Database
from models.system.bootstrap import laptop_owner
from models.system.provider_calls import ProviderCalls
from models.videos.contracts import VideoInput, VideoRequest
from models.videos.footage_uses import FootageUses
from models.videos.store import VideoStore

Accept = Callable[[], Awaitable[VideoInput]]


@pytest_asyncio.fixture
async def accept(database: Database) -> Accept:
    """Accepts another video of one channel."""
    owner, channel = await laptop_owner(database)

    async def one() -> VideoInput:
        video = VideoInput(video_id=uuid4(), user_id=owner.id, channel_id=channel.id, request=VideoRequest(topic="Tides"))
        async with database.session() as session:
            await VideoStore(database).create(session, video, title="Tides", estimate=Decimal(0), slug="tides")
        return video

    return one


async def test_a_clip_is_shown_by_one_scene_of_a_video(database: Database, accept: Accept) -> None:
    uses, video = FootageUses(database), await accept()
    assert await uses.claim(video, 0, "pexels", "11", subject="a")
    assert await uses.claim(video, 0, "pexels", "11", subject="a"), "asked again, the answer is the same"
    assert not await uses.claim(video, 1, "pexels", "11", subject="b")
    assert not await uses.claim(video, 1, "pexels", "11", subject="a", remake=True), "not even as a remake"
    assert await uses.claim(video, 1, "pixabay", "11", subject="b"), "another library's ids are others"
    assert await uses.of_scene(video, 0, "pexels") == "11"
    assert await uses.taken(video, 1, "pexels") == {"11"}
    assert await uses.taken(video, 0, "pexels") == frozenset()


async def test_a_scene_that_takes_another_clip_gives_the_first_back(database: Database, accept: Accept) -> None:
    uses, video = FootageUses(database), await accept()
    assert await uses.claim(video, 0, "pexels", "11", subject="a")
    assert await uses.claim(video, 0, "pixabay", "7", subject="a")
    assert await uses.of_scene(video, 0, "pexels") is None
    assert await uses.claim(video, 1, "pexels", "11", subject="b")


async def test_a_clip_comes_again_after_the_channels_last_videos(database: Database, accept: Accept) -> None:
    uses = FootageUses(database, videos=2)
    first = await accept()
    assert await uses.claim(first, 0, "pexels", "11", subject="a")
    for _ in range(2):
        later = await accept()
        assert not await uses.claim(later, 0, "pexels", "11", subject="b")
        assert await uses.taken(later, 0, "pexels") == {"11"}
    assert await uses.claim(await accept(), 0, "pexels", "11", subject="b")


async def test_videos_that_nobody_will_see_keep_no_clip(database: Database, accept: Accept) -> None:
    uses, ended = FootageUses(database), await accept()
    assert await uses.claim(ended, 0, "pexels", "11", subject="a")
    await database.value("update videos.video_records set status = 'cancelled' where id = $1", ended.video_id)
    assert await uses.claim(await accept(), 3, "pexels", "11", subject="b")


async def test_the_same_scene_made_again_may_look_the_same_where_asked(database: Database, accept: Accept) -> None:
    uses = FootageUses(database)
    assert await uses.claim(await accept(), 0, "pexels", "11", subject="a")
    again = await accept()
    assert not await uses.claim(again, 0, "pexels", "11", subject="a")
    assert not await uses.claim(again, 0, "pexels", "11", subject="b", remake=True)
    assert await uses.claim(again, 0, "pexels", "11", subject="a", remake=True)


async def test_of_many_scenes_at_once_one_gets_the_clip(database: Database, accept: Accept) -> None:
    uses, videos = FootageUses(database), [await accept() for _ in range(4)]
    asked = [uses.claim(video, scene, "pexels", "11", subject="a") for video in videos for scene in range(4)]
    assert sum(await asyncio.gather(*asked)) == 1


async def test_no_more_calls_pass_than_the_hour_allows(database: Database) -> None:
    calls = ProviderCalls(database)
    waits = await asyncio.gather(*(calls.permit("pexels", 20) for _ in range(50)))
    assert waits.count(None) == 20
    assert all(wait is None or timedelta(minutes=59) < wait <= timedelta(hours=1) for wait in waits)
    assert await calls.permit("pixabay", 20) is None, "each provider has its own"


async def test_a_call_is_allowed_again_when_an_old_one_leaves_the_hour(database: Database) -> None:
    calls = ProviderCalls(database)
    assert await calls.permit("pexels", 2) is None
    assert await calls.permit("pexels", 2) is None
    await database.value("update system.provider_calls set at = at - interval '59 minutes 30 seconds' where id = 1")
    wait = await calls.permit("pexels", 2)
    assert wait is not None and wait <= timedelta(seconds=30)
    await database.value("update system.provider_calls set at = at - interval '31 seconds' where id = 1")
    assert await calls.permit("pexels", 2) is None
    assert await calls.permit("pexels", 2) is not None


async def test_a_limit_of_nothing_lets_nothing_through(database: Database) -> None:
    assert await ProviderCalls(database).permit("pexels", 0) == timedelta(hours=1)
