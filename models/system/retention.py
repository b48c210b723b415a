"""The SQL of forgetting: logs and one-time rows that are older than somebody may still need them, a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.database import Database

BATCH = 5000
"""Rows a statement: short enough that nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Days for which an installation keeps its logs."""

    requests: int
    audit: int
    deliveries: int


def expired(kept: Kept) -> Mapping[str, tuple[str, int]]:
    """Of each table, which rows are old (`$1` days), and how many days that is."""
    return {
        "system.api_requests": ("at < now() - $1 * interval '1 day'", kept.requests),
        "system.audit_log": ("at < now() - $1 * interval '1 day'", kept.audit),
        "system.webhook_deliveries": (
            "created_at < now() - $1 * interval '1 day' AND status IN ('delivered', 'failed')", kept.deliveries,
        ),
        "system.webhook_inbox": ("received_at < now() - $1 * interval '1 day'", 2),
        "system.outbox": ("sent_at < now() - $1 * interval '1 day'", kept.requests),  # null: not sent, and kept until it is
        "system.idempotency_keys": ("created_at < now() - $1 * interval '1 day' AND locked_until < now()", 2),
        "system.rate_limits": ("window_start < now() - $1 * interval '1 day'", 1),
        "users.login_failures": ("last_at < now() - $1 * interval '1 day' AND coalesce(locked_until, now()) <= now()", 1),
        "users.tokens": ("expires_at < now() - $1 * interval '1 day'", 1),
        "users.sessions": ("coalesce(ended_at, expires_at) < now() - $1 * interval '1 day'", 30),
    }  # fmt: skip


class RetentionStore:
    """Forgets in one database."""

    def __init__(self, database: Database, kept: Kept) -> None:
        self._database, self._kept = database, kept

    async def forget(self) -> dict[str, int]:
        """Delete what is older than it is kept; how many rows of each table went."""
        gone: dict[str, int] = {}
        for table, (old, days) in expired(self._kept).items():
            statement = (
                f"WITH old AS MATERIALIZED (SELECT ctid FROM {table} WHERE {old} LIMIT {BATCH}), "  # noqa: S608  # names of our own
                f"gone AS (DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM old) RETURNING 1) SELECT count(*) FROM gone"
            )
            while deleted := int(await self._database.value(statement, days)):
                gone[table] = gone.get(table, 0) + deleted
                if deleted < BATCH:
                    break
        return gone
