"""The way to the database: what callers see when it is away, slow, or has news."""

from __future__ import annotations

import asyncio
import logging

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.database import Database, database_url
from models.errors import ComponentDown, Misconfigured
from models.postgres import down_errors
from models.settings import Settings


async def test_a_server_that_is_not_there_is_a_component_that_is_down() -> None:
    database = Database("postgresql://nobody:x@127.0.0.1:9/none")
    with pytest.raises(ComponentDown):
        async with database.session() as session:
            await session.execute(text("select 1"))
    with pytest.raises(ComponentDown):
        await database.value("select 1")
    await database.close()


async def test_a_connection_that_is_killed_is_a_component_down_and_the_next_one_works(database: Database) -> None:
    with pytest.raises(ComponentDown):
        async with database.session() as session:
            await session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
    with pytest.raises(ComponentDown):
        await database.value("select pg_terminate_backend(pg_backend_pid())")
    async with database.session() as session:
        assert await session.scalar(text("select 1")) == 1
    assert await database.value("select $1::jsonb", {"a": [1]}) == {"a": [1]}


def test_too_few_connections_are_told_apart_from_a_server_that_is_away() -> None:
    with pytest.raises(ComponentDown, match=r"is busy.*YTEMPIRE_DATABASE_POOL"), down_errors():
        raise PoolTimeout


async def test_an_error_of_the_caller_stays_the_callers(database: Database) -> None:
    with pytest.raises(ConnectionResetError):
        async with database.session():
            raise ConnectionResetError("from a provider")


async def test_a_listener_hears_what_is_told_even_after_its_connection_was_lost(database: Database) -> None:
    heard: list[str] = []
    news = database.listen("news")
    assert await anext(news) == ""
    await database.value("select pg_notify('news', 'one')")
    heard.append(await anext(news))
    await database.value(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%' and datname = current_database()"
    )
    assert await asyncio.wait_for(anext(news), 10) == ""
    await database.value("select pg_notify('news', 'two')")
    heard.append(await anext(news))
    await news.aclose()  # type: ignore[attr-defined]
    assert heard == ["one", "two"]


async def test_slow_queries_are_logged(database_address: str, caplog: pytest.LogCaptureFixture) -> None:
    database = Database(database_address, slow_seconds=0.0)
    with caplog.at_level(logging.WARNING, "models.database"):
        async with database.session() as session:
            await session.execute(text("select 'session'"))
        await database.value("select 'statement'")
    await database.close()
    assert "slow query" in caplog.text and "select 'session'" in caplog.text and "select 'statement'" in caplog.text


def test_the_address_of_another_kind_of_database_is_refused(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match="mysql"):
        database_url(settings, "mysql://x")
    with pytest.raises(Misconfigured, match="embedded"):
        database_url(settings)
    assert database_url(settings, "postgres+asyncpg://u@h/d") == "postgresql://u@h/d"
