"""The log of requests and of state changes, written in batches off the request path, with secrets masked.

While the database is away records wait in memory up to a bound; beyond it the oldest are dropped and counted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import structlog
from asgi_correlation_id import correlation_id

from models.database import Database
from models.errors import ComponentDown

log = structlog.get_logger("api")

MOST_WAITING = 20_000
BATCH = 500
LAST_SECONDS = 5.0
"""How long the end of the process waits for the last batch: a database that says nothing must not hold it up."""
PAUSE = 0.5
"""Seconds between two batches."""
SECRET_WORDS = ("password", "secret", "token", "key", "authorization", "cookie", "signature", "credential")


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One answered request; fields as in `system.api_requests`."""

    at: datetime
    request_id: str
    user_id: UUID | None
    key_id: UUID | None
    method: str
    route: str
    status: int
    milliseconds: float
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One change of state; fields as in `system.audit_log`."""

    at: datetime
    request_id: str
    actor_id: UUID | None
    owner_id: UUID | None
    action: str
    object_type: str
    object_id: str
    detail: dict[str, Any]
    address: str


def masked(detail: Mapping[str, Any]) -> dict[str, Any]:
    """`detail` with the value of everything that sounds like a secret replaced."""
    return {
        name: "***" if _is_secret(name) else masked(value) if isinstance(value, Mapping) else value
        for name, value in detail.items()
    }


def _is_secret(name: str) -> bool:
    folded = name.casefold()
    return any(word in folded for word in SECRET_WORDS) and not folded.endswith("_id")


class RequestLog:
    """Takes records at once and writes them later."""

    def __init__(self, database: Database, dropped: Callable[[], None]) -> None:
        """`dropped` is called for each record that is lost."""
        self._database = database
        self._dropped = dropped
        self._requests: deque[RequestRecord] = deque()
        self._audit: deque[AuditRecord] = deque()

    def request(self, record: RequestRecord) -> None:
        """Keep a request for the next batch."""
        self._requests.append(record)
        self._bound(self._requests)

    def audit(
        self,
        action: str,
        *,
        actor: UUID | None,
        owner: UUID | None = None,
        object_type: str = "",
        object_id: object = "",
        detail: Mapping[str, Any] | None = None,
        address: str = "",
    ) -> None:
        """Keep a change of state for the next batch; `actor` made it, to something of `owner`'s (None: the actor's own)."""
        self._audit.append(
            AuditRecord(
                datetime.now(UTC), correlation_id.get() or "", actor, owner or actor, action, object_type, str(object_id),
                masked(detail or {}), address,
            )
        )  # fmt: skip
        self._bound(self._audit)

    async def run(self) -> None:
        """Write batches until cancelled, then what is left."""
        try:
            while True:
                await asyncio.sleep(PAUSE)
                await self._write_all()
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_SECONDS):
                    await self._write_all()

    async def _write_all(self) -> None:
        try:
            await self._write("system.audit_log", self._audit, AuditRecord)
            await self._write("system.api_requests", self._requests, RequestRecord)
        except ComponentDown:
            log.warning("log records wait for the database", waiting=len(self._audit) + len(self._requests))

    async def _write(self, table: str, waiting: deque[Any], kind: type[Any]) -> None:
        names = [field.name for field in fields(kind)]
        values_of = attrgetter(*names)
        while waiting:
            batch = [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
            columns = list(zip(*map(values_of, batch), strict=True))
            try:
                await self._database.value(_insert(table, names), *columns)
            except ComponentDown:
                waiting.extendleft(reversed(batch))
                raise
            except Exception as error:
                log.error("log records refused by the database", table=table, lost=len(batch), exc_info=error)

    def _bound(self, waiting: deque[Any]) -> None:
        while len(waiting) > MOST_WAITING:
            waiting.popleft()
            self._dropped()


_TYPES = {
    "at": "timestamptz", "user_id": "uuid", "key_id": "uuid", "actor_id": "uuid", "owner_id": "uuid", "status": "int",
    "milliseconds": "float8", "detail": "jsonb",
}  # fmt: skip


def _insert(table: str, names: list[str]) -> str:
    arrays = ", ".join(f"${place}::{_TYPES.get(name, 'text')}[]" for place, name in enumerate(names, 1))
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608  # names of our own fields
