"""64 writers in four processes that die at random moments and start again: no cap passed, no cent lost, at every moment."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import defaultdict
from decimal import Decimal
from typing import Any

from models.costs.checker import check_ledger, passed_caps
from models.database import Database
from models.settings import ROOT
from tests.models.money import a_user, a_video

PROCESSES, WRITERS, CALLS = 4, 16, 9


async def _run(task: dict[str, Any]) -> tuple[int, list[str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.models.ledger_writers", json.dumps(task), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return await process.wait(), said.decode().splitlines()


async def test_writers_that_die_at_any_moment_pass_no_cap_and_lose_no_cent(database: Database, database_address: str) -> None:
    seed = random.randrange(1_000_000)
    rng = random.Random(seed)
    print(f"seed {seed}")
    users = [await a_user(database) for _ in range(3)]
    videos = [await a_video(database, user) for user in users for _ in range(3)]
    caps = [rng.uniform(low, high) for low, high in [(1, 6), (3, 12), (8, 30), (8, 30), (4, 20), (0.3, 3)]]
    common = {
        "address": database_address, "seed": seed, "writers": WRITERS, "calls": CALLS,
        "videos": [[str(video.video_id), str(video.user_id)] for video in videos], "caps": [f"{cap:.6f}" for cap in caps],
    }  # fmt: skip
    answered: list[str] = []
    crashes = 0
    done = asyncio.Event()

    async def keep_running(number: int) -> None:
        nonlocal crashes
        for crash_after in (rng.randrange(5, 40), -1):
            code, said = await _run(common | {"process": number, "crash_after": crash_after})
            answered.extend(said)
            if code == 0:
                return
            assert code == 9
            crashes += 1

    async def watch() -> None:
        while not done.is_set():
            assert await check_ledger(database) == []
            assert await passed_caps(database) == []
            await asyncio.sleep(0.1)

    watcher = asyncio.create_task(watch())
    await asyncio.gather(*(keep_running(number) for number in range(PROCESSES)))
    done.set()
    await watcher
    assert crashes >= PROCESSES // 2
    await _what_was_answered_is_there(database, answered)
    assert await passed_caps(database) == [] and await check_ledger(database) == []


async def _what_was_answered_is_there(database: Database, answered: list[str]) -> None:
    rows = await database.rows("select kind, key, reserved, spent from costs.entries")
    posted = {(row["kind"], row["key"]): row["reserved"] if row["kind"] == "reserve" else row["spent"] for row in rows}
    told: defaultdict[tuple[str, str], set[Decimal]] = defaultdict(set)
    for line in answered:
        kind, key, amount = line.split()
        told[kind, key].add(Decimal(amount))
    for posting, amounts in told.items():
        assert amounts == {posted[posting]}
    kinds = {kind for kind, _ in posted}
    assert kinds == {"reserve", "settle", "release"} and len(posted) > 100
