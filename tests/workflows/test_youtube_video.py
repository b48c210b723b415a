"""A whole video from script to YouTube, by the workers' own wiring, against the local YouTube."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.client import WorkflowUpdateFailedError

from models.channels.store import ChannelStore
from models.ids import new_id
from models.settings import Settings
from models.system.bootstrap import laptop_owner
from models.videos.decisions import Decision
from models.videos.status import VideoStatus
from models.youtube.contracts import ManagedChannel, OAuthState
from models.youtube.oauth import SCOPES, Tokens
from models.youtube.quota import next_pacific_midnight, pacific_day
from tests.fakes.youtube_server import YouTubeServer
from tests.workflows.factory import Factory, factory
from workflows.extras import LaterExtrasWorkflow
from workflows.upkeep import YouTubeAccountsWorkflow, YouTubeTokensWorkflow
from workflows.video import VideoWorkflow


@pytest.fixture
def youtube() -> Iterator[YouTubeServer]:
    """A local YouTube that nobody may use against the protocol."""
    with YouTubeServer().running() as server:
        server.world.add_client("p1", "p1-client")
        yield server
        assert server.world.violations == []


@pytest_asyncio.fixture
async def running(database_address: str, youtube: YouTubeServer, tmp_path: Path, shared_artifacts: str) -> AsyncIterator[Factory]:
    """Workers whose films go to YouTube where the channel is connected."""
    async with factory(settings_for(database_address, youtube, tmp_path, shared_artifacts)) as made:
        yield made


def settings_for(database_address: str, youtube: YouTubeServer, folder: Path, artifacts: str = "") -> Settings:
    """Settings of workers in front of a local YouTube."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=database_address,  # type: ignore[arg-type]
        data_dir=folder / "data",
        films_dir=folder / "films",
        artifact_url=artifacts,
        publisher="youtube",
        youtube_more_clients=SecretStr(json.dumps([{"project": "p1", "client_id": "p1-client", "client_secret": "secret"}])),
        youtube_api_url=youtube.address,
        youtube_token_url=youtube.token_url,
        youtube_backoff_seconds=0.01,
    )


async def connect(running: Factory, youtube: YouTubeServer) -> None:
    """The owner's channel is tied to a YouTube channel, through an account that is granted it."""
    parts = running.wiring.youtube
    assert parts is not None
    owner, channel = await laptop_owner(running.wiring.database)
    async with running.wiring.database.session() as session:
        (await ChannelStore().get(session, channel.id)).youtube_channel_id = "UCone"
    identity = youtube.world.add_identity("UCone")
    issued = youtube.world.issue(identity, "p1", frozenset(SCOPES), lasting=True)
    tokens = Tokens(
        issued["access_token"], youtube.world.now() + timedelta(hours=1), issued["refresh_token"], None, SCOPES, identity.subject
    )
    state = OAuthState(user_id=owner.id, project="p1", redirect="", verifier="")
    await parts.connects.connect(state, tokens, [ManagedChannel(youtube_channel_id="UCone", title="One")], youtube.world.now())


async def test_a_script_becomes_a_public_video_on_youtube(running: Factory, youtube: YouTubeServer) -> None:
    await connect(running, youtube)
    youtube.world.polls_until_processed = 2
    youtube.world.fail("chunk", "lost")
    handle = await running.ask()
    end = await handle.result()
    (video,) = youtube.world.videos.values()
    assert (end.status, end.location) == ("published", f"https://www.youtube.com/watch?v={video.id}")
    row = await running.row(handle)
    assert (row.youtube_id, row.status) == (video.id, "published")
    assert video.channel == "UCone" and video.snippet["title"] == "Tides" and video.thumbnail
    assert [one["language"] for one in video.captions] == ["en", "en"]
    assert not list((running.wiring.settings.films_dir).glob("*/film.mp4"))


async def test_what_quota_kept_from_a_film_is_brought_to_it_on_another_day(running: Factory, youtube: YouTubeServer) -> None:
    await connect(running, youtube)
    database = running.wiring.database
    used = "insert into youtube.quota_usage (project, bucket, day, used) values ('p1', 'general', $1, 8990) returning used"
    await database.value(used, pacific_day(youtube.world.now()))
    handle = await running.ask()
    end = await handle.result()
    (video,) = youtube.world.videos.values()
    assert end.status == "published" and video.thumbnail and not video.captions
    await database.value("update youtube.quota_usage set used = 0 returning used")  # another Pacific day
    later = running.client.get_workflow_handle_for(LaterExtrasWorkflow.run, f"{handle.id}-extras")
    assert running.environment is not None
    async with running.environment.time_skipping_unlocked():  # type: ignore[attr-defined]  # as `result` of what is started here
        done = await later.result()
    told = await later.describe()
    assert told.close_time is not None and told.close_time >= next_pacific_midnight(told.start_time)
    assert {one.extra.value: one.done for one in done} == {"captions_srt": True, "captions_vtt": True}
    assert [one["language"] for one in video.captions] == ["en", "en"] and len(youtube.world.videos) == 1


async def test_a_channel_that_is_not_connected_gets_a_folder(running: Factory, youtube: YouTubeServer) -> None:
    end = await (await running.ask()).result()
    assert end.status == "published" and (Path(end.location) / "film.mp4").is_file()
    assert youtube.world.requests == []


async def test_a_video_cancelled_while_it_waits_gives_its_slot_back(running: Factory, youtube: YouTubeServer) -> None:
    await connect(running, youtube)
    youtube.world.fail("youtube.videos.insert", status=429, reason="rateLimitExceeded", times=99)
    handle = await running.ask()
    await running.until_status(handle, VideoStatus.PARKED)
    database = running.wiring.database
    assert await database.value("select taken from youtube.account_days") == 1
    try:
        await handle.execute_update(VideoWorkflow.cancel, Decision(by=new_id(), reason="enough"))
    except WorkflowUpdateFailedError as error:
        raise AssertionError("a parked video can be cancelled") from error
    assert (await handle.result()).status == "cancelled"
    checked = await running.client.execute_workflow(YouTubeAccountsWorkflow.run, id="accounts", task_queue="control")
    assert checked.withdrawn == 1
    assert await database.value("select taken from youtube.account_days") == 0
    assert (await running.client.execute_workflow(YouTubeTokensWorkflow.run, id="tokens", task_queue="control")).refreshed == 0
