"""Signs of life of an activity that waits for others: downloads and image models take longer than a heartbeat may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from temporalio import activity

EVERY = 10.0
"""Seconds between two."""


@asynccontextmanager
async def beating(detail: Any, every: float = EVERY) -> AsyncIterator[None]:
    """Heartbeat with `detail` at once and every few seconds while the block runs; nothing outside an activity."""
    if not activity.in_activity():
        yield
        return

    async def beat() -> None:
        while True:
            activity.heartbeat(detail)
            await asyncio.sleep(every)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()


def count_reuse(what: str, *, hit: bool) -> None:
    """Count a look into what was made or found before: the metric `ytempire_reuse` with `what` and `hit`."""
    if activity.in_activity():
        meter = activity.metric_meter().with_additional_attributes({"what": what, "hit": str(hit).lower()})
        meter.create_counter("ytempire_reuse", "looks into what was made or found before").add(1)
