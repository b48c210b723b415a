"""Heartbeats that tell how far an async activity is while it waits for others. That it lives at all, `activities.pulse` tells."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from temporalio import activity

from models.videos.contracts import Contract

EVERY = 5.0
"""Seconds between heartbeats; a quarter of the heartbeat timeout (`workflows.policies.LOST`)."""


@asynccontextmanager
async def beating(progress: Callable[[], Contract], *, every: float = EVERY) -> AsyncIterator[None]:
    """Heartbeat what `progress` says every `every` seconds while the block runs."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(every)
            activity.heartbeat(progress())

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
