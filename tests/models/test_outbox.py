"""The outbox hands each message to one claimer at a time, until it is sent."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import text

from models.database import Database
from models.system.outbox import OutboxStore


async def test_each_message_goes_to_one_claimer(database: Database) -> None:
    outbox = OutboxStore(database)
    async with database.session() as session:
        for number in range(30):
            await outbox.add(session, "start", f"k{number}", {"number": number})
            await outbox.add(session, "start", f"k{number}", {"number": -1})
    claims = await asyncio.gather(*(outbox.claim("start", limit=4) for _ in range(10)))
    numbers = [message.payload["number"] for messages in claims for message in messages]
    assert len(numbers) == len(set(numbers)) and set(numbers) <= set(range(30))
    rest = await outbox.claim("start", limit=100)
    assert len(numbers) + len(rest) == 30
    assert await outbox.claim("other") == []


async def test_a_claim_that_was_never_finished_is_given_out_again(database: Database) -> None:
    outbox = OutboxStore(database)
    async with database.session() as session:
        await outbox.add(session, "start", "k", {})
    assert [message.attempts for message in await outbox.claim("start", lease=timedelta(0))] == [1]
    assert [message.attempts for message in await outbox.claim("start", lease=timedelta(0))] == [2]
    await outbox.sent("k")
    assert await outbox.claim("start") == []


async def test_a_failed_message_waits_longer_each_time(database: Database) -> None:
    outbox = OutboxStore(database)
    async with database.session() as session:
        await outbox.add(session, "start", "k", {})
    waits = []
    for _ in range(12):
        await outbox.claim("start")
        await outbox.failed("k", "Temporal is away")
        waits.append(float(await database.value("select extract(epoch from next_try_at - now())::float8 from system.outbox")))
        async with database.session() as session:
            await session.execute(text("update system.outbox set next_try_at = now()"))
    assert [round(wait) for wait in waits[:4]] == [1, 2, 4, 8]
    assert round(waits[-1]) == 300
    assert await database.value("select last_error from system.outbox") == "Temporal is away"
