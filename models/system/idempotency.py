"""The SQL of idempotency keys: an operation is done once for a key, whatever happens in between.

The row names the operation's id before it begins. Whoever does the work derives the ids of what it makes from it, so that a
repeat after a crash finds what the first attempt made instead of making it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from models.database import Database

LEASE = timedelta(seconds=60)
"""How long an operation may take before a repeat takes it over."""
LIFETIME = timedelta(days=1)
"""How long an answer is kept."""

_CLAIM = """
INSERT INTO system.idempotency_keys AS k (owner, key, body_hash, locked_until, holder)
VALUES ($1, $2, $3, now() + $4::interval, $6)
ON CONFLICT (owner, key) DO UPDATE SET
    locked_until = now() + $4::interval, holder = excluded.holder,
    operation_id = CASE WHEN k.created_at < now() - $5::interval THEN gen_random_uuid() ELSE k.operation_id END,
    status = NULL, answer = NULL, headers = '{}', body_hash = excluded.body_hash,
    created_at = CASE WHEN k.created_at < now() - $5::interval THEN now() ELSE k.created_at END
WHERE k.created_at < now() - $5::interval OR (k.status IS NULL AND k.locked_until < now() AND k.body_hash = excluded.body_hash)
RETURNING operation_id"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a key that another request has claimed; `status` None: it is being worked on."""

    body_hash: bytes
    status: int | None
    answer: Any
    headers: dict[str, str]


class IdempotencyStore:
    """Keys of one database, by owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, owner: UUID, key: str, body_hash: bytes, holder: UUID) -> UUID | Kept:
        """The id of the operation when it is `holder`'s to do, else what another request with the key has come to."""
        while True:
            operation: UUID | None = await self._database.value(_CLAIM, owner, key, body_hash, LEASE, LIFETIME, holder)
            if operation is not None:
                return operation
            rows = await self._database.rows(
                "SELECT body_hash, status, answer, headers FROM system.idempotency_keys WHERE owner = $1 AND key = $2", owner, key
            )
            if rows:
                return Kept(rows[0]["body_hash"], rows[0]["status"], rows[0]["answer"], rows[0]["headers"])

    async def finish(self, owner: UUID, key: str, operation: UUID, status: int, answer: Any, headers: dict[str, str]) -> None:
        """Keep the answer for repeats."""
        await self._database.value(
            "UPDATE system.idempotency_keys SET status = $4, answer = $5, headers = $6 "
            "WHERE owner = $1 AND key = $2 AND operation_id = $3",
            owner, key, operation, status, answer, headers,
        )  # fmt: skip

    async def release(self, owner: UUID, key: str, holder: UUID, *, forget: bool) -> None:
        """Let a repeat have the key now, if `holder` has it. `forget`: the operation was refused and left nothing; otherwise nobody
        knows how far it came, and the repeat does it under the same operation id.
        """
        mine = "owner = $1 AND key = $2 AND holder = $3 AND status IS NULL"
        await self._database.value(
            f"DELETE FROM system.idempotency_keys WHERE {mine}"  # noqa: S608
            if forget
            else f"UPDATE system.idempotency_keys SET locked_until = now() - interval '1 second' WHERE {mine}",  # noqa: S608
            owner, key, holder,
        )  # fmt: skip
