"""The way to PostgreSQL: sessions that are transactions, single statements in one round trip, and notifications.

Every failure to reach the server becomes `ComponentDown`, so that callers wait and ask again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from models.errors import Misconfigured
from models.postgres import down_errors, plain_url
from models.settings import Settings
from models.statements import CONNECT_SECONDS, Statements

log = logging.getLogger(__name__)


def database_url(settings: Settings, embedded: str = "") -> str:
    """The address to use: the settings' own, else `embedded`, the running embedded server's.

    Raises:
        Misconfigured: neither is there, or the address is not PostgreSQL's.
    """
    url = settings.database_url.get_secret_value() or embedded
    if not url:
        raise Misconfigured(
            "There is no database: YTEMPIRE_DATABASE_URL is empty and the embedded server does not run.",
            hint="Start `./ytempire up`.",
        )
    return plain_url(url)


class Database:
    """One PostgreSQL database with this process's connections to it."""

    def __init__(self, url: str, *, pool: int = 10, slow_seconds: float = 1.0) -> None:
        """`pool` connections are kept at most for sessions, and as many again for single statements; none is opened yet."""
        self.url = plain_url(url)
        self._slow = slow_seconds
        self._statements = Statements(self.url, pool)
        self.engine: AsyncEngine = create_async_engine(
            self.url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=pool,
            max_overflow=0,
            pool_timeout=CONNECT_SECONDS,
            connect_args={"timeout": CONNECT_SECONDS, "server_settings": {"application_name": "ytempire"}},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        event.listen(self.engine.sync_engine, "checkout", _require_open)
        event.listen(self.engine.sync_engine, "before_cursor_execute", self._before)
        event.listen(self.engine.sync_engine, "after_cursor_execute", self._after)

    @classmethod
    def of(cls, settings: Settings, embedded: str = "") -> Database:
        """The database that the settings name, else the embedded one."""
        return cls(database_url(settings, embedded), pool=settings.database_pool, slow_seconds=settings.database_slow_seconds)

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at a clean exit, rolled back by any exception.

        Raises:
            ComponentDown: the server cannot be reached. Whether a commit that was lost then happened is unknown.
        """
        with down_errors():
            async with self._sessions() as session, session.begin():
                yield session

    async def value(self, statement: str, *arguments: Any) -> Any:
        """First column of the first row of one statement in a transaction of its own, in one round trip (`$1`, `$2` ... arguments).

        JSON goes in and comes out as Python values.
        """
        found = await self.rows(statement, *arguments)
        return found[0][0] if found else None

    async def rows(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """All rows of one statement, as `value` does it."""
        with down_errors():
            started = time.perf_counter()
            found = await self._statements.rows(statement, arguments)
            self._log_slow(statement, time.perf_counter() - started)
            return found

    async def listen(self, channel: str, *, check_seconds: float = 15.0) -> AsyncIterator[str]:
        """Payloads notified on a channel, for ever, over lost connections. An empty one comes first and after every reconnection:
        what was notified before it may have been missed, so read the tables again then.

        After `check_seconds` of silence the server is asked for a sign of life: who only listens is never told of a lost way.
        """
        wait = 0.1
        while True:
            waiting: asyncio.Queue[str | None] = asyncio.Queue()
            try:
                connection = await asyncpg.connect(self.url, timeout=CONNECT_SECONDS)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("cannot listen on %s: %s", channel, error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)
                continue
            try:
                connection.add_termination_listener(lambda _, queue=waiting: queue.put_nowait(None))
                await connection.add_listener(channel, lambda *told, queue=waiting: queue.put_nowait(str(told[3])))
                wait = 0.1
                yield ""
                while (payload := await _next(waiting, connection, check_seconds)) is not None:
                    yield payload
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("lost the connection that listens on %s: %s", channel, error)
            finally:
                connection.terminate()

    async def close(self) -> None:
        """End every connection of this process."""
        self._statements.close()
        await self.engine.dispose()

    def _before(self, _: Any, __: Any, ___: Any, ____: Any, context: Any, _____: bool) -> None:
        context.ytempire_started = time.perf_counter()

    def _after(self, _: Any, __: Any, statement: str, ____: Any, context: Any, _____: bool) -> None:
        self._log_slow(statement, time.perf_counter() - context.ytempire_started)

    def _log_slow(self, statement: str, seconds: float) -> None:
        if seconds >= self._slow:
            log.warning("slow query: %.3f s: %s", seconds, " ".join(statement.split())[:500])


async def _next(waiting: asyncio.Queue[str | None], connection: asyncpg.Connection[Any], check_seconds: float) -> str | None:
    """The next payload; None: the connection ended.

    Raises:
        TimeoutError: the server gave no sign of life.
    """
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(check_seconds):
                return await waiting.get()
        await connection.execute("select 1", timeout=check_seconds)


def _require_open(connection: Any, _: Any, __: Any) -> None:
    """Replace a connection that the server has ended. The driver knows without asking: no round trip is spent on it."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError
