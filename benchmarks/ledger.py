"""How many charges a second the ledger takes: reserve + settle pairs by 32 writers on the embedded, durable server.

    python -m benchmarks.ledger [--pairs 4000] [--writers 32] [--processes 1]

The rate of bare single-row inserts by the same writers, in the same run, says what the machine had to give.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

from models.channels.store import ChannelStore
from models.costs.caps import Caps
from models.costs.checker import check_ledger
from models.costs.ledger import Ledger
from models.database import Database
from models.users.store import AccountStore
from models.videos.contracts import VideoInput, VideoRequest
from models.videos.store import VideoStore
from workers.migrate import upgrade
from workers.postgres_server import PostgresServer

CAP = Decimal(1_000_000)
CAPS = Caps(CAP, CAP, CAP, CAP, {"openai": CAP}, {("openai", "script"): CAP})
Writer = Callable[[int, int], Awaitable[list[float]]]


async def _videos(url: str, count: int) -> list[tuple[UUID, UUID]]:
    """A video for each writer, of eight users."""
    database = Database(url)
    made = []
    async with database.session() as session:
        for number in range(count):
            if number % max(1, count // 8) == 0:
                user = (await AccountStore().create(session, f"{uuid4().hex}@example.com")).id
                channel = (await ChannelStore().first(session, user)).id
            video = VideoInput(video_id=uuid4(), user_id=user, channel_id=channel, request=VideoRequest(topic="x"))
            await VideoStore(database).create(session, video, title="x", estimate=Decimal(0), slug="x")
            made.append((video.video_id, user))
    await database.close()
    return made


async def _timed(writers: int, each: int, write: Writer) -> dict[str, object]:
    began = time.monotonic()
    spent = await asyncio.gather(*(write(number, each) for number in range(writers)))
    return {"seconds": time.monotonic() - began, "latencies": [latency for latencies in spent for latency in latencies]}


async def _process(url: str, videos: list[tuple[UUID, UUID]], each: int) -> dict[str, dict[str, object]]:
    database = Database(url, pool=len(videos))
    ledger = Ledger(database, CAPS)

    async def charge(number: int, count: int) -> list[float]:
        video_id, user_id = videos[number]
        call = {"provider": "openai", "operation": "script", "amount": Decimal("0.01"), "video_id": video_id, "user_id": user_id}
        latencies = []
        for _ in range(count):
            key = uuid4().hex
            began = time.monotonic()
            await ledger.reserve(key, **call)  # type: ignore[arg-type]
            middle = time.monotonic()
            await ledger.settle(key, Decimal("0.008"))
            latencies += [middle - began, time.monotonic() - middle]
        return latencies

    async def insert(_: int, count: int) -> list[float]:
        for _ in range(2 * count):
            await database.value("insert into public.bare (word) values ($1)", uuid4().hex)
        return []

    await _timed(len(videos), 5, charge)
    found = {"charges": await _timed(len(videos), each, charge), "inserts": await _timed(len(videos), each, insert)}
    await database.close()
    return found


def _run(task: tuple[str, list[tuple[UUID, UUID]], int]) -> dict[str, dict[str, object]]:
    return asyncio.run(_process(*task))


def main() -> None:
    """Measure and print one line of JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=4000)
    options.add_argument("--writers", type=int, default=32)
    options.add_argument("--processes", type=int, default=1)
    asked = options.parse_args()
    each = asked.pairs // asked.writers
    with tempfile.TemporaryDirectory() as folder:
        server = PostgresServer(Path(folder) / "postgres").start()
        try:
            upgrade(server.url())
            asyncio.run(_prepare(server.url()))
            videos = asyncio.run(_videos(server.url(), asked.writers))
            shares = [videos[number :: asked.processes] for number in range(asked.processes)]
            with multiprocessing.get_context("spawn").Pool(asked.processes) as pool:
                found = pool.map(_run, [(server.url(), share, each) for share in shares])
            problems = asyncio.run(_check(server.url()))
        finally:
            server.stop()
    seconds = {name: max(float(str(part[name]["seconds"])) for part in found) for name in ("charges", "inserts")}
    latencies = sorted(latency for part in found for latency in part["charges"]["latencies"])  # type: ignore[attr-defined]
    pairs = each * asked.writers
    print(
        json.dumps(
            {
                "pairs_a_second": round(pairs / seconds["charges"]),
                "p50_ms": round(latencies[len(latencies) // 2] * 1000, 1),
                "p99_ms": round(latencies[int(len(latencies) * 0.99)] * 1000, 1),
                "bare_inserts_a_second": round(2 * pairs / seconds["inserts"]),
                "postings_per_bare_insert": round(seconds["inserts"] / seconds["charges"], 2),
                "writers": asked.writers, "processes": asked.processes, "cores": os.cpu_count(),
                "load": round(os.getloadavg()[0], 1), "ledger": problems or "adds up",
            }
        )
    )  # fmt: skip


async def _prepare(url: str) -> None:
    database = Database(url)
    await database.value("create table public.bare (id bigint generated always as identity primary key, word text not null)")
    await database.close()


async def _check(url: str) -> list[str]:
    database = Database(url)
    try:
        return await check_ledger(database)
    finally:
        await database.close()


if __name__ == "__main__":
    main()
