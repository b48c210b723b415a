"""The worker of queue `render-gpu`: one process a GPU; the slots of the host are shared by all its processes."""

from __future__ import annotations

import asyncio

from activities.render.gpu import read_gpus
from models.settings import Settings
from workers.ending import end_process
from workers.metrics import begin_metrics
from workers.observing import observe_gpus_for_ever
from workers.runner import Job, connect_patiently, run_worker, stop_event
from workers.telemetry import begin_logging
from workers.wiring import Wiring
from workflows.policies import RENDER_GPU


async def serve(settings: Settings) -> None:
    """Poll until told to stop."""
    stop = stop_event()
    client = await connect_patiently(settings, stop)
    if client is None:
        return
    async with Wiring(settings) as wiring:
        job = Job(RENDER_GPU, wiring.gpu_render(), at_once=settings.gpu_renders)
        beside = [asyncio.create_task(observe_gpus_for_ever(read_gpus))] if settings.worker_metrics_port else []
        try:
            await run_worker(settings, client, job, stop)
        finally:
            for task in beside:
                task.cancel()


def main() -> None:
    """The process."""
    settings = Settings()
    begin_logging(settings, "gpu")
    begin_metrics(settings, "gpu")
    asyncio.run(serve(settings))
    end_process()


if __name__ == "__main__":
    main()
