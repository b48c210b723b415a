"""The part of `ytempire doctor` that asks the services: Temporal and who polls its queues, the database, the artifact store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError, RPCStatusCode

from models.errors import ComponentDown
from models.postgres import plain_url
from models.settings import Settings
from workers.findings import PATIENCE, Finding, Health, patiently, tried
from workflows.connecting import connect
from workflows.policies import CONTROL, RENDER_CPU, RENDER_GPU

if TYPE_CHECKING:
    from temporalio.client import Client

    from workers.stack import Running

LATELY = timedelta(seconds=90)
"""A worker asks for work every minute at least; one that has not since is gone, though Temporal names it for minutes."""


def temporal(settings: Settings, running: Running | None) -> Iterator[Finding]:
    """Whether Temporal answers, knows the namespace, and has a worker at each queue; nothing where none is named and none runs."""
    address = settings.temporal_address or (running.temporal_address if running else "")
    if not address:
        return
    if not address.rpartition(":")[2].isdigit():
        remedy = "Write YTEMPIRE_TEMPORAL_ADDRESS as host:port, such as temporal.example.com:7233."
        yield Finding("Temporal", Health.BAD, f"the address {address!r} names no port", remedy)
        return
    yield from asyncio.run(_temporal(settings, address, running))


async def _temporal(settings: Settings, address: str, running: Running | None) -> list[Finding]:
    name, own = settings.temporal_namespace, bool(settings.temporal_address)
    where = f"yours, at {address}" if own else f"the stack's, at {address}"
    try:
        async with asyncio.timeout(PATIENCE):
            polling = await _polling(await connect(settings, address), settings)
    except Exception as error:  # whatever keeps it from answering is what the report is for
        log = f"Its log says why: {settings.data_dir / 'temporal' / 'server.log'}"
        what, remedy = "no answer", "See that it runs, and what YTEMPIRE_TEMPORAL_ADDRESS says." if own else log
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            what = f"there is no namespace {name!r}"
            remedy = f"Make it (temporal operator namespace create --namespace {name}), or set YTEMPIRE_TEMPORAL_NAMESPACE."
        elif isinstance(error, RPCError):
            what, remedy = f"it refuses: {error.message}", "See YTEMPIRE_TEMPORAL_API_KEY and the certificates."
        elif isinstance(error, OSError) and not isinstance(error, TimeoutError):
            what, remedy = str(error), "See YTEMPIRE_TEMPORAL_TLS_CERT and YTEMPIRE_TEMPORAL_TLS_KEY."
        return [Finding("Temporal", Health.BAD, f"{where}: {what}", remedy)]
    logs = settings.data_dir / "logs" if running else None
    found = [_worker(queue, count, logs) for queue, count in polling.items()]
    return [Finding("Temporal", Health.OK, f"{where}, namespace {name}"), *found]


async def _polling(client: Client, settings: Settings) -> dict[str, int]:
    """How many workers have asked for work lately, by queue."""
    kinds = {
        CONTROL: (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
        RENDER_CPU: (TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,),
    }
    if settings.gpu_queue:
        kinds[RENDER_GPU] = (TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,)
    return {queue: min([await _pollers(client, queue, kind) for kind in of]) for queue, of in kinds.items()}


async def _pollers(client: Client, queue: str, kind: TaskQueueType.ValueType) -> int:
    request = DescribeTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind)
    described = await client.workflow_service.describe_task_queue(request)
    since = datetime.now(UTC) - LATELY
    return len({each.identity for each in described.pollers if each.last_access_time.ToDatetime(UTC) > since})


def _worker(queue: str, count: int, logs: Path | None) -> Finding:
    """`logs`: where the workers of the stack write that runs here, and should have one."""
    name = f"worker {queue}"
    if count:
        return Finding(name, Health.OK, f"{count} at work")
    if queue == RENDER_GPU:
        remedy = "Run `./ytempire worker render-gpu` on a host with a GPU, or set YTEMPIRE_GPU_QUEUE=false."
        return Finding(name, Health.NOTE, "none asks for work", remedy)
    if logs is None:
        remedy = f"`./ytempire up` starts one here, `./ytempire worker {queue}` on a host of its own."
        return Finding(name, Health.NOTE, "none asks for work", remedy)
    log = logs / ("control.log" if queue == CONTROL else "render.log")
    return Finding(name, Health.BAD, "none asks for work, though the stack runs", f"Its log says why: {log}")


def database(url: str, whose: str) -> Iterator[Finding]:
    """Whether PostgreSQL takes connections there."""
    remedy = "See that it runs, and what YTEMPIRE_DATABASE_URL says."
    yield from tried("PostgreSQL", lambda: asyncio.run(_database(plain_url(url), whose)), remedy)


async def _database(url: str, whose: str) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            connection = await asyncpg.connect(url)
            try:
                version = await connection.fetchval("show server_version")
            finally:
                connection.terminate()
    except asyncpg.InvalidCatalogNameError:
        return f"{whose}; its database is made at the first start"
    return f"{whose}, {version}"


def store(settings: Settings) -> Iterator[Finding]:
    """Whether the artifact store keeps and gives."""
    where = settings.artifact_url or str(settings.artifacts_dir)
    if not settings.artifact_url and not settings.artifacts_dir.exists():
        yield Finding("artifact store", Health.OK, f"{where}, made at the first start")
        return
    own = "Free space on its disk, give this user the folder, or set YTEMPIRE_DATA_DIR to another one."
    remedy = "See YTEMPIRE_ARTIFACT_URL and the YTEMPIRE_ARTIFACT_S3 settings." if settings.artifact_url else own
    yield from tried("artifact store", lambda: patiently(lambda: _store(settings, where)), remedy)


def _store(settings: Settings, where: str) -> str:
    from activities.artifacts import open_store

    opened, content = open_store(settings), uuid4().hex.encode()
    ref = opened.put_bytes("trial", f"doctor-{uuid4().hex}", content, "text/plain")
    try:
        if opened.read_bytes(ref) != content:
            raise ComponentDown("It gives something else than what was put there.")
    finally:
        opened.delete(ref)
    return f"{where}, keeps and gives"
