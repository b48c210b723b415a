"""The whole factory inside one test process: real activities, a real database, a Temporal server whose time skips."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.errors import interceptors
from models.channels.tables import Channel
from models.costs.contracts import Scope
from models.database import Database
from models.ids import new_id, video_workflow_id
from models.money import ZERO
from models.settings import Settings
from models.system.bootstrap import laptop_owner
from models.users.store import LAPTOP_OWNER
from models.users.tables import Account
from models.videos.brand import UNNAMED
from models.videos.contracts import VideoFormat, VideoInput, VideoOutcome, VideoRequest
from models.videos.decisions import VideoState
from models.videos.event_store import EventStore
from models.videos.status import VideoStatus
from models.videos.tables import VideoRecord
from tests.temporal_servers import skipping_server
from workers.connect import register_attributes
from workers.flows import WORKFLOWS
from workers.runner import BUILD, HEARTBEAT_THROTTLE
from workers.wiring import Wiring
from workflows.policies import CONTROL, RENDER_CPU
from workflows.video import VideoWorkflow

SCRIPT = """---
title: Tides
---

The sea comes and goes, twice a day.

The moon pulls the water.
"""
Handle = WorkflowHandle[VideoWorkflow, VideoOutcome]
OWNER, CHANNEL = UUID("5d6dc0c5-9f0e-4b4e-9a52-3c7f1b0e6a01"), UUID("5d6dc0c5-9f0e-4b4e-9a52-3c7f1b0e6a02")
"""The same in every test: a channel's films look and sound like it, so that tests that share artifacts make each film once."""


@dataclass
class Factory:
    """One installation: ask for videos, see what becomes of them."""

    wiring: Wiring
    client: Client
    environment: WorkflowEnvironment | None

    async def ask(self, script: str = SCRIPT, **request: Any) -> Handle:
        """Accept a video of the operator's own script as the API does, and start its workflow."""
        source = await asyncio.to_thread(self.wiring.store.put_content, "source-script", script.encode())
        return await self.start(VideoRequest(script=source, format=VideoFormat.ECONOMY, **request))

    async def start(self, asked: VideoRequest, cap: Decimal | None = None) -> Handle:
        """Accept any video as the API does, with a cap of its own if it has one, and start its workflow."""
        owner, channel = await laptop_owner(self.wiring.database)
        video = VideoInput(video_id=new_id(), user_id=owner.id, channel_id=channel.id, channel_name=channel.name, request=asked)
        async with self.wiring.database.session() as session:
            await self.wiring.videos.create(session, video, title="Tides", estimate=ZERO, slug="tides")
        if cap is not None:
            await self.wiring.ledger.raise_cap(Scope.VIDEO, cap, datetime.now(UTC), str(video.video_id))
        return await self.client.start_workflow(VideoWorkflow.run, video, id=video_workflow_id(video.video_id), task_queue=CONTROL)

    async def row(self, handle: Handle) -> VideoRecord:
        """The video's row."""
        async with self.wiring.database.session() as session:
            return await self.wiring.videos.get(session, _video_id(handle))

    async def row_as(self, handle: Handle, status: str) -> VideoRecord:
        """The video's row once it says `status`: rows are written beside the work."""
        for _ in range(2400):
            row = await self.row(handle)
            if row.status == status:
                return row
            await asyncio.sleep(0.05)
        raise AssertionError(f"the row never said {status}; it says {row.status}")

    async def until(self, handle: Handle, holds: Callable[[VideoState], bool]) -> VideoState:
        """The run's state once it is as wanted."""
        state: VideoState | None = None
        for _ in range(2400):
            try:
                state = await handle.query(VideoWorkflow.state)
            except WorkflowQueryFailedError as error:
                if "TMPRL1101" not in str(error):  # for which the workflow had no processor for two seconds, on a busy machine
                    raise
                await asyncio.sleep(0.1)
                continue
            if holds(state):
                return state
            await asyncio.sleep(0.05)
        raise AssertionError(f"it never came to that; it is {state}")

    async def until_status(self, handle: Handle, status: VideoStatus) -> VideoState:
        """The run's state once it has come to `status`."""
        return await self.until(handle, lambda state: state.status is status)

    async def activities(self, handle: Handle) -> list[str]:
        """Names of the activities that the run asked for, in order."""
        history = await handle.fetch_history()
        scheduled = (event.activity_task_scheduled_event_attributes for event in history.events)
        return [each.activity_type.name for each in scheduled if each.activity_type.name]

    async def events(self, handle: Handle) -> list[str]:
        """Types of the video's events, in order."""
        return [event["type"] for event in await EventStore(self.wiring.database).of_video(_video_id(handle))]


def _video_id(handle: Handle) -> UUID:
    return UUID(handle.id.removeprefix("video-"))


async def _known_channel(database: Database) -> None:
    """Make the laptop's owner and channel, unless the installation has one."""
    account = insert(Account).values(id=OWNER, email=LAPTOP_OWNER, name="Owner", plan="scale", role="admin")
    channel = insert(Channel).values(id=CHANNEL, user_id=OWNER, name=UNNAMED, auto_publish=True)
    async with database.session() as session:
        if (await session.execute(account.on_conflict_do_nothing().returning(col(Account.id)))).first():
            await session.execute(channel)


@asynccontextmanager
async def factory(
    settings: Settings, client: Client | None = None, instead: Callable[[Wiring], Iterable[Callable[..., Any]]] | None = None
) -> AsyncIterator[Factory]:
    """A running factory; without `client`, on a server whose time skips while everybody waits.

    `instead` makes activities that take the place of those of the same name, for runs that are not about those.
    """
    async with AsyncExitStack() as stack:
        environment = None
        if client is None:
            environment = await stack.enter_async_context(await skipping_server())
            client = environment.client
            await register_attributes(client)
        wiring = await stack.enter_async_context(Wiring(settings))
        await _known_channel(wiring.database)
        threads = stack.enter_context(ThreadPoolExecutor(8))
        others = {each.__name__: each for each in (instead(wiring) if instead else ())}
        for queue, activities, workflows in ((CONTROL, wiring.control(), list(WORKFLOWS)), (RENDER_CPU, wiring.render(), [])):
            worker = Worker(
                client,
                task_queue=queue,
                activities=[others.get(each.__name__, each) for each in activities],
                workflows=workflows,
                activity_executor=threads,
                build_id=BUILD,
                max_heartbeat_throttle_interval=HEARTBEAT_THROTTLE,
                default_heartbeat_throttle_interval=HEARTBEAT_THROTTLE,
                interceptors=interceptors(),
                identity=f"test-{uuid4().hex[:6]}",
            )
            await stack.enter_async_context(worker)
        yield Factory(wiring, client, environment)
