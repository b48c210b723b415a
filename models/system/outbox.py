"""The outbox: what must happen outside the database because of a committed row, kept until it has happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.database import Database
from models.system.tables import OutboxMessage

LEASE = timedelta(seconds=60)
"""How long a claimed message is left to its claimer before another may take it."""
LONGEST_WAIT = 300
"""Seconds between attempts at most; they double from one second."""


async def enqueue(session: AsyncSession, kind: str, key: str, payload: dict[str, Any], *, delay: timedelta = timedelta(0)) -> None:
    """Leave a message in the caller's transaction, to be sent after `delay`; a key that is already there stays as it is."""
    values = {"kind": kind, "key": key, "payload": payload, "next_try_at": func.now() + delay}
    await session.execute(insert(OutboxMessage).values(**values).on_conflict_do_nothing())


async def send_again(session: AsyncSession, kind: str, key: str, payload: dict[str, Any]) -> None:
    """Leave a message in the caller's transaction once more, whether it was sent before or is forgotten."""
    fresh = {"payload": payload, "sent_at": None, "attempts": 0, "last_error": "", "next_try_at": func.now()}
    message = insert(OutboxMessage).values(kind=kind, key=key, **fresh)
    await session.execute(message.on_conflict_do_update(index_elements=["key"], set_=fresh))


class OutboxStore:
    """Messages of one database: each is handled at least once, so handlers must bear repeats."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: AsyncSession, kind: str, key: str, payload: dict[str, Any]) -> None:
        """Leave a message in the caller's transaction; a key that is already there stays as it is."""
        await enqueue(session, kind, key, payload)

    async def claim(self, kind: str, *, limit: int = 20, lease: timedelta = LEASE) -> Sequence[OutboxMessage]:
        """Take waiting messages, oldest first; no other claimer gets them until the lease ends."""
        waiting = (
            select(col(OutboxMessage.id))
            .where(
                col(OutboxMessage.kind) == kind, col(OutboxMessage.sent_at).is_(None), col(OutboxMessage.next_try_at) <= func.now()
            )
            .order_by(col(OutboxMessage.next_try_at), col(OutboxMessage.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        taken = (
            update(OutboxMessage)
            .where(col(OutboxMessage.id).in_(waiting))
            .values(next_try_at=func.now() + lease, attempts=col(OutboxMessage.attempts) + 1)
            .returning(OutboxMessage)
        )
        async with self._database.session() as session:
            return sorted((await session.scalars(taken)).all(), key=lambda message: message.id or 0)

    async def sent(self, key: str) -> None:
        """It has happened; a repeat changes nothing."""
        done = update(OutboxMessage).where(col(OutboxMessage.key) == key, col(OutboxMessage.sent_at).is_(None))
        async with self._database.session() as session:
            await session.execute(done.values(sent_at=func.now(), last_error=""))

    async def failed(self, key: str, error: str) -> None:
        """It did not happen: try again after 1, 2, 4 ... seconds, at most five minutes."""
        wait = text("least(power(2, greatest(attempts - 1, 0)), :longest) * interval '1 second'").bindparams(longest=LONGEST_WAIT)
        again = update(OutboxMessage).where(col(OutboxMessage.key) == key, col(OutboxMessage.sent_at).is_(None))
        async with self._database.session() as session:
            await session.execute(again.values(last_error=error[:2000], next_try_at=func.now().op("+")(wait)))

    async def payload(self, session: AsyncSession, key: str) -> dict[str, Any] | None:
        """What a message says, sent or not; None when it is not there (any more)."""
        found: dict[str, Any] | None = await session.scalar(select(col(OutboxMessage.payload)).where(col(OutboxMessage.key) == key))
        return found

    async def waiting(self, session: AsyncSession, kind: str) -> int:
        """How many messages of a kind have not been sent."""
        unsent = select(func.count()).where(col(OutboxMessage.kind) == kind, col(OutboxMessage.sent_at).is_(None))
        return await session.scalar(unsent) or 0
