"""What every test may ask for: settings with folders of its own, and a database of its own on one real server.

One PostgreSQL serves all test processes of a checkout. It is started by the first, ended by the last, and lies in memory where
there is enough, else on the disk, without syncing: what survives a crash of the machine is no matter here. A database is copied
from a template that holds the newest migration: hundreds of files, for which a file system on a disk may take half a second.
"""

# ruff: noqa: E402 - the collector is told first: what follows is what takes long

from __future__ import annotations

from workers.collector import collect_as_usual, collect_rarely

collect_rarely()

import asyncio
import contextlib
import fcntl
import functools
import hashlib
import importlib
import inspect
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import psutil
import pytest
import pytest_asyncio

from models.costs.checker import check_ledger
from models.database import Database
from models.settings import ROOT, Settings
from tests.temporal_servers import shared_server
from workers.migrate import MIGRATIONS, upgrade
from workers.postgres_server import PostgresServer

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", "max_connections": "500"}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A failure is told when it happens: a run that is cut off later has still said what failed."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nFAILED {report.nodeid} ({report.when}, {report.duration:.1f} s)\n{report.longreprtext}", flush=True)


LONGEST = 240.0
"""Seconds after which a test that waits is cancelled, and so says what it waited for: sooner than its process is ended."""


def pytest_collection(session: pytest.Session) -> None:
    """Each process imports every test. Of a clean checkout each compiles a part of them first, and finds the others compiled."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if number and session.config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        paths = sorted((ROOT / "tests").rglob("test_*.py"))
        for path in paths[int(number) :: int(os.environ["PYTEST_XDIST_WORKER_COUNT"])]:
            with contextlib.suppress(Exception):  # is met again, and told, when it is collected
                importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def pytest_collection_finish() -> None:
    """All is loaded."""
    collect_as_usual()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that wait do not wait for ever. Those of whole stacks, which wait most, begin first: others fill the cores."""
    items.sort(key=lambda item: not item.path.is_relative_to(ROOT / "tests" / "e2e"))
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = _ending(item.obj)


def _ending(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def ends(**fixtures: object) -> None:
        async with asyncio.timeout(LONGEST):
            await test(**fixtures)

    return ends


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The running server, shared by all test processes of this checkout."""
    home = _roomy() / f"ytempire-tests-{os.getuid()}-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]}"
    home.mkdir(parents=True, exist_ok=True)
    server = PostgresServer(home / "postgres", options=FAST)
    with _users(home) as users:
        users.add(os.getpid())
        server.start()
    yield server
    with _users(home) as users:
        users.discard(os.getpid())
        if not users:
            server.stop()
            shutil.rmtree(home / "postgres", ignore_errors=True)


MEMORY = Path("/dev/shm")  # noqa: S108 - the folder of a server that only its own user may enter
ROOM = 4 << 30
"""Bytes that must be free there: databases take 10 MB each while they are used, and the log ahead of them up to 1 GB."""


def _roomy() -> Path:
    """Where the server's files lie."""
    with contextlib.suppress(OSError):
        if os.access(MEMORY, os.W_OK) and min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available // 2) > ROOM:
            return MEMORY
    return Path(tempfile.gettempdir())


@contextlib.contextmanager
def _users(home: Path) -> Iterator[set[int]]:
    """The living test processes that use the server, under a lock; killed ones are forgotten."""
    with (home / "users.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        users = {pid for pid in json.loads(lock.read() or "[]") if psutil.pid_exists(pid)}
        yield users
        lock.truncate(0)
        lock.write(json.dumps(sorted(users)))


@pytest.fixture(scope="module")
def temporal_address() -> Iterator[str]:
    """A real Temporal server, for a module: for longer it would, doing nothing, take more of the processor than its start does."""
    with shared_server() as address:
        yield address


@pytest.fixture(scope="session")
def template(postgres: PostgresServer) -> str:
    """Name of a database with the newest schema, made once for each state of the migrations."""
    digest = hashlib.sha256()
    for path in sorted((MIGRATIONS / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    name = f"template_{digest.hexdigest()[:12]}"
    with _users(postgres.data_dir.parent):
        if not asyncio.run(_exists(postgres, name)):
            upgrade(postgres.url(f"{name}_part"))
            asyncio.run(_execute(postgres, f'alter database "{name}_part" rename to "{name}"'))
    return name


@pytest_asyncio.fixture
async def database_address(postgres: PostgresServer, template: str) -> AsyncIterator[str]:
    """Address of a fresh database with the newest schema, for tests that start processes. Its ledger must add up in the end."""
    name = f"test_{uuid4().hex[:12]}"
    await _execute(postgres, f'create database "{name}" template "{template}" strategy file_copy')
    yield postgres.url(name)
    try:
        opened = Database(postgres.url(name))
        assert await check_ledger(opened) == []
        await opened.close()
    finally:
        await _execute(postgres, f'drop database "{name}" with (force)')


@pytest_asyncio.fixture
async def database(database_address: str) -> AsyncIterator[Database]:
    """A fresh database with the newest schema."""
    opened = Database(database_address)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def empty_database_address(postgres: PostgresServer) -> AsyncIterator[str]:
    """Address of a database that does not exist yet, for tests of the migrations."""
    name = f"test_{uuid4().hex[:12]}"
    yield postgres.url(name)
    await _execute(postgres, f'drop database if exists "{name}" with (force)')


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a laptop whose folders are the test's own; nothing of the environment or a `.env` shines through."""
    return Settings(_env_file=None, data_dir=tmp_path / "data", films_dir=tmp_path / "films")  # type: ignore[call-arg]


@pytest.fixture(autouse=True)
def _ordinary_priority() -> Iterator[None]:
    """A library that leaves the process one of real time starves the machine: the servers that are started later are so too."""
    yield
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("YTEMPIRE_"):
            monkeypatch.delenv(name)


async def _exists(server: PostgresServer, name: str) -> bool:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        return await connection.fetchval("select true from pg_database where datname = $1", name) is not None
    finally:
        await connection.close()


async def _execute(server: PostgresServer, statement: str) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
