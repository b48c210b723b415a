"""The SQL of accounts: their tokens (sealed), grants and health, and the states of consents under way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from models.encryption import Cipher
from models.errors import Conflict, NotFound
from models.youtube.alerts import clear_alerts, open_alerts, raise_alert
from models.youtube.contracts import AccountRow, Alert, ManagedChannel
from models.youtube.health import FULL_HEALTH, THRESHOLD, Health
from models.youtube.oauth import Tokens, dies_at
from models.youtube.quota import pacific_day

ACCOUNT = """
select a.*, coalesce(d.taken, 0) as uploads_today,
    array(
        select g.youtube_channel_id from youtube.channel_grants g where g.account_id = a.id and g.revoked_at is null order by 1
    ) as channels
from youtube.accounts a left join youtube.account_days d on d.account_id = a.id and d.day = :day
"""
_WORKS = """status <> 'needs_reconnect' and not exists (
    select from youtube.alerts l where l.account_id = accounts.id and l.kind = 'reconnect' and l.cleared_at is null)"""
"""Its access was not refused since the last consent: the alert stays open until the next one, whatever the status is meanwhile."""
MENDED_BY_RECONNECT = ("reconnect", "token_dies", "disabled", "health")
LOCK_REFRESH = 7010


@dataclass(frozen=True)
class TokenRow:
    """An account's tokens, opened. `connected_at` tells the consents apart that they come of."""

    account_id: UUID
    label: str
    project: str
    status: str
    access_token: str
    access_expires_at: datetime | None
    refresh_token: str
    connected_at: datetime | None


class AccountStore:
    """Accounts of one database. Methods that take a session join its transaction; the others have their own."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self.cipher = cipher

    async def accounts(self, user_id: UUID | None, now: datetime) -> list[AccountRow]:
        """A user's accounts (None: everybody's), newest first."""
        where = "where cast(:user_id as uuid) is null or a.user_id = cast(:user_id as uuid) order by a.created_at desc, a.id desc"
        values = {"day": pacific_day(now), "user_id": None if user_id is None else str(user_id)}
        async with self._database.session() as session:
            return [_account(row) for row in await session.execute(text(f"{ACCOUNT} {where}"), values)]

    async def get(self, account_id: UUID, now: datetime, *, user_id: UUID | None = None) -> AccountRow:
        """The account; with `user_id`, only when it is that user's.

        Raises:
            NotFound: no such account, or another user's.
        """
        async with self._database.session() as session:
            found = await session.execute(text(f"{ACCOUNT} where a.id = :id"), {"day": pacific_day(now), "id": account_id})
            row = found.one_or_none()
        if row is None or (user_id is not None and row.user_id != user_id):
            raise NotFound("That YouTube account does not exist.", hint="List your accounts to see their ids.")
        return _account(row)

    async def change(self, account_id: UUID, now: datetime, *, user_id: UUID | None = None, **values: Any) -> AccountRow:
        """Change `label`, `kind`, `uploads_a_day` or `status`; switching an account on forgets its errors.

        Raises:
            NotFound: no such account, or another user's.
            Conflict: it is to be switched on, and must be reconnected first, also if it was switched off since. Nothing is changed.
        """
        await self.get(account_id, now, user_id=user_id)
        allowed = {name: value for name, value in values.items() if name in ("label", "kind", "uploads_a_day", "status")}
        switched_on = allowed.get("status") == "active"
        changes = [f"{name} = :{name}" for name in allowed]
        where = "id = :id"
        if switched_on:
            changes += ["consecutive_errors = 0", "last_error = ''"]
            where += f" and {_WORKS}"
        if not changes:
            return await self.get(account_id, now)
        change = f"update youtube.accounts set {', '.join(changes)} where {where} returning id"  # noqa: S608  # texts of our own
        async with self._database.session() as session:
            if await session.scalar(text(change), {**allowed, "id": account_id}) is None:
                raise Conflict(
                    "The account must be reconnected first.", hint="GET /api/v1/youtube/oauth/authorize with its account_id."
                )
            if switched_on:
                await clear_alerts(session, account_id, ("disabled", "health"))
        return await self.get(account_id, now)

    async def alerts(self, user_id: UUID | None) -> Sequence[Alert]:
        """What a person should look at, newest first."""
        async with self._database.session() as session:
            return await open_alerts(session, user_id)

    # --- tokens ---

    async def tokens(self, account_id: UUID) -> TokenRow:
        """The account's tokens.

        Raises:
            NotFound: no such account.
        """
        async with self._database.session() as session:
            return await self._tokens(session, account_id)

    @asynccontextmanager
    async def refreshing(self, account_id: UUID) -> AsyncIterator[tuple[AsyncSession, TokenRow]]:
        """Hold the right to refresh an account's tokens, with the tokens as they are now: others wait, then find them fresh."""
        async with self._database.session() as session:
            await session.execute(
                text("select pg_advisory_xact_lock(:lock, hashtext(:id))"), {"lock": LOCK_REFRESH, "id": str(account_id)}
            )
            yield session, await self._tokens(session, account_id)

    async def keep(
        self, session: AsyncSession, account_id: UUID, tokens: Tokens, now: datetime, *, of: TokenRow | None = None
    ) -> None:
        """Store new tokens. Without a new refresh token the old one and its date stay; `of` names what they are a renewal of: after
        another consent they come too late and are dropped.
        """
        refresh = self.cipher.seal(tokens.refresh_token, _place(account_id, "refresh_token")) if tokens.refresh_token else None
        await session.execute(
            text(
                """
update youtube.accounts set access_token = :access, access_expires_at = :access_expires, refreshed_at = :now,
    refresh_token = coalesce(:refresh, refresh_token),
    refresh_expires_at = case when cast(:refresh as text) is null
        then coalesce(cast(:refresh_expires as timestamptz), refresh_expires_at) else cast(:refresh_expires as timestamptz) end,
    scopes = case when cardinality(cast(:scopes as text[])) > 0 then cast(:scopes as text[]) else scopes end
where id = :id and (cast(:consented as boolean) or connected_at is not distinct from :connected_at)
"""
            ),
            {
                "id": account_id,
                "access": self.cipher.seal(tokens.access_token, _place(account_id, "access_token")),
                "access_expires": tokens.access_expires_at,
                "refresh": refresh,
                "refresh_expires": tokens.refresh_expires_at,
                "scopes": list(tokens.scopes),
                "now": now,
                "consented": of is None,
                "connected_at": of.connected_at if of else None,
            },
        )

    async def due(self, before: datetime) -> list[UUID]:
        """Active accounts whose access token ends before a time."""
        rows = await self._database.rows(
            "select id from youtube.accounts where status = 'active' and coalesce(access_expires_at, '-infinity') <= $1",
            before,
        )
        return [row["id"] for row in rows]

    async def _tokens(self, session: AsyncSession, account_id: UUID) -> TokenRow:
        found = await session.execute(
            text(
                "select id, label, project, status, access_token, access_expires_at, refresh_token, connected_at "
                "from youtube.accounts where id = :id"
            ),
            {"id": account_id},
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound("That YouTube account does not exist.")
        return TokenRow(
            account_id=row.id,
            label=row.label,
            project=row.project,
            status=row.status,
            access_token=self._opened(row.access_token, account_id, "access_token"),
            access_expires_at=row.access_expires_at,
            refresh_token=self._opened(row.refresh_token, account_id, "refresh_token"),
            connected_at=row.connected_at,
        )

    def _opened(self, sealed: str | None, account_id: UUID, column: str) -> str:
        return self.cipher.open(sealed, _place(account_id, column)) if sealed else ""

    # --- health and grants ---

    async def outcome(self, account_id: UUID, *, success: bool, error: str = "") -> Health:
        """Count a success or a failure; the fifth failure in a row disables the account and tells people."""
        async with self._database.session() as session:
            found = await session.execute(
                text("select label, status, health, consecutive_errors, outcomes from youtube.accounts where id = :id for update"),
                {"id": account_id},
            )
            row = found.one()
            before = Health(row.health, row.consecutive_errors, row.outcomes)
            after = before.after(success=success)
            disabled = after.disabled and row.status == "active"
            await session.execute(
                text(
                    """
update youtube.accounts set health = :health, consecutive_errors = :errors, outcomes = :outcomes,
    last_error = case when :success then last_error else :error end,
    status = case when :disabled then 'disabled' else status end
where id = :id
"""
                ),
                {
                    "id": account_id, "health": after.health, "errors": after.consecutive_errors, "outcomes": after.outcomes,
                    "success": success, "error": error[:1000], "disabled": disabled,
                },
            )  # fmt: skip
            if disabled:
                await raise_alert(
                    session, Alert(kind="disabled", account_id=account_id, message=_disabled(row.label, after, error))
                )
            elif after.health < THRESHOLD <= before.health:
                said = f"The YouTube account {row.label} is in poor health ({after.health} of {FULL_HEALTH}): {error}"
                await raise_alert(session, Alert(kind="health", account_id=account_id, message=said))
            elif after.health >= THRESHOLD > before.health:
                await clear_alerts(session, account_id, ("health",))
        return after

    async def needs_reconnect(self, tokens: TokenRow, error: str, link: str) -> bool:
        """These tokens are refused for good: the account is out of the choice until somebody reconnects it. False: somebody has."""
        account_id = tokens.account_id
        async with self._database.session() as session:
            found = await session.execute(
                text("select status, connected_at from youtube.accounts where id = :id for update"), {"id": account_id}
            )
            row = found.one()
            if row.connected_at != tokens.connected_at:
                return False
            if row.status == "disabled":
                return True
            await session.execute(
                text("update youtube.accounts set status = 'needs_reconnect', last_error = :error where id = :id"),
                {"id": account_id, "error": error[:1000]},
            )
            how = f"./ytempire youtube connect --account {account_id}"
            said = f"The YouTube account {tokens.label} must be reconnected ({how}): {error}"
            await raise_alert(session, Alert(kind="reconnect", account_id=account_id, message=said, link=link))
        return True

    async def warn_of_death(self, account_id: UUID, label: str, when: datetime, link: str) -> None:
        """The refresh token ends soon."""
        async with self._database.session() as session:
            said = f"The access of the YouTube account {label} ends on {when:%Y-%m-%d %H:%M} UTC: reconnect it before."
            await raise_alert(session, Alert(kind="token_dies", account_id=account_id, message=said, link=link))

    async def tell(self, alert: Alert) -> None:
        """Raise any other alert."""
        async with self._database.session() as session:
            await raise_alert(session, alert)

    async def set_grants(self, session: AsyncSession, account_id: UUID, channels: Sequence[ManagedChannel]) -> None:
        """The channels that the account can manage are these; others that it once could are revoked."""
        for channel in channels:
            await session.execute(
                text(
                    """
insert into youtube.channel_grants (account_id, youtube_channel_id, title) values (:account, :channel, :title)
on conflict (account_id, youtube_channel_id) do update set title = excluded.title, revoked_at = null
"""
                ),
                {"account": account_id, "channel": channel.youtube_channel_id, "title": channel.title},
            )
        await session.execute(
            text(
                """
update youtube.channel_grants set revoked_at = now()
where account_id = :account and revoked_at is null and not youtube_channel_id = any(:kept)
"""
            ),
            {"account": account_id, "kept": [channel.youtube_channel_id for channel in channels]},
        )

    async def refresh_grants(self, account_id: UUID, channels: Sequence[ManagedChannel]) -> None:
        """`set_grants` in a transaction of its own."""
        async with self._database.session() as session:
            await self.set_grants(session, account_id, channels)

    async def pause_channel(self, youtube_channel_id: str, alert: Alert) -> None:
        """Stop the automation of a channel, with the reason told."""
        async with self._database.session() as session:
            await session.execute(
                text("update channels.youtube_channels set automation_enabled = false where youtube_channel_id = :channel"),
                {"channel": youtube_channel_id},
            )
            await raise_alert(session, alert)


def _place(account_id: UUID, column: str) -> str:
    return f"youtube.accounts:{account_id}:{column}"


def _disabled(label: str, after: Health, error: str) -> str:
    return (
        f"The YouTube account {label} is switched off after {after.consecutive_errors} errors in a row, the last: {error} "
        "Look at it with `./ytempire youtube accounts`, then switch it on again."
    )


def _account(row: Any) -> AccountRow:
    health = Health(row.health, row.consecutive_errors, row.outcomes)
    values = dict(row._mapping)
    dies = dies_at(row.refresh_expires_at, row.refreshed_at) if row.refreshed_at else row.refresh_expires_at
    return AccountRow.model_validate({**values, "error_rate": health.error_rate, "refresh_dies_at": dies})
