"""What the ledger has answered for is on the disk: it survives the server's death at any moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from models.costs.checker import check_ledger
from models.costs.ledger import Ledger
from models.database import Database
from models.errors import ComponentDown
from tests.models.money import OPEN, a_video
from workers.migrate import upgrade
from workers.postgres_server import PostgresServer


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server as installations have it: the tests' shared one does not care for the disk."""
    server = PostgresServer(tmp_path / "postgres", options={"wal_writer_delay": "10s", "shared_buffers": "16MB"}).start()
    yield server
    server.stop()


async def test_every_answered_posting_survives_the_death_of_the_server(durable: PostgresServer) -> None:
    """Without the second transaction that waits for the disk, the last postings are lost here."""
    await asyncio.to_thread(upgrade, durable.url())
    database = Database(durable.url())
    videos = [await a_video(database) for _ in range(3)]
    ledger, enough = Ledger(database, OPEN), asyncio.Event()
    reserved: set[str] = set()
    settled: set[str] = set()

    async def write(number: int) -> None:
        video = videos[number % 3]
        charge = {"provider": "openai", "operation": "script", "video_id": video.video_id, "user_id": video.user_id}
        for call in range(1000):
            key = f"{number}-{call}"
            await ledger.reserve(key, amount=Decimal("0.01"), **charge)  # type: ignore[arg-type]
            reserved.add(key)
            await ledger.settle(key, Decimal("0.005"))
            settled.add(key)
            if len(settled) >= 60:
                enough.set()

    async def die() -> None:
        await enough.wait()
        postmaster = durable.pid()
        assert postmaster is not None
        processes = [psutil.Process(postmaster), *psutil.Process(postmaster).children()]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        await asyncio.to_thread(psutil.wait_procs, processes, 20)

    answers = await asyncio.gather(die(), *(write(number) for number in range(8)), return_exceptions=True)
    assert all(isinstance(answer, ComponentDown) for answer in answers[1:]), answers
    await database.close()
    again = Database(durable.start().url())
    rows = await again.rows("select kind, key from costs.entries")
    posted = {(row["kind"], row["key"]) for row in rows}
    assert {("reserve", key) for key in reserved} | {("settle", key) for key in settled} <= posted
    assert await check_ledger(again) == []
    await again.close()
