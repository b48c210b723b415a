"""What every publisher promises, whichever it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from activities.upload.folder import FolderPublisher
from activities.upload.port import PublisherPort
from models.videos.finishing import Uploaded, UploadTask
from models.videos.publishing import ConfirmTask, ExtraTask, UploadProgress, Visibility
from tests.activities.upload.studio import Studio


class Ended(Exception):
    """A heartbeat that says: no further."""


class Stage:
    """A publisher with what it publishes to."""

    def __init__(self, studio: Studio, publisher: PublisherPort) -> None:
        self.studio, self.publisher = studio, publisher
        self.beats: list[UploadProgress] = []

    async def publish(self, task: UploadTask) -> Uploaded:
        """As a worker does it: on a thread, with heartbeats."""
        return await asyncio.to_thread(self.publisher.publish, task, self.beats.append)

    async def film(self, **more: Any) -> UploadTask:
        """A finished film of the one channel."""
        channel = await self.studio.value("select id from channels.youtube_channels")
        return (await self.studio.film(channel, **more)).model_copy(update={"provider": self.publisher.name})

    def published(self) -> int:
        """How many films are there by now."""
        folders = list((self.studio.folder / "films").glob("*/film.mp4"))
        return len(folders) + len(self.studio.world.videos)


@pytest_asyncio.fixture(params=["folder", "youtube"])
async def stage(request: pytest.FixtureRequest, studio: Studio) -> AsyncIterator[Stage]:
    """Each publisher in turn."""
    await studio.channel("UCone")
    await studio.account("UCone")
    folder = FolderPublisher(studio.folder / "films", studio.store)
    yield Stage(studio, folder if request.param == "folder" else studio.publisher())


async def test_a_repeat_changes_nothing(stage: Stage) -> None:
    task = await stage.film()
    first = await stage.publish(task)
    again = await stage.publish(task)
    assert (first.location, first.external_id) == (again.location, again.external_id)
    assert first.provided.provider == stage.publisher.name == task.provider
    assert stage.published() == 1


async def test_every_film_has_a_place_of_its_own(stage: Stage) -> None:
    films = [await stage.film(title="The same title") for _ in range(3)]
    places = await asyncio.gather(*(stage.publish(film) for film in films))
    assert len({place.location for place in places}) == stage.published() == 3


async def test_progress_begins_at_nothing_and_never_passes_the_whole(stage: Stage) -> None:
    await stage.publish(await stage.film(size=900_000))
    assert stage.beats and stage.beats[0].sent == 0
    assert all(beat.sent <= beat.size and beat.publisher == stage.publisher.name for beat in stage.beats)
    assert [beat.sent for beat in stage.beats] == sorted(beat.sent for beat in stage.beats)


async def test_whoever_ends_the_heartbeat_ends_the_upload_and_it_goes_on_later(stage: Stage) -> None:
    task = await stage.film(size=900_000)

    def cancelled(_: UploadProgress) -> None:
        raise Ended("cancelled")

    with pytest.raises(Ended):
        await asyncio.to_thread(stage.publisher.publish, task, cancelled)
    assert stage.published() == 0
    await stage.publish(task)
    assert stage.published() == 1


async def test_extras_may_be_repeated_and_the_film_is_confirmed(stage: Stage) -> None:
    task = await stage.film()
    uploaded = await stage.publish(task)
    for extra in stage.publisher.extras(task) * 2:
        assert (await asyncio.to_thread(stage.publisher.add, ExtraTask(upload=task, uploaded=uploaded, extra=extra))).done
    seen = await asyncio.to_thread(stage.publisher.confirm, ConfirmTask(upload=task, uploaded=uploaded))
    assert seen.state is Visibility.VISIBLE and seen.settled


async def test_withdrawing_leaves_what_is_published(stage: Stage) -> None:
    task = await stage.film()
    uploaded = await stage.publish(task)
    await asyncio.to_thread(stage.publisher.withdraw, task)
    await asyncio.to_thread(stage.publisher.withdraw, await stage.film())
    seen = await asyncio.to_thread(stage.publisher.confirm, ConfirmTask(upload=task, uploaded=uploaded))
    assert seen.state is Visibility.VISIBLE
