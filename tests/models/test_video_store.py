"""The store of videos: nothing half-accepted, no ended video changed, no event missed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from models.channels.store import ChannelStore
from models.database import Database
from models.errors import Conflict, NotFound
from models.system.bootstrap import laptop_owner
from models.system.outbox import OutboxStore
from models.users.store import AccountStore
from models.videos.contracts import ArtifactRef, Provided, VideoInput, VideoRequest
from models.videos.event_store import EventStore
from models.videos.listing import Sort, VideoListing, Wanted
from models.videos.status import ParkReason, Step, VideoStatus
from models.videos.store import START_VIDEO, VideoStore
from models.videos.tables import VideoRecord

FILM = ArtifactRef(kind="film", digest="ab" * 32, media_type="video/mp4", size=12)
Create = Callable[..., Awaitable[VideoInput]]


@pytest_asyncio.fixture
async def create(database: Database) -> Create:
    """Accepts a video of the laptop's owner."""
    owner, channel = await laptop_owner(database)

    async def accept(**request: object) -> VideoInput:
        wish = VideoRequest.model_validate({"topic": "Tides"} | request)
        video = VideoInput(video_id=uuid4(), user_id=owner.id, channel_id=channel.id, request=wish)
        async with database.session() as session:
            await VideoStore(database).create(session, video, title="Tides", estimate=Decimal("0.25"), slug="tides")
        return video

    return accept


async def told(database: Database, video: VideoInput) -> list[str]:
    """Types of its events, in order."""
    return [event["type"] for event in await EventStore(database).of_video(video.video_id)]


async def test_an_accepted_video_is_a_row_an_event_and_a_message_to_start_it(database: Database, create: Create) -> None:
    video = await create(tags=["sea"])
    store, outbox = VideoStore(database), OutboxStore(database)
    async with database.session() as session:
        record = await store.get(session, video.video_id, user_id=video.user_id)
        assert (record.status, record.workflow_id, record.tags) == ("queued", f"video-{video.video_id}", ["sea"])
        assert record.estimated_cost == Decimal("0.250000")
    assert await told(database, video) == ["video.queued"]
    [message] = await outbox.claim(START_VIDEO)
    assert VideoInput.model_validate(message.payload) == video


async def test_a_video_whose_transaction_fails_leaves_nothing(database: Database, create: Create) -> None:
    video = await create()
    store = VideoStore(database)
    with pytest.raises(ZeroDivisionError):
        async with database.session() as session:
            other = video.model_copy(update={"video_id": uuid4()})
            await store.create(session, other, title="x", estimate=Decimal(0), slug="x")
            raise ZeroDivisionError
    async with database.session() as session:
        assert await session.scalar(select(func.count()).select_from(VideoRecord)) == 1
        assert await OutboxStore(database).waiting(session, START_VIDEO) == 1


async def test_no_video_is_made_for_another_users_channel(database: Database, create: Create) -> None:
    video = await create()
    async with database.session() as session:
        stranger = await AccountStore().create(session, "Stranger@Example.com")
    with pytest.raises(NotFound):
        async with database.session() as session:
            theirs = video.model_copy(update={"video_id": uuid4(), "user_id": stranger.id})
            await VideoStore(database).create(session, theirs, title="x", estimate=Decimal(0), slug="x")
    with pytest.raises(NotFound):
        async with database.session() as session:
            await VideoStore(database).get(session, video.video_id, user_id=stranger.id)


async def test_saying_the_same_status_twice_makes_one_event(database: Database, create: Create) -> None:
    video = await create()
    store = VideoStore(database)
    tomorrow = datetime(2030, 1, 2, tzinfo=UTC)
    for _ in range(2):
        await store.record_status(video.video_id, VideoStatus.SCRIPTING, step=Step.SCRIPT)
    for _ in range(2):
        await store.record_status(
            video.video_id, VideoStatus.PARKED, park_reason=ParkReason.BUDGET, park_until=tomorrow, detail="day"
        )
    await store.record_status(video.video_id, VideoStatus.PRODUCING, step=Step.VOICE)
    types = await told(database, video)
    async with database.session() as session:
        record = await store.get(session, video.video_id)
    assert types == ["video.queued", "video.scripting", "video.parked", "video.producing"]
    assert (record.park_reason, record.park_until, record.step, record.detail) == (None, None, "voice", "")
    assert record.started_at is not None and record.ended_at is None


async def test_an_ended_video_stays_ended(database: Database, create: Create) -> None:
    video = await create()
    store = VideoStore(database)
    await store.record_status(video.video_id, VideoStatus.PUBLISHED)
    await store.record_status(video.video_id, VideoStatus.PUBLISHED, detail="again")
    with pytest.raises(Conflict):
        await store.record_status(video.video_id, VideoStatus.FAILED, error="late")
    async with database.session() as session:
        record = await store.get(session, video.video_id)
        assert (record.status, record.error) == ("published", "")
        assert record.ended_at is not None


async def test_a_cached_repeat_of_a_step_does_not_cover_what_was_paid(database: Database, create: Create) -> None:
    video = await create()
    store = VideoStore(database)
    paid = Provided(provider="openai", cost=Decimal("0.02"), passed_over=("elevenlabs: no key",))
    await store.record_step(video.video_id, Step.SCRIPT, paid, artifacts=[FILM])
    await store.record_step(video.video_id, Step.SCRIPT, Provided(provider="openai", cached=True), artifacts=[FILM])
    async with database.session() as session:
        [step] = await store.steps(session, video.video_id)
        [artifact] = await store.artifacts(session, video.video_id, kind="film")
    assert (step.cost, step.cached, step.passed_over) == (Decimal("0.02"), False, ["elevenlabs: no key"])
    assert artifact.digest == FILM.digest


async def test_what_was_made_last_is_the_newest_also_when_it_had_been_made_before(database: Database, create: Create) -> None:
    video = await create()
    store = VideoStore(database)
    other = FILM.model_copy(update={"digest": "cd" * 32})
    speech = [FILM.model_copy(update={"kind": "speech", "digest": f"{n}{n}" * 32}) for n in range(3)]

    async def order(kind: str) -> list[str]:
        async with database.session() as session:
            return [row.digest for row in await store.artifacts(session, video.video_id, kind=kind)]

    for film in (FILM, other, FILM):
        for _ in range(2):
            await store.record_step(video.video_id, Step.VOICE, Provided(provider="espeak"), artifacts=[*speech, speech[0]])
            await store.record_result(video.video_id, artifacts=[film])
        assert (await order("film"))[-1] == film.digest
    assert len(await order("film")) == 2
    assert await order("speech") == [one.digest for one in speech]
    assert (await told(database, video)).count("video.result") == 3, "the same again tells nobody"


async def test_one_youtube_id_belongs_to_one_video(database: Database, create: Create) -> None:
    first, second = await create(), await create()
    store = VideoStore(database)
    for _ in range(2):
        await store.record_result(first.video_id, youtube_id="abc", title="The tides", seconds=61.5, artifacts=[FILM])
    with pytest.raises(Conflict):
        await store.record_result(second.video_id, youtube_id="abc")
    types = await told(database, first)
    async with database.session() as session:
        record = await store.get(session, first.video_id)
    assert types == ["video.queued", "video.result"]
    assert (record.title, record.seconds) == ("The tides", 61.5)


async def test_a_reader_that_resumes_after_the_last_id_misses_no_event(database: Database, create: Create) -> None:
    """Ids are given out before transactions commit; without order a slow writer's event would appear behind the reader."""
    videos = [await create() for _ in range(6)]
    store = VideoStore(database)
    seen: list[int] = []
    done = asyncio.Event()

    async def write(video: VideoInput) -> None:
        for number in range(12):
            await store.record_status(video.video_id, VideoStatus.RENDERING, detail=f"{number} of 12")

    async def read() -> None:
        while True:
            finished = done.is_set()
            new = await EventStore(database).of_user(videos[0].user_id, seen[-1] if seen else 0)
            seen.extend(event["id"] for event in new)
            if finished and not new:
                return

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(video) for video in videos))
    done.set()
    await reader
    assert len(seen) == 6 + 6 * 12


async def test_lists_filter_sort_and_count(database: Database, create: Create) -> None:
    first, second, third = await create(), await create(), await create(priority=1)
    store = VideoStore(database)
    await store.record_result(second.video_id, title="100% of it_")
    await store.record_status(first.video_id, VideoStatus.FAILED, error="x")
    listing, mine, stranger = VideoListing(database), Wanted(first.user_id), uuid4()

    async def page(wanted: Wanted, sort: Sort = "newest", *, limit: int = 20, offset: int = 0) -> tuple[list[UUID], int]:
        rows, total = await listing.page(wanted, sort, limit=limit, offset=offset)
        return [row["id"] for row in rows], total

    ids = [video.video_id for video in (first, second, third)]
    assert await page(mine, limit=2) == ([ids[2], ids[1]], 3)
    assert await page(mine, limit=2, offset=2) == ([ids[0]], 3)
    assert await page(mine, limit=2, offset=4) == ([], 3)
    assert await page(mine, "oldest") == (ids, 3)
    assert await page(mine, "priority") == ([ids[2], ids[1], ids[0]], 3)
    assert await page(mine, "title") == ([ids[1], ids[2], ids[0]], 3)
    assert await page(replace(mine, channel_id=first.channel_id, statuses=[VideoStatus.FAILED])) == ([ids[0]], 1)
    assert await page(replace(mine, search="% OF IT_")) == await page(replace(mine, search="%")) == ([ids[1]], 1)
    assert await page(Wanted(stranger)) == ([], 0)
    assert (await listing.detail(first.user_id, ids[1]))["title"] == "100% of it_"
    with pytest.raises(NotFound):
        await listing.detail(stranger, ids[1])


async def test_the_laptop_has_one_owner_and_channel_however_many_ask_at_once(database: Database) -> None:
    found = await asyncio.gather(*(laptop_owner(database) for _ in range(8)))
    assert len({(owner.id, channel.id) for owner, channel in found}) == 1
    async with database.session() as session:
        assert await ChannelStore().count(session, found[0][0].id) == 1
        assert (await ChannelStore().list(session, found[0][0].id)).items[0].name == "My channel"


async def test_the_database_keeps_the_moment_of_the_last_change(database: Database, create: Create) -> None:
    video = await create()
    moment = "select updated_at from videos.video_records where id = $1"
    made = await database.value(moment, video.video_id)
    await database.value("update videos.video_records set total_cost = 1 where id = $1", video.video_id)
    assert await database.value(moment, video.video_id) == made, "what a video cost is not its story"
    await database.value("update videos.video_records set total_cost = 0 where id = $1", video.video_id)
    await VideoStore(database).record_status(video.video_id, VideoStatus.SCRIPTING)
    assert await database.value(moment, video.video_id) > made
