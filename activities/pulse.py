"""A pulse for every activity with a heartbeat timeout: a worker that dies is noticed in seconds, whatever it was doing.

An activity beats with its own details when it has some to tell; while it is silent, its last ones are told again, so that the next
attempt finds what this one wrote. A worker interceptor does it, in the worker's event loop: a process that is dead or stuck stops.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ActivityOutboundInterceptor, ExecuteActivityInput, Interceptor

SHARE = 4
"""Beats in a heartbeat timeout."""


@dataclass
class _Pulse:
    details: Sequence[Any]
    at: float = field(default_factory=time.monotonic)


_current: ContextVar[_Pulse | None] = ContextVar("pulse", default=None)


class _Outbound(ActivityOutboundInterceptor):
    def heartbeat(self, *details: Any) -> None:
        pulse = _current.get()
        if pulse is not None:
            pulse.details, pulse.at = details, time.monotonic()
        super().heartbeat(*details)


class _Inbound(ActivityInboundInterceptor):
    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        if info.heartbeat_timeout is None:
            return await super().execute_activity(input)
        pulse = _Pulse(tuple(info.heartbeat_details))
        _current.set(pulse)
        # A thread of its own: those of the loop may all be busy, drawing and storing, for longer than the timeout.
        thread = None if inspect.iscoroutinefunction(input.fn) else ThreadPoolExecutor(1, thread_name_prefix="pulse")
        beating = asyncio.create_task(_beat(pulse, info.heartbeat_timeout / SHARE, thread))
        try:
            return await super().execute_activity(input)
        finally:
            beating.cancel()
            if thread is not None:
                thread.shutdown(wait=False)
            with contextlib.suppress(asyncio.CancelledError):
                await beating


async def _beat(pulse: _Pulse, every: timedelta, thread: ThreadPoolExecutor | None) -> None:
    """`thread`: the heartbeat of an activity on a thread waits for the event loop, so it must not be called in the loop."""
    while True:
        await asyncio.sleep(every.total_seconds())
        if time.monotonic() - pulse.at < every.total_seconds():
            continue
        if thread is not None:
            beat = partial(contextvars.copy_context().run, activity.heartbeat, *pulse.details)
            await asyncio.get_running_loop().run_in_executor(thread, beat)
        else:
            activity.heartbeat(*pulse.details)


class Pulse(Interceptor):
    """Worker interceptor: no activity with a heartbeat timeout is ever silent while its worker lives."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap `next`."""
        return _Inbound(next)
