"""The SQL of what administrators see and change: accounts and the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from models.database import Database
from models.errors import Conflict, NotFound

_SHOWN = """id, email, name, role, plan, subscription_status, limits, day_cap, email_verified_at, failed_logins, locked_until,
    disabled_at, is_beta_user, last_login_at, created_at"""
_ACCOUNTS = """($1::text = '' OR strpos(lower(email), lower($1)) > 0 OR strpos(lower(name), lower($1)) > 0)
    AND ($2::text IS NULL OR role = $2) AND ($3::text IS NULL OR plan = $3)"""
_ENTRIES = """($1::uuid IS NULL OR actor_id = $1) AND ($2::uuid IS NULL OR owner_id = $2)
    AND ($3::text = '' OR action = $3) AND ($4::text = '' OR object_id = $4)"""

_CHANGE = f"""
WITH administrators AS (
    SELECT id FROM users.accounts WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE
)
UPDATE users.accounts SET
    role = coalesce($2, role), plan = coalesce($3, plan), limits = coalesce($4, limits), day_cap = coalesce($5, day_cap),
    is_beta_user = coalesce($6, is_beta_user),
    disabled_at = CASE WHEN $7::boolean IS NULL THEN disabled_at WHEN $7 THEN coalesce(disabled_at, now()) END
WHERE id = $1 AND (coalesce($2, role) = 'admin' AND $7 IS NOT TRUE OR role <> 'admin' OR disabled_at IS NOT NULL
    OR (SELECT count(*) FROM administrators WHERE id <> $1) > 0)
RETURNING {_SHOWN}"""  # noqa: S608  # constants
"""Whoever takes an administrator away holds all of them: two who remove each other do it one after the other."""


class AdministrationStore:
    """Accounts and audit entries of everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accounts(
        self, search: str, role: str | None, plan: str | None, *, limit: int, offset: int
    ) -> tuple[list[asyncpg.Record], int]:
        """Accounts, newest first, with the number of all that match."""
        rows = await self._database.rows(
            f"SELECT {_SHOWN} FROM users.accounts WHERE {_ACCOUNTS} ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5",  # noqa: S608
            search, role, plan, limit, offset,
        )  # fmt: skip
        total = await self._database.value(f"SELECT count(*) FROM users.accounts WHERE {_ACCOUNTS}", search, role, plan)  # noqa: S608
        return rows, total

    async def change(self, user_id: UUID, changes: dict[str, Any]) -> asyncpg.Record:
        """Set some of role, plan, limits, day_cap, is_beta_user, disabled.

        Raises:
            NotFound: no such account.
            Conflict: nobody would be left to run the platform.
        """
        names = ("role", "plan", "limits", "day_cap", "is_beta_user", "disabled")
        rows = await self._database.rows(_CHANGE, user_id, *(changes.get(name) for name in names))
        if rows:
            return rows[0]
        if await self._database.value("SELECT true FROM users.accounts WHERE id = $1", user_id):
            raise Conflict("This is the last administrator.", hint="Make somebody else one first.")
        raise NotFound("There is no account with this id.", hint="GET /api/v1/admin/users lists them.")

    async def entries(
        self, actor: UUID | None, owner: UUID | None, action: str, object_id: str, *, limit: int, offset: int
    ) -> tuple[list[asyncpg.Record], int]:
        """The audit log, newest first, with the number of all that match."""
        given = (actor, owner, action, object_id)
        rows = await self._database.rows(
            f"SELECT * FROM system.audit_log WHERE {_ENTRIES} ORDER BY at DESC, id DESC LIMIT $5 OFFSET $6",  # noqa: S608
            *given, limit, offset,
        )  # fmt: skip
        total = await self._database.value(f"SELECT count(*) FROM system.audit_log WHERE {_ENTRIES}", *given)  # noqa: S608
        return rows, total
