"""The SQL of webhooks: endpoints of users, the deliveries to them, and the ids of events that came in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import RowMapping, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from models.database import Database
from models.errors import Conflict, NotFound
from models.system.delivering import Due, Silent

DELIVER = "webhook"
"""Kind of the outbox message that asks for the workflow of a delivery; its payload is `{"delivery_id"}`."""
MOST_ENDPOINTS = 20
FAILURES_TO_DISABLE = 10
"""Deliveries given up in a row after which an endpoint is sent nothing more."""

_ENDPOINT = "id, url, description, events, created_at, disabled_at, disabled_because"
_DELIVERY = (
    "id, endpoint_id, event_id, event_type, status, attempts, answer_status, error, created_at, last_attempt_at, delivered_at"
)

_LOCK = text("SELECT pg_advisory_xact_lock(7005, hashtext(:user))")
_CREATE = text(f"""
INSERT INTO system.webhook_endpoints (id, user_id, url, events, description, secret)
SELECT :id, :user_id, :url, :events, :description, :secret
WHERE (SELECT count(*) FROM system.webhook_endpoints WHERE user_id = :user_id AND deleted_at IS NULL) < {MOST_ENDPOINTS}
RETURNING {_ENDPOINT}""").bindparams(  # noqa: S608  # names of our own
    *(bindparam(name, type_=Uuid) for name in ("id", "user_id")),
    *(bindparam(name, type_=Text) for name in ("url", "description", "secret")),
    bindparam("events", type_=ARRAY(Text)),
)
"""A statement of its own after the lock: it must count what the one who had the lock before has made."""

_SILENT = f"""
SELECT d.id, coalesce(d.last_attempt_at, d.created_at) AS tried_at, coalesce(m.keys, '{{}}') AS runs
FROM system.webhook_deliveries d LEFT JOIN (
    SELECT payload->>'delivery_id' AS delivery_id, array_agg(key ORDER BY id DESC) AS keys, bool_and(sent_at IS NOT NULL) AS sent
    FROM system.outbox WHERE kind = '{DELIVER}' GROUP BY 1
) m ON m.delivery_id = d.id::text
WHERE d.status IN ('waiting', 'delivering') AND coalesce(d.last_attempt_at, d.created_at) < now() - $1::interval
    AND coalesce(m.sent, true) AND (coalesce(d.last_attempt_at, d.created_at), d.id) > ($2, $3)
ORDER BY 2, 1 LIMIT $4"""  # noqa: S608  # names of our own
"""A message that was not sent is the outbox's business; one that is long forgotten was sent."""


class WebhookStore:
    """Endpoints and deliveries of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, endpoint_id: UUID, user_id: UUID, url: str, events: list[str], description: str, sealed_secret: str
    ) -> RowMapping:
        """A new endpoint.

        Raises:
            Conflict: the user has too many.
        """
        values = {"url": url, "events": events, "description": description, "secret": sealed_secret}
        async with self._database.session() as session:
            await session.execute(_LOCK, {"user": str(user_id)})
            made = await session.execute(_CREATE, values | {"id": endpoint_id, "user_id": user_id})
            row = made.mappings().one_or_none()
        if row is None:
            raise Conflict(f"You have {MOST_ENDPOINTS} webhook endpoints already.", hint="Delete one that is no longer used.")
        return row

    async def endpoints(self, user_id: UUID) -> list[asyncpg.Record]:
        """The user's endpoints, newest first."""
        return await self._database.rows(
            f"SELECT {_ENDPOINT} FROM system.webhook_endpoints WHERE user_id = $1 AND deleted_at IS NULL "  # noqa: S608
            "ORDER BY created_at DESC, id",
            user_id,
        )

    async def secret_of(self, endpoint_id: UUID) -> tuple[UUID, str] | None:
        """Owner and sealed secret of an endpoint in use, or None."""
        rows = await self._database.rows(
            "SELECT user_id, secret FROM system.webhook_endpoints WHERE id = $1 AND deleted_at IS NULL AND disabled_at IS NULL",
            endpoint_id,
        )
        return (rows[0]["user_id"], rows[0]["secret"]) if rows else None

    async def delete(self, user_id: UUID, endpoint_id: UUID) -> None:
        """Forget an endpoint; what still waits for it is dropped.

        Raises:
            NotFound: the user has no such endpoint.
        """
        gone = await self._database.value(
            "UPDATE system.webhook_endpoints SET deleted_at = now(), secret = '' "
            "WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL RETURNING id",
            endpoint_id, user_id,
        )  # fmt: skip
        if gone is None:
            raise NotFound("There is no webhook endpoint with this id.", hint="GET /api/v1/webhooks/endpoints lists yours.")

    async def emit(self, user_id: UUID, event_id: str, event_type: str, payload: dict[str, Any]) -> int:
        """Send an event to every endpoint of the user that wants it, once; returns to how many."""
        made: int = await self._database.value("SELECT system.emit_event($1, $2, $3, $4)", user_id, event_id, event_type, payload)
        return made

    async def deliveries(
        self, user_id: UUID, *, endpoint_id: UUID | None, limit: int, offset: int
    ) -> tuple[list[asyncpg.Record], int]:
        """The log of deliveries, newest first, with the number of all."""
        where = "user_id = $1 AND ($2::uuid IS NULL OR endpoint_id = $2)"
        rows = await self._database.rows(
            f"SELECT {_DELIVERY} FROM system.webhook_deliveries WHERE {where} ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4",  # noqa: S608
            user_id, endpoint_id, limit, offset,
        )  # fmt: skip
        total = await self._database.value(f"SELECT count(*) FROM system.webhook_deliveries WHERE {where}", user_id, endpoint_id)  # noqa: S608
        return rows, total

    async def redeliver(self, user_id: UUID, delivery_id: UUID) -> asyncpg.Record:
        """Send a delivery that has ended once more: the same event under the same id.

        Raises:
            NotFound: the user has no such delivery, or its endpoint is gone.
            Conflict: it is still being delivered.
        """
        rows = await self._database.rows(
            f"""
            WITH again AS (
                UPDATE system.webhook_deliveries d SET status = 'waiting', error = ''
                FROM system.webhook_endpoints e
                WHERE d.id = $1 AND d.user_id = $2 AND e.id = d.endpoint_id AND e.deleted_at IS NULL AND e.disabled_at IS NULL
                    AND d.status IN ('delivered', 'failed')
                RETURNING d.*
            ), asked AS (
                INSERT INTO system.outbox (kind, key, payload)
                SELECT '{DELIVER}', 'webhook-' || id || '-' || gen_random_uuid(), jsonb_build_object('delivery_id', id) FROM again
            )
            SELECT {_DELIVERY} FROM again""",  # noqa: S608
            delivery_id, user_id,
        )  # fmt: skip
        if rows:
            return rows[0]
        status = await self._database.value(
            "SELECT d.status FROM system.webhook_deliveries d JOIN system.webhook_endpoints e ON e.id = d.endpoint_id "
            "WHERE d.id = $1 AND d.user_id = $2 AND e.deleted_at IS NULL",
            delivery_id, user_id,
        )  # fmt: skip
        if status is None:
            raise NotFound("There is no delivery with this id.", hint="GET /api/v1/webhooks/deliveries lists yours.")
        raise Conflict(
            f"The delivery is {status}, or its endpoint is disabled.", hint="Wait until it has ended, or add the endpoint anew."
        )

    async def silent(self, after: Silent, *, since: timedelta, limit: int) -> list[Silent]:
        """The next deliveries after `after` that have not ended and were tried last at least `since` ago.

        Raises:
            ComponentDown: the database is away.
        """
        rows = await self._database.rows(_SILENT, since, after.tried_at, after.id, limit)
        return [Silent(row["id"], row["tried_at"], tuple(row["runs"])) for row in rows]

    async def send_again(self, seen: Silent) -> bool:
        """Give a delivery to another run, unless it was tried since it was seen; of several calls in one moment, one does."""
        made = await self._database.value(
            f"""
            INSERT INTO system.outbox (kind, key, payload)
            SELECT '{DELIVER}', 'webhook-' || id || '-' || md5($3), jsonb_build_object('delivery_id', id)
            FROM system.webhook_deliveries
            WHERE id = $1 AND status IN ('waiting', 'delivering') AND coalesce(last_attempt_at, created_at) = $2
            ON CONFLICT (key) DO NOTHING RETURNING key""",  # noqa: S608
            seen.id, seen.tried_at, seen.runs[0] if seen.runs else "",
        )  # fmt: skip
        return made is not None

    async def due(self, delivery_id: UUID) -> Due | None:
        """What to send, or None when the delivery does not exist."""
        rows = await self._database.rows(
            "SELECT d.id, d.endpoint_id, d.event_id, d.payload, d.status, e.url, e.secret, "
            "(e.deleted_at IS NOT NULL OR e.disabled_at IS NOT NULL) AS gone "
            "FROM system.webhook_deliveries d JOIN system.webhook_endpoints e ON e.id = d.endpoint_id WHERE d.id = $1",
            delivery_id,
        )
        if not rows:
            return None
        row = rows[0]
        return Due(
            row["id"], row["endpoint_id"], row["url"], row["secret"], row["event_id"], row["payload"], row["status"], row["gone"]
        )

    async def attempted(self, delivery_id: UUID, answer_status: int | None, error: str) -> None:
        """Log an attempt; without an error the delivery is done and its endpoint in good standing."""
        await self._database.value(
            """
            WITH done AS (
                UPDATE system.webhook_deliveries SET
                    attempts = attempts + 1, last_attempt_at = now(), answer_status = $2, error = $3,
                    status = CASE WHEN $3 = '' THEN 'delivered' ELSE 'delivering' END,
                    delivered_at = CASE WHEN $3 = '' THEN now() END
                WHERE id = $1 RETURNING endpoint_id, status
            )
            UPDATE system.webhook_endpoints SET failures = 0
            WHERE failures > 0 AND id = (SELECT endpoint_id FROM done WHERE status = 'delivered')""",
            delivery_id, answer_status, error[:500],
        )  # fmt: skip

    async def given_up(self, delivery_id: UUID, because: str, *, endpoint_is_gone: bool = False) -> None:
        """The delivery has failed for good; an endpoint that failed too often, or says it is gone, is sent nothing more."""
        await self._database.value(
            f"""
            WITH ended AS (
                UPDATE system.webhook_deliveries SET status = 'failed', error = $2
                WHERE id = $1 AND status IN ('waiting', 'delivering') RETURNING endpoint_id
            )
            UPDATE system.webhook_endpoints SET
                failures = failures + 1,
                disabled_at = CASE WHEN $3 OR failures + 1 >= {FAILURES_TO_DISABLE} THEN coalesce(disabled_at, now())
                    ELSE disabled_at END,
                disabled_because = CASE WHEN disabled_at IS NULL AND ($3 OR failures + 1 >= {FAILURES_TO_DISABLE}) THEN $2
                    ELSE disabled_because END
            WHERE id = (SELECT endpoint_id FROM ended)""",  # noqa: S608
            delivery_id, because[:500], endpoint_is_gone,
        )  # fmt: skip

    async def first_time(self, source: str, event_id: str) -> bool:
        """Whether this event from outside has not been handled before; from now on it has. One that was begun and never answered
        is to be handled again after a minute: whoever handled it is gone.
        """
        made = await self._database.value(
            "INSERT INTO system.webhook_inbox AS i (source, event_id) VALUES ($1, $2) ON CONFLICT (source, event_id) DO UPDATE "
            "SET received_at = now() WHERE i.answer IS NULL AND i.received_at < now() - interval '1 minute' RETURNING event_id",
            source,
            event_id,
        )
        return made is not None

    async def answered(self, source: str, event_id: str, answer: dict[str, Any]) -> None:
        """Keep what an event from outside was answered."""
        await self._database.value(
            "UPDATE system.webhook_inbox SET answer = $3 WHERE source = $1 AND event_id = $2", source, event_id, answer
        )

    async def answer_of(self, source: str, event_id: str) -> dict[str, Any] | None:
        """What an event from outside was answered before."""
        found: dict[str, Any] | None = await self._database.value(
            "SELECT answer FROM system.webhook_inbox WHERE source = $1 AND event_id = $2", source, event_id
        )
        return found

    async def forget(self, source: str, event_id: str) -> None:
        """Handling the event failed: its repeat is to be handled."""
        await self._database.value(
            "DELETE FROM system.webhook_inbox WHERE source = $1 AND event_id = $2 AND answer IS NULL", source, event_id
        )
