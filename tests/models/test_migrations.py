"""The migrations: reversible, repeatable, and the truth that the tables mirror."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import sys

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

import models
from models.database import Database
from models.errors import Misconfigured
from models.settings import ROOT, Settings
from workers import cli
from workers.migrate import demand_schema, downgrade, newest, upgrade


async def _objects(address: str) -> list[str]:
    connection = await asyncpg.connect(address)
    try:
        rows = await connection.fetch(
            """select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' and c.relname not like 'alembic%'
               union all
               select n.nspname || '.' || p.proname || '()' from pg_proc p join pg_namespace n on n.oid = p.pronamespace
               where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by 1"""
        )
        return [row[0] for row in rows]
    finally:
        await connection.close()


async def test_every_migration_can_be_taken_back_and_made_again(empty_database_address: str) -> None:
    await asyncio.to_thread(upgrade, empty_database_address)
    made = await _objects(empty_database_address)
    await asyncio.to_thread(downgrade, empty_database_address, "base")
    assert await _objects(empty_database_address) == []
    await asyncio.to_thread(upgrade, empty_database_address)
    assert await _objects(empty_database_address) == made


async def test_channels_that_were_deleted_let_go_of_their_youtube_channels(empty_database_address: str) -> None:
    await asyncio.to_thread(upgrade, empty_database_address, "0021")
    connection = await asyncpg.connect(empty_database_address)
    try:
        await connection.execute(
            """with ana as (insert into users.accounts (email) values ('ana@example.com') returning id)
               insert into channels.youtube_channels (id, user_id, name, youtube_channel_id, status)
               select gen_random_uuid(), id, of.name, of.name, of.status from ana,
               (values ('UCkept', 'active'), ('UCgone', 'deleted')) as of (name, status)"""
        )
        await asyncio.to_thread(upgrade, empty_database_address)
        rows = await connection.fetch("select name, youtube_channel_id from channels.youtube_channels")
        assert dict(map(tuple, rows)) == {"UCkept": "UCkept", "UCgone": None}
    finally:
        await connection.close()


async def test_processes_that_start_together_migrate_once(empty_database_address: str) -> None:
    program = f"from workers.migrate import upgrade; upgrade({empty_database_address!r})"
    starters = [await asyncio.create_subprocess_exec(sys.executable, "-c", program, cwd=ROOT) for _ in range(2)]
    assert [await starter.wait() for starter in starters] == [0, 0]
    assert "videos.video_records" in await _objects(empty_database_address)


async def test_the_tables_of_the_code_are_those_of_the_migrations(database: Database) -> None:
    for module in pkgutil.walk_packages(models.__path__, "models."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)

    def differences(connection: Connection) -> list[object]:
        options = {"include_schemas": True, "compare_type": True, "include_object": _compared}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def _compared(_: object, name: str | None, kind: str, __: bool, ___: object) -> bool:
    """Indexes are the migrations' own affair."""
    return kind != "index" and not (name or "").startswith("alembic")


def test_a_process_of_several_hosts_serves_from_no_database_that_lacks_what_it_needs(
    empty_database_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YTEMPIRE_DATABASE_URL", empty_database_address)
    with pytest.raises(Misconfigured, match="no tables of ours") as refused:
        cli.worker("control")
    assert "./ytempire migrate" in refused.value.hint
    cli.migrate()
    demand_schema(Settings())
    downgrade(empty_database_address, "-1")
    with pytest.raises(Misconfigured, match=f"needs {newest()}"):
        demand_schema(Settings())
    cli.migrate()
    demand_schema(Settings())


def test_only_your_own_database_is_migrated_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YTEMPIRE_DATABASE_URL", "")
    with pytest.raises(Misconfigured, match=r"brought up to date by `\./ytempire up`"):
        cli.migrate()
