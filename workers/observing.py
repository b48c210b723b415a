"""What workers measure now and then: the platform as a whole, by every `control` worker alike, and a GPU worker's cards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.common import MetricMeter
from temporalio.runtime import Runtime
from temporalio.service import RPCError

from models.database import Database
from models.errors import ComponentDown, ProviderError
from models.system.breakers import BreakerStore
from models.youtube.quota import pacific_day
from workflows.policies import CONTROL, RENDER_CPU, RENDER_GPU

if TYPE_CHECKING:
    from activities.render.gpu import Gpu

log = structlog.get_logger(__name__)

EVERY_SECONDS = 15.0
BACKLOGS = (
    (CONTROL, "workflow", TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
    (CONTROL, "activity", TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
    (RENDER_CPU, "activity", TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
    (RENDER_GPU, "activity", TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
)
QUOTA = """
select project, bucket, coalesce(sum(used) filter (where day = $1), 0)::int as used from youtube.quota_usage
where day >= $1::date - 2 group by project, bucket
"""
"""Of yesterday's rows too: what was used then must read 0 on a new day."""


async def observe_for_ever(database: Database, client: Client) -> None:
    """Measure over outages of the database and of Temporal, whose figures then stay as they were."""
    meter = Runtime.default().metric_meter
    while True:
        try:
            await observe_database(database, meter)
            await observe_queues(client, meter)
        except (ComponentDown, RPCError) as error:
            log.warning("the platform could not be measured", why=str(error))
        await asyncio.sleep(EVERY_SECONDS)


async def observe_database(database: Database, meter: MetricMeter) -> None:
    """Gauges `ytempire_breaker_open` (1: the provider is not called) and `youtube_quota_used` (units of the Pacific day).

    Raises:
        ComponentDown: the database is away.
    """
    opened = meter.create_gauge("ytempire_breaker_open", "whether a provider is not called for its failures")
    for breaker in await BreakerStore(database).all():
        opened.set(int(breaker.opened_at is not None), {"provider": breaker.provider})
    used = meter.create_gauge("youtube_quota_used", "units of YouTube's quota used today")
    today = pacific_day(datetime.now(UTC))
    for row in await database.rows(QUOTA, today):
        used.set(row["used"], {"project": row["project"], "bucket": row["bucket"]})


async def observe_gpus_for_ever(read: Callable[[], Sequence[Gpu]]) -> None:
    """Measure this host's cards, as `read` sees them, while the process lives."""
    meter = Runtime.default().metric_meter
    while True:
        await asyncio.to_thread(observe_gpus, read, meter)
        await asyncio.sleep(EVERY_SECONDS)


def observe_gpus(read: Callable[[], Sequence[Gpu]], meter: MetricMeter) -> None:
    """Gauges `ytempire_gpus` (0: none answers), and of each card `ytempire_gpu_memory_used_bytes`, and the parts of 1 it computes
    and encodes, `ytempire_gpu_use` and `ytempire_gpu_encoder_use`, where it tells them."""
    try:
        cards = read()
    except ProviderError as error:
        log.warning("the GPU could not be measured", why=error.what)
        cards = ()
    meter.create_gauge("ytempire_gpus", "cards that answer").set(len(cards))
    memory = meter.create_gauge("ytempire_gpu_memory_used_bytes", "video memory in use")
    use = meter.create_gauge_float("ytempire_gpu_use", "part of the time that a card computes")
    encoding = meter.create_gauge_float("ytempire_gpu_encoder_use", "part of the time that a card encodes")
    for card in cards:
        labels = {"card": str(card.index)}
        memory.set(round(card.used * 2**30), labels)
        if card.computing is not None:
            use.set(card.computing, labels)
        if card.encoding is not None:
            encoding.set(card.encoding, labels)


async def observe_queues(client: Client, meter: MetricMeter) -> None:
    """Gauge `ytempire_queue_backlog`: tasks that wait for a worker, by `queue` and `kind`, about.

    Raises:
        RPCError: Temporal is away.
    """
    backlog = meter.create_gauge("ytempire_queue_backlog", "tasks that wait for a worker")
    for queue, kind, number in BACKLOGS:
        described = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=number, report_stats=True
            ),
            timeout=timedelta(seconds=5),
        )
        backlog.set(described.stats.approximate_backlog_count, {"queue": queue, "kind": kind})
