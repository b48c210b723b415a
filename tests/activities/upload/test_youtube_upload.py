"""A film reaches YouTube once, whole, on its own channel, with its metadata, whatever breaks on the way."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import Conflict, RateLimited
from models.videos.finishing import UploadTask
from models.videos.publishing import ConfirmTask, Extra, ExtraTask, Visibility
from models.youtube.quota import next_pacific_midnight
from tests.activities.upload.films import film_bytes
from tests.activities.upload.studio import Studio
from tests.fakes.youtube_world import Video

MIB = 1 << 20


async def one_video(studio: Studio, task: UploadTask, channel: str) -> Video:
    """The only video at the local YouTube, which must be this film."""
    assert len(studio.world.videos) == 1
    (video,) = studio.world.videos.values()
    assert video.sha256 == hashlib.sha256(studio.store.read_bytes(task.film)).hexdigest()
    assert video.channel == channel
    assert await studio.value("select youtube_id from videos.video_records where id = $1", task.video.video_id) == video.id
    assert await studio.value("select count(*) from youtube.uploads where state = 'uploaded'") == 1
    return video


async def test_a_film_arrives_with_its_metadata_on_its_channel(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=700_000, description="Two\nlines", tags=("sky", "light waves"))
    uploaded = await studio.publish(task)
    video = await one_video(studio, task, "UCone")
    assert uploaded.location == f"https://www.youtube.com/watch?v={video.id}"
    assert video.snippet["title"] == "Why the sky is blue"
    assert video.snippet["description"] == "Two\nlines"
    assert video.snippet["tags"][:2] == ["sky", "light waves"] and len(video.snippet["tags"]) == 3
    assert video.snippet["defaultLanguage"] == "en"
    assert video.status["selfDeclaredMadeForKids"] is False and video.status["containsSyntheticMedia"] is True
    assert video.status["privacyStatus"] == "public" and video.notify == "true"


async def test_publishing_again_changes_nothing(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    first = await studio.publish(task)
    requests = len(studio.world.requests)
    assert (await studio.publish(task)).external_id == first.external_id
    assert len(studio.world.requests) == requests
    assert await studio.value("select taken from youtube.account_days") == 1


async def test_a_video_with_a_youtube_id_is_not_sent(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    await studio.value("update videos.video_records set youtube_id = 'elsewhere'")
    with pytest.raises(Conflict, match="elsewhere"):
        await studio.publish(task)
    assert studio.world.sessions == {}


async def test_a_scheduled_film_is_private_until_its_time(studio: Studio) -> None:
    await studio.account("UCone")
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    task = await studio.film(await studio.channel("UCone"), publish_at=at)
    uploaded = await studio.publish(task)
    video = await one_video(studio, task, "UCone")
    assert video.status["privacyStatus"] == "private"
    assert datetime.fromisoformat(video.status["publishAt"]) == at
    publisher = studio.publisher()
    confirm = ConfirmTask(upload=task, uploaded=uploaded)
    seen = await asyncio.to_thread(publisher.confirm, confirm)
    assert (seen.state, seen.visible_at) == (Visibility.SCHEDULED, at)
    assert seen.ask_again_seconds > 3 * 3600 - 60
    studio.now = studio.world.now = lambda: at + timedelta(minutes=1)
    studio.world.access_seconds = 10**6
    seen = await asyncio.to_thread(publisher.confirm, confirm)
    assert seen.state is Visibility.VISIBLE and seen.settled


async def test_a_time_that_is_over_publishes_at_once(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), publish_at=datetime.now(UTC) - timedelta(minutes=5))
    await studio.publish(task)
    video = await one_video(studio, task, "UCone")
    assert video.status["privacyStatus"] == "public" and "publishAt" not in video.status


@pytest.mark.parametrize(
    ("do", "more"),
    [
        ("error", {"status": 503}),
        ("error", {"status": 500}),
        ("drop", {}),
        ("cut", {"keep": 0}),
        ("cut", {"keep": 100_001}),
        ("partial", {"keep": 0}),
        ("partial", {"keep": 262_144 + 7}),
        ("lost", {}),
        ("stall", {"seconds": 1.2}),
    ],
)
@pytest.mark.parametrize("after", [0, 1])
async def test_a_broken_chunk_is_gone_on_with_where_it_broke(studio: Studio, do: str, more: dict[str, int], after: int) -> None:
    await studio.account("UCone")
    studio.settings = studio.settings.model_copy(update={"youtube_chunk_mb": 1, "youtube_timeout_seconds": 1.0})
    task = await studio.film(await studio.channel("UCone"), size=2 * MIB + 4321)
    studio.world.fail("chunk", do, after=after, times=2, **more)
    await studio.publish(task)
    await one_video(studio, task, "UCone")
    assert studio.world.count("youtube.videos.insert", 200) == 1


async def test_a_lost_last_answer_is_asked_for_and_nothing_is_sent_twice(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=MIB)
    studio.world.fail("chunk", "lost")
    uploaded = await studio.publish(task)
    assert (await one_video(studio, task, "UCone")).id == uploaded.external_id
    assert studio.world.count("chunk") == 1 and studio.world.count("state", 200) == 1


@pytest.mark.parametrize("status", [404, 410])
async def test_an_expired_session_is_replaced_after_a_search(studio: Studio, status: int) -> None:
    await studio.account("UCone")
    studio.settings = studio.settings.model_copy(update={"youtube_chunk_mb": 1})
    task = await studio.film(await studio.channel("UCone"), size=4 * MIB)
    studio.world.fail("chunk", "expire", after=1, status=status)
    await studio.publish(task)
    await one_video(studio, task, "UCone")
    assert studio.world.count("youtube.videos.insert", 200) == 2
    assert studio.world.count("youtube.playlistItems.list", 200) == 1
    assert await studio.value("select used from youtube.quota_usage where bucket = 'insert'") == 2


async def test_a_session_that_ended_unheard_and_then_expired_is_found_by_its_marker(studio: Studio) -> None:
    """The last chunk arrives, its answer is lost, and when it is asked for again, the session is no more."""
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=MIB)
    later = datetime.now(UTC) + timedelta(minutes=5)
    for number in range(60):  # newer videos of the channel, so that the search must turn a page
        studio.world.videos[f"v{number}"] = Video(f"v{number}", "UCone", "", 1, {"title": "Other"}, {}, "true", "p1", later)
    studio.world.fail("chunk", "lost")
    studio.world.fail("state", "expire")
    uploaded = await studio.publish(task)
    assert len(studio.world.videos) == 61 and uploaded.external_id in studio.world.videos
    assert studio.world.count("youtube.videos.insert", 200) == 1
    assert studio.world.count("youtube.playlistItems.list", 200) == 2


async def test_a_channel_without_a_list_of_uploads_is_searched(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=MIB)
    studio.world.fail("chunk", "lost")
    studio.world.fail("state", "expire")
    studio.world.fail("youtube.playlistItems.list", status=404, reason="playlistNotFound")
    uploaded = await studio.publish(task)
    assert (await one_video(studio, task, "UCone")).id == uploaded.external_id
    assert await studio.value("select used from youtube.quota_usage where bucket = 'search'") == 1


async def test_every_question_for_a_session_counts(studio: Studio) -> None:
    """YouTube counts refused and broken requests too; the slot paid for the first."""
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    studio.world.fail("youtube.videos.insert", status=503, times=2)
    studio.world.fail("youtube.videos.insert", "lost")
    await studio.publish(task)
    assert studio.world.count("youtube.videos.insert") == 4
    assert await studio.value("select used from youtube.quota_usage where bucket = 'insert'") == 4


async def test_a_slot_of_yesterday_is_exchanged_for_one_of_today(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=MIB)
    studio.world.fail("youtube.videos.insert", status=429, reason="rateLimitExceeded")
    with pytest.raises(RateLimited):
        await studio.publish(task)
    tomorrow = next_pacific_midnight(datetime.now(UTC)) + timedelta(seconds=1)
    studio.now = studio.world.now = lambda: tomorrow
    await studio.publish(task)
    await one_video(studio, task, "UCone")
    days = await studio.database.rows("select taken from youtube.account_days order by day")
    assert [one["taken"] for one in days] == [0, 1]
    inserts = await studio.database.rows("select used from youtube.quota_usage where bucket = 'insert' order by day")
    assert [one["used"] for one in inserts] == [1, 1]


async def test_a_session_that_expired_over_midnight_takes_a_slot_of_the_new_day(studio: Studio) -> None:
    await studio.account("UCone")
    studio.settings = studio.settings.model_copy(update={"youtube_chunk_mb": 1})
    task = await studio.film(await studio.channel("UCone"), size=3 * MIB)
    tomorrow = next_pacific_midnight(datetime.now(UTC)) + timedelta(seconds=1)

    def turn(_: object) -> bool:
        studio.now = studio.world.now = lambda: tomorrow
        return True

    studio.world.fail("chunk", "expire", after=1, status=410, when=turn)
    await studio.publish(task)
    await one_video(studio, task, "UCone")
    days = await studio.database.rows("select taken from youtube.account_days order by day")
    assert [one["taken"] for one in days] == [1, 1]
    states = await studio.database.rows("select state from youtube.uploads order by created_at")
    assert [one["state"] for one in states] == ["abandoned", "uploaded"]


async def test_the_extras_are_added_once_each(studio: Studio) -> None:
    await studio.account("UCone")
    studio.world.playlists["PL1"] = []
    task = await studio.film(await studio.channel("UCone"), playlist="PL1")
    uploaded = await studio.publish(task)
    publisher = studio.publisher()
    assert publisher.extras(task) == (Extra.THUMBNAIL, Extra.CAPTIONS_SRT, Extra.CAPTIONS_VTT, Extra.PLAYLIST)
    for _ in range(2):
        for extra in publisher.extras(task):
            done = await asyncio.to_thread(publisher.add, ExtraTask(upload=task, uploaded=uploaded, extra=extra))
            assert done.done
    video = await one_video(studio, task, "UCone")
    assert video.thumbnail == studio.store.read_bytes(task.thumbnail)
    assert [(one["language"], one["isDraft"]) for one in video.captions] == [("en", False), ("en", True)]
    assert [one["body"] for one in video.captions] == [
        studio.store.read_bytes(task.captions_srt),
        studio.store.read_bytes(task.captions_vtt),
    ]
    assert studio.world.playlists["PL1"] == [video.id]
    assert studio.world.count("youtube.thumbnails.set") == 1


@pytest.mark.parametrize("do", ["lost", "drop", "error"])
async def test_an_extra_whose_answer_was_lost_is_not_added_twice(studio: Studio, do: str) -> None:
    await studio.account("UCone")
    studio.world.playlists["PL1"] = []
    task = await studio.film(await studio.channel("UCone"), playlist="PL1")
    uploaded = await studio.publish(task)
    publisher = studio.publisher()
    for method in ("thumbnails.set", "captions.insert", "playlistItems.insert"):
        studio.world.fail(f"youtube.{method}", do)
    for extra in publisher.extras(task):
        assert (await asyncio.to_thread(publisher.add, ExtraTask(upload=task, uploaded=uploaded, extra=extra))).done
    video = await one_video(studio, task, "UCone")
    assert len(video.captions) == 2 and video.thumbnail and studio.world.playlists["PL1"] == [video.id]


async def test_another_film_for_the_same_video_does_not_go_on_with_the_old_session(studio: Studio) -> None:
    await studio.account("UCone")
    studio.settings = studio.settings.model_copy(update={"youtube_chunk_mb": 1})
    task = await studio.film(await studio.channel("UCone"), size=3 * MIB)
    studio.world.fail("chunk", "cut", keep=300_000, times=1)
    studio.world.fail("chunk", "error", status=400, reason="odd", times=1)
    with pytest.raises(Exception, match="odd"):
        await studio.publish(task)
    made_again = studio.store.put_content("film", film_bytes(3 * MIB, "another encoding"), "video/mp4")
    task = task.model_copy(update={"film": made_again})
    await studio.publish(task)
    await one_video(studio, task, "UCone")
