"""Who is asking: a session or an API key with its account, and the count against the account's rate limit, in one statement.

Asked with every request, so that an ended session, a revoked key or a disabled account is refused from that moment on, in
every process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from models.database import Database
from models.system.limits import COUNTED, JOINED, Hits, counting
from models.users.plans import PLANS, Plan

_ACCOUNT = """a.id AS user_id, a.email, a.role, a.plan, a.limits,
    coalesce((a.limits ->> 'requests_a_minute')::int, ($1::jsonb ->> a.plan)::int) AS rate"""
_HIT = counting("'user:' || user_id", "(SELECT rate FROM who)", "FROM who")
_COUNTED = f"{_HIT} SELECT who.*, {COUNTED} FROM who {JOINED}"  # noqa: S608  # constants

_BY_SESSION = f"""
WITH who AS (
    SELECT {_ACCOUNT}, s.id AS session_id, NULL::uuid AS key_id, NULL::text[] AS scopes
    FROM users.sessions s JOIN users.accounts a ON a.id = s.user_id
    WHERE s.id = $2 AND a.id = $3 AND s.ended_at IS NULL AND s.expires_at > now() AND a.disabled_at IS NULL
), {_COUNTED}"""  # noqa: S608  # constants

_BY_KEY = f"""
WITH who AS (
    SELECT {_ACCOUNT}, NULL::uuid AS session_id, k.id AS key_id, k.scopes
    FROM users.api_keys k JOIN users.accounts a ON a.id = k.user_id
    WHERE k.hash = $2 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()) AND a.disabled_at IS NULL
), used AS (
    UPDATE users.api_keys SET last_used_at = now()
    WHERE id = (SELECT key_id FROM who) AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
), {_COUNTED}"""  # noqa: S608  # constants

_IS_GOOD = """
SELECT EXISTS (
    SELECT FROM users.sessions s JOIN users.accounts a ON a.id = s.user_id
    WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > now() AND a.disabled_at IS NULL
) OR EXISTS (
    SELECT FROM users.api_keys k JOIN users.accounts a ON a.id = k.user_id
    WHERE k.id = $2 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()) AND a.disabled_at IS NULL
)"""

_RATES = {plan.value: limits.requests_a_minute for plan, limits in PLANS.items()}


@dataclass(frozen=True, slots=True)
class Known:
    """An account that asks, by a session or by a key with scopes (None: a session, which has all)."""

    user_id: UUID
    email: str
    role: str
    plan: Plan
    limits: dict[str, Any]
    session_id: UUID | None
    key_id: UUID | None
    scopes: frozenset[str] | None
    rate: int
    hits: Hits

    @property
    def is_admin(self) -> bool:
        """Whether the account may run the platform."""
        return self.role == "admin"

    def limit(self, name: str) -> int:
        """A limit of the plan (a field of `PlanLimits`), or the account's own."""
        own = self.limits.get(name)
        return int(own) if own is not None else int(getattr(PLANS[self.plan], name))


class CallerStore:
    """Finds the account behind a session or key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_session(self, session_id: UUID, user_id: UUID) -> Known | None:
        """The account of a running session, or None."""
        return _known(await self._database.rows(_BY_SESSION, _RATES, session_id, user_id))

    async def by_key(self, key_hash: bytes) -> Known | None:
        """The account of a valid API key, or None."""
        return _known(await self._database.rows(_BY_KEY, _RATES, key_hash))

    async def is_good(self, session_id: UUID | None, key_id: UUID | None) -> bool:
        """Whether a session still runs, or a key still counts: asked again and again by answers that last."""
        found: bool = await self._database.value(_IS_GOOD, session_id, key_id)
        return found


def _known(rows: list[asyncpg.Record]) -> Known | None:
    if not rows:
        return None
    row = rows[0]
    return Known(
        user_id=row["user_id"],
        email=row["email"],
        role=row["role"],
        plan=Plan(row["plan"]),
        limits=row["limits"],
        session_id=row["session_id"],
        key_id=row["key_id"],
        scopes=None if row["scopes"] is None else frozenset(row["scopes"]),
        rate=row["rate"],
        hits=Hits.of(row["passed"], row["hits"], row["previous"], row["elapsed"], row["rate"]),
    )
