"""A film that has reached YouTube is told as published, and is not sent again, whatever became of the run that sent it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from models.ids import new_id
from models.videos.decisions import Decision
from models.videos.status import VideoStatus
from tests.fakes.youtube_server import YouTubeServer
from tests.temporal_servers import dev_server
from tests.workflows.factory import Factory, Handle, factory
from tests.workflows.test_reconciling import looking, sent
from tests.workflows.test_youtube_video import connect, settings_for, youtube
from workers.connect import register_attributes
from workers.outbox import sweep
from workflows.video import VideoWorkflow

__all__ = ["youtube"]
NEVER = 10**6


async def uploaded(running: Factory, youtube: YouTubeServer) -> Handle:
    """A video that YouTube has, and that waits until it is processed."""
    await connect(running, youtube)
    youtube.world.polls_until_processed = NEVER
    handle = await running.ask()
    await sent(running, handle)
    await running.row_as(handle, VideoStatus.PUBLISHING)
    for _ in range(1200):
        if (await running.row(handle)).location:
            return handle
        await asyncio.sleep(0.05)
    raise AssertionError("it never arrived")


async def test_a_video_at_youtube_is_published_though_its_run_was_terminated_and_one_that_was_lost_is_not_sent_twice(
    database_address: str, client: Client, youtube: YouTubeServer, tmp_path: Path, shared_artifacts: str
) -> None:
    settings = settings_for(database_address, youtube, tmp_path, shared_artifacts)
    async with factory(settings, client) as running:
        ended = await uploaded(running, youtube)
        lost = await uploaded(running, youtube)
        await ended.terminate(reason="wrong channel?")
        assert await looking(running).look() == 1
        row = await running.row(ended)
        assert row.status == "published" and row.youtube_id and row.location == f"https://www.youtube.com/watch?v={row.youtube_id}"
        assert row.published_at is not None
        assert "wrong channel?" in row.detail and "look at it there" in row.detail
    async with await dev_server() as empty, factory(settings, empty.client) as running:
        await register_attributes(empty.client)
        assert await looking(running).look() == 1
        await sweep(running.wiring.database, empty.client)
        again = empty.client.get_workflow_handle_for(VideoWorkflow.run, lost.id)
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await again.execute_update(VideoWorkflow.cancel, Decision(by=new_id(), reason="changed my mind"))
        assert "published already" in str(refused.value.cause)
        youtube.world.polls_until_processed = 1
        assert (await asyncio.wait_for(again.result(), 120)).status == "published"
        row = await running.row(lost)
        assert row.youtube_id in youtube.world.videos
    assert len(youtube.world.videos) == 2


async def test_a_video_whose_upload_was_cut_off_says_that_youtube_may_have_it(
    database_address: str, client: Client, youtube: YouTubeServer, tmp_path: Path, shared_artifacts: str
) -> None:
    async with factory(settings_for(database_address, youtube, tmp_path, shared_artifacts), client) as running:
        await connect(running, youtube)
        youtube.world.fail("chunk", status=503, times=NEVER)
        handle = await running.ask()
        await sent(running, handle)
        sending = "select count(*) from youtube.uploads where sessions > 0"
        for _ in range(1200):
            if await running.wiring.database.value(sending):
                break
            await asyncio.sleep(0.05)
        await handle.terminate()
        for _ in range(200):  # what the run wrote in its last moment is looked at the next time
            if await looking(running).look() == 1:
                break
            await asyncio.sleep(0.05)
        row = await running.row(handle)
        assert row.status == "cancelled" and "see in YouTube Studio" in row.detail
