"""Temporal servers of a test's own: the real dev server, and the one whose time skips."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import Runtime
from temporalio.testing import WorkflowEnvironment

from workers.temporal_server import DYNAMIC

PROGRAMS = Path(sys.prefix) / "bin"
TRIES = 12


async def dev_server(runtime: Runtime | None = None) -> WorkflowEnvironment:
    """The real server, set up as a laptop's, to be entered and left."""
    return await _patiently(
        lambda: WorkflowEnvironment.start_local(
            dev_server_existing_path=str(PROGRAMS / "temporal"),
            dev_server_log_level="error",
            dev_server_extra_args=[word for value in DYNAMIC for word in ("--dynamic-config-value", value)],
            data_converter=pydantic_data_converter,
            runtime=runtime,
        )
    )


@contextmanager
def shared_server() -> Iterator[str]:
    """The address of a real server that several tests share, each in a namespace of its own."""
    environment = asyncio.run(dev_server())
    try:
        yield environment.client.service_client.config.target_host
    finally:
        asyncio.run(environment.shutdown())


async def namespace_of_its_own(address: str) -> Client:
    """A client of a new namespace, in which nothing has ever run."""
    name = f"test-{uuid4().hex[:12]}"
    client = await Client.connect(address, namespace=name, data_converter=pydantic_data_converter)
    kept = Duration(seconds=86_400)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=kept)
    )
    return client


async def skipping_server() -> WorkflowEnvironment:
    """The server whose time skips while everybody waits, to be entered and left."""
    return await _patiently(
        lambda: WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(PROGRAMS / "temporal-test-server"), data_converter=pydantic_data_converter
        )
    )


async def _patiently(start: Callable[[], Awaitable[WorkflowEnvironment]]) -> WorkflowEnvironment:
    """The SDK gives a server five seconds to answer, which a busy machine does not hold: then another one is started."""
    for _ in range(TRIES - 1):
        try:
            return await start()
        except RuntimeError as error:
            if "did not start" not in str(error):
                raise
    return await start()
