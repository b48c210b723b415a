"""Publishing to YouTube as a durable sequence: uploaded, dressed, watched until it is public."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.errors import interceptors
from activities.upload.activity import UploadActivity
from models.database import Database
from models.videos.finishing import UploadTask
from models.videos.publishing import Confirmation, Visibility
from tests.activities.upload.studio import Studio
from tests.fakes.youtube_server import YouTubeServer
from tests.temporal_servers import skipping_server
from workers.runner import BUILD
from workflows.policies import CONTROL
from workflows.publishing import Publishing
from workflows.steps import StepParked, StepRunner


@workflow.defn
class PublishingOnly:
    """The publishing part of a video's life, alone."""

    @workflow.run
    async def run(self, task: UploadTask) -> list[str]:
        """What came of it: the visibility, and what was left out; or why it waits."""
        publishing = Publishing(StepRunner(), task)
        told: list[Confirmation] = []
        try:
            uploaded, passed_over = await publishing.upload()
            left_out = await publishing.dress(uploaded)
            seen: Confirmation = await publishing.watch(uploaded, told.append)
        except StepParked as error:
            return ["parked", error.parked.reason.value, error.parked.detail, str(error.parked.until)]
        return [seen.state.value, uploaded.external_id, *passed_over, *left_out, *(each.detail for each in told)]


@pytest.fixture
def youtube() -> Iterator[YouTubeServer]:
    """A local YouTube that nobody may use against the protocol."""
    with YouTubeServer().running() as server:
        yield server
        assert server.world.violations == []


@pytest_asyncio.fixture
async def studio(database: Database, youtube: YouTubeServer, tmp_path: Path) -> Studio:
    """A studio with one user."""
    return await Studio.opened(database, youtube, tmp_path)


@asynccontextmanager
async def _worker(studio: Studio) -> AsyncIterator[Client]:
    upload = UploadActivity(studio.store, {"youtube": studio.publisher()})
    environment = await skipping_server()
    async with environment:
        with ThreadPoolExecutor(4) as threads:
            async with Worker(
                environment.client,
                task_queue=CONTROL,
                workflows=[PublishingOnly],
                activities=[upload.publish, upload.list_extras, upload.add_extra, upload.confirm, upload.withdraw],
                activity_executor=threads,
                interceptors=interceptors(),
                workflow_runner=UnsandboxedWorkflowRunner(),
                build_id=BUILD,
            ):
                yield environment.client


async def _published(studio: Studio, task: UploadTask) -> list[str]:
    async with _worker(studio) as client:
        run = client.execute_workflow(PublishingOnly.run, task, id=f"publish-{uuid4()}", task_queue=CONTROL)
        return await asyncio.wait_for(run, 90)


async def test_a_film_goes_out_with_everything_and_is_watched_until_it_is_public(studio: Studio) -> None:
    await studio.account("UCone")
    studio.world.playlists["PL1"] = []
    studio.world.polls_until_processed = 3
    task = await studio.film(await studio.channel("UCone"), playlist="PL1", size=300_000)
    state, video_id, *left_out = await _published(studio, task)
    assert state == Visibility.VISIBLE and left_out == []
    video = studio.world.videos[video_id]
    assert video.thumbnail and len(video.captions) == 2 and studio.world.playlists["PL1"] == [video_id]
    assert await studio.value("select confirmed_at is not null from youtube.uploads")


async def test_a_rate_limit_is_waited_out_and_a_broken_answer_costs_nothing(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    studio.world.fail("youtube.videos.insert", status=429, reason="rateLimitExceeded", times=3, headers={"retry-after": "1"})
    studio.world.fail("chunk", "lost")
    state, *_ = await _published(studio, task)
    assert state == Visibility.VISIBLE and len(studio.world.videos) == 1


async def test_a_day_without_quota_parks_the_video_until_midnight_pacific(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    studio.world.fail("youtube.videos.insert", status=403, reason="quotaExceeded")
    parked, reason, detail, until = await _published(studio, task)
    assert (parked, reason) == ("parked", "quota") and "used up" in detail
    assert datetime.fromisoformat(until) > datetime.now(UTC)
    assert studio.world.count("youtube.videos.insert") == 1


async def test_bad_metadata_parks_the_video_for_a_person_with_the_field_named(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), title="x" * 101)
    parked, reason, detail, _ = await _published(studio, task)
    assert (parked, reason) == ("parked", "person") and "title" in detail
    assert studio.world.count("youtube.videos.insert") == 1


async def test_a_scheduled_film_is_watched_until_its_hour(studio: Studio) -> None:
    await studio.account("UCone")
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    task = await studio.film(await studio.channel("UCone"), publish_at=at)
    state, video_id, *told = await _published(studio, task)
    assert state == Visibility.VISIBLE and told[0] == f"Public from {at:%Y-%m-%d %H:%M} UTC"
    assert studio.world.videos[video_id].status["privacyStatus"] == "public"
    assert await studio.value("select count(*) from youtube.uploads where visibility = 'visible'") == 1
