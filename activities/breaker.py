"""The circuit breaker around a provider's calls, shared by every process."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from activities.counters import counted_call
from models.errors import AuthenticationFailed, CircuitOpen, ComponentDown, ProviderError, Refused, Unavailable, writable

if TYPE_CHECKING:
    from models.system.breakers import BreakerStore

log = logging.getLogger(__name__)

COUNTED = (Unavailable, AuthenticationFailed)
"""Failures that say the provider cannot serve anybody now. A rate limit or a spent quota has its own wait; a bad answer is about
its request."""


class Breakers:
    """The breakers of all providers (`activities.paid.Breakers`)."""

    def __init__(self, store: BreakerStore) -> None:
        self._store = store

    @asynccontextmanager
    async def guard(self, provider: str) -> AsyncIterator[None]:
        """Around one call of a provider; how it ends is counted, in the breaker and as a metric.

        Raises:
            CircuitOpen: it failed too often lately and is not called; `retry_after` is the time until the next trial.
            ComponentDown: the database is away.
        """
        with counted_call(provider):
            async with self._guarded(provider):
                yield

    @asynccontextmanager
    async def _guarded(self, provider: str) -> AsyncIterator[None]:
        entry = await self._store.enter(provider)
        if entry.state == "open":
            raise CircuitOpen(
                f"{provider} is not called: it failed too often in a row (last: {entry.last_error or 'unknown'}).",
                provider=provider,
                retry_after=entry.wait,
                hint="One trial is made by itself after the pause; `./ytempire providers` shows its state.",
            )
        try:
            yield
        except COUNTED as error:
            await self._note(provider, error, trial=entry.state == "trial")
            raise
        except Refused:
            await self._note(provider, None)
            raise
        except ProviderError as error:
            await self._note(provider, error)
            raise
        else:
            await self._note(provider, None)

    async def _note(self, provider: str, error: ProviderError | None, *, trial: bool = False) -> None:
        """What cannot be noted is lost rather than the answer of the call."""
        try:
            if error is None:
                await self._store.served(provider)
            elif not isinstance(error, COUNTED):
                await self._store.told(provider, writable(str(error)))
            elif await self._store.failed(provider, writable(str(error)), trial=trial):
                log.warning("the circuit of %s is open: %s", provider, error)
        except ComponentDown as down:
            log.warning("how a call of %s ended could not be noted: %s", provider, down)
