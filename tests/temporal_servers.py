"""Temporal servers of a test's own: the real dev server, and the one whose time skips."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

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
