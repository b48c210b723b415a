"""The worker of queue `control`: decides every video, and acts in every step but the render."""

from __future__ import annotations

import asyncio
from functools import partial

from temporalio.client import Client

from models.settings import Settings
from models.system.webhooks import WebhookStore
from workers.connect import register_attributes
from workers.ending import end_process
from workers.flows import WORKFLOWS
from workers.metrics import begin_metrics
from workers.observing import observe_for_ever
from workers.outbox import sweep_for_ever
from workers.reconciling import reconciler_of
from workers.redelivering import Redeliverer
from workers.runner import Job, connect_patiently, run_worker, stop_event
from workers.schedules import ensure_schedules
from workers.telemetry import begin_logging
from workers.wiring import Wiring
from workflows.policies import CONTROL


async def serve(settings: Settings) -> None:
    """Poll until told to stop; beside it, start what was accepted while Temporal was away, and see what became of every run."""
    stop = stop_event()
    client = await connect_patiently(settings, stop)
    if client is None:
        return
    prepare = partial(_prepare, client, settings)
    await prepare()
    async with Wiring(settings) as wiring:
        reconciler = reconciler_of(wiring, client, when_lost=prepare)
        redeliverer = Redeliverer(client, WebhookStore(wiring.database))
        beside = [
            asyncio.create_task(each)
            for each in (sweep_for_ever(wiring.database, client), reconciler.for_ever(), redeliverer.for_ever())
        ]
        if settings.worker_metrics_port:
            beside.append(asyncio.create_task(observe_for_ever(wiring.database, client)))
        try:
            await run_worker(settings, client, Job(CONTROL, wiring.control(), WORKFLOWS, videos=settings.videos_at_once), stop)
        finally:
            for task in beside:
                task.cancel()


async def _prepare(client: Client, settings: Settings) -> None:
    """Make known to Temporal what it must know before the first run, also when it has lost everything. A repeat changes nothing."""
    await register_attributes(client)
    await ensure_schedules(client, settings)


def main() -> None:
    """The process."""
    settings = Settings()
    begin_logging(settings, "control")
    begin_metrics(settings, "control")
    asyncio.run(serve(settings))
    end_process()


if __name__ == "__main__":
    main()
