"""Connections for single statements: the one that was used last is used next, and nothing but the statement goes over the wire.

A pool that takes a task to give a connection back, resets it and takes another to wait for one costs more than most statements.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import asyncpg

from models.postgres import AWAY

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 300.0
"""A connection that nobody used for so long is opened anew: something on the way may have forgotten it."""


class Statements:
    """Up to `size` connections to one database. A statement that leaves its connection in doubt takes it with it."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._room = asyncio.Semaphore(size)
        self._free: list[tuple[asyncpg.Connection[asyncpg.Record], float]] = []
        self._closed = False

    async def rows(self, statement: str, arguments: tuple[Any, ...]) -> list[asyncpg.Record]:
        """All rows of one statement in a transaction of its own.

        Raises:
            TimeoutError: no connection became free.
            OSError, asyncpg.PostgresError, asyncpg.InterfaceError: as the driver says.
        """
        if self._room.locked():
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._room.acquire()
        else:
            await self._room.acquire()
        try:
            connection = self._kept() or await self._opened()
            try:
                found = await connection.fetch(statement, *arguments)
            except asyncpg.PostgresError as error:
                if str(error.sqlstate or "").startswith(AWAY):
                    connection.terminate()  # it was the server's last word, though the driver may not know yet
                else:
                    self._keep(connection)
                raise
            except BaseException:
                connection.terminate()
                raise
            self._keep(connection)
            return found
        finally:
            self._room.release()

    def close(self) -> None:
        """End every connection; those in use end with their statement."""
        self._closed = True
        while self._free:
            self._free.pop()[0].terminate()

    def _kept(self) -> asyncpg.Connection[asyncpg.Record] | None:
        while self._free:
            connection, since = self._free.pop()
            if not connection.is_closed() and time.monotonic() - since < IDLE_SECONDS:
                return connection
            connection.terminate()
        return None

    def _keep(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        if self._closed:
            connection.terminate()
        elif not connection.is_closed():
            self._free.append((connection, time.monotonic()))

    async def _opened(self) -> asyncpg.Connection[asyncpg.Record]:
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            self._url, timeout=CONNECT_SECONDS, server_settings={"application_name": "ytempire"}
        )
        try:
            for kind in ("json", "jsonb"):
                await connection.set_type_codec(kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        except BaseException:
            connection.terminate()
            raise
        return connection
