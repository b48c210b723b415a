"""The worker of queue `render-cpu`: renders films with libx264 and checks them."""

from __future__ import annotations

import asyncio

from models.settings import Settings
from workers.ending import end_process
from workers.metrics import begin_metrics
from workers.runner import Job, connect_patiently, run_worker, stop_event
from workers.telemetry import begin_logging
from workers.wiring import Wiring
from workflows.policies import RENDER_CPU


async def serve(settings: Settings) -> None:
    """Poll until told to stop."""
    stop = stop_event()
    client = await connect_patiently(settings, stop)
    if client is None:
        return
    async with Wiring(settings) as wiring:
        await run_worker(settings, client, Job(RENDER_CPU, wiring.render(), at_once=settings.cpu_renders), stop)


def main() -> None:
    """The process."""
    settings = Settings()
    begin_logging(settings, "render")
    begin_metrics(settings, "render")
    asyncio.run(serve(settings))
    end_process()


if __name__ == "__main__":
    main()
