"""The SQL of connecting: one-time states, what a consent leads to, and the rotation of keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from models.encryption import Cipher
from models.errors import Conflict, InvalidRequest, NotFound
from models.ids import new_id
from models.system.signatures import ENDPOINT_SECRET
from models.youtube.alerts import clear_alerts
from models.youtube.contracts import ManagedChannel, OAuthState
from models.youtube.oauth import STATE_LIVES, Tokens, new_verifier, state_digest
from models.youtube.store import MENDED_BY_RECONNECT, AccountStore

SECRETS = (
    ("youtube.accounts", "id", "access_token", "youtube.accounts:{}:access_token"),
    ("youtube.accounts", "id", "refresh_token", "youtube.accounts:{}:refresh_token"),
    ("youtube.uploads", "id", "session", "youtube.uploads:{}:session"),
    ("youtube.oauth_states", "digest", "verifier", "youtube.oauth_states:{}:verifier"),
    ("system.webhook_endpoints", "id", "secret", ENDPOINT_SECRET),
)
"""Every sealed column of the database: table, key, column, and what its text belongs to."""


class ConnectStore:
    """Consents of one database. Each method is a transaction of its own."""

    def __init__(self, database: Database, accounts: AccountStore) -> None:
        self._database = database
        self._accounts = accounts

    @property
    def _cipher(self) -> Cipher:
        return self._accounts.cipher

    async def begin(self, state: OAuthState, now: datetime) -> str:
        """Remember a consent under way for ten minutes; the answer is its one-time state.

        Raises:
            NotFound: the account or channel is not the user's.
        """
        secret = new_verifier()
        digest = state_digest(secret)
        async with self._database.session() as session:
            await _must_own(session, state)
            await session.execute(text("delete from youtube.oauth_states where expires_at < :now"), {"now": now})
            await session.execute(
                text(
                    """
insert into youtube.oauth_states (digest, user_id, account_id, channel_id, kind, project, redirect, verifier, expires_at)
values (:digest, :user_id, :account_id, :channel_id, :kind, :project, :redirect, :verifier, :expires_at)
"""
                ),
                {
                    **state.model_dump(),
                    "digest": digest,
                    "verifier": self._cipher.seal(state.verifier, f"youtube.oauth_states:{digest}:verifier"),
                    "expires_at": now + STATE_LIVES,
                },
            )
        return secret

    async def use(self, secret: str, now: datetime, *, user_id: UUID | None = None) -> OAuthState:
        """The consent that a state belongs to, once, within ten minutes; with `user_id`, only of that user.

        Raises:
            Conflict: unknown, spent, too old, or somebody else's.
        """
        digest = state_digest(secret)
        async with self._database.session() as session:
            found = await session.execute(
                text(
                    """
update youtube.oauth_states set used_at = :now
where digest = :digest and used_at is null and expires_at > :now
    and (cast(:user_id as uuid) is null or user_id = cast(:user_id as uuid))
returning user_id, account_id, channel_id, kind, project, redirect, verifier
"""
                ),
                {"digest": digest, "now": now, "user_id": None if user_id is None else str(user_id)},
            )
            row = found.one_or_none()
        if row is None:
            raise Conflict(
                "This authorization is not under way any more.",
                hint="Start connecting again; a start is good for 10 minutes.",
                field="state",
            )
        verifier = self._cipher.open(row.verifier, f"youtube.oauth_states:{digest}:verifier")
        return OAuthState.model_validate({**dict(row._mapping), "verifier": verifier})

    async def connect(self, state: OAuthState, tokens: Tokens, channels: Sequence[ManagedChannel], now: datetime) -> UUID:
        """Record what a consent gave: the account with its tokens, its grants, and the channel it was meant for.

        Raises:
            InvalidRequest: no channel, or a new account without a refresh token.
            NotFound: what was to be connected has been deleted meanwhile.
            Conflict: another identity or channel than was to be reconnected. Nothing is changed then.
        """
        if not channels:
            raise InvalidRequest(
                "This Google identity has no YouTube channel.", hint="Make one at youtube.com, or choose the identity that owns it."
            )
        async with self._database.session() as session:
            known = await self._known(session, state, tokens, channels)
            account_id = known or await self._new_account(session, state, tokens, channels)
            if known is not None and not tokens.refresh_token:
                await _must_still_work(session, known)
            await self._accounts.keep(session, account_id, tokens, now)
            await session.execute(
                text(
                    """
update youtube.accounts set status = 'active', consecutive_errors = 0, last_error = '', connected_at = :now,
    google_subject = coalesce(google_subject, nullif(:subject, ''))
where id = :id
"""
                ),
                {"id": account_id, "now": now, "subject": tokens.subject},
            )
            await self._accounts.set_grants(session, account_id, channels)
            await clear_alerts(session, account_id, MENDED_BY_RECONNECT)
            await _bind_channel(session, state, channels)
        return account_id

    async def rotate_keys(self) -> tuple[int, int]:
        """Seal every secret again under the current key: how many were, and how many were already.

        Raises:
            Misconfigured: a secret's key is not set any more. What was rotated before stays so.
        """
        done = kept = 0
        for table, key, column, place in SECRETS:
            find = f"select {key}::text as key, {column} as sealed from {table} where {column} <> ''"  # noqa: S608
            rows = await self._database.rows(find)
            for row in rows:
                if self._cipher.sealed_by_current(row["sealed"]):
                    kept += 1
                    continue
                belongs_to = place.format(row["key"])
                sealed = self._cipher.seal(self._cipher.open(row["sealed"], belongs_to), belongs_to)
                changed = await self._database.value(
                    f"update {table} set {column} = $1 where {key}::text = $2 and {column} = $3 returning true",  # noqa: S608
                    sealed, row["key"], row["sealed"],
                )  # fmt: skip
                done += bool(changed)
        return done, kept

    async def _known(
        self, session: AsyncSession, state: OAuthState, tokens: Tokens, channels: Sequence[ManagedChannel]
    ) -> UUID | None:
        """The account that this consent belongs to, if any: the one asked for, else by identity, else by its channels."""
        found = await session.execute(
            text(
                """
select a.id, a.google_subject, a.project, array(
    select g.youtube_channel_id from youtube.channel_grants g where g.account_id = a.id and g.revoked_at is null
) as channels
from youtube.accounts a where a.user_id = :user_id for update
"""
            ),
            {"user_id": state.user_id},
        )
        rows = found.all()
        ids = {channel.youtube_channel_id for channel in channels}
        if state.account_id is not None:
            row = next((one for one in rows if one.id == state.account_id), None)
            if row is None:
                raise _gone()
            other = row.google_subject and tokens.subject and row.google_subject != tokens.subject
            if other or (row.channels and not ids & set(row.channels)) or row.project != state.project:
                raise Conflict(
                    "That consent is of another Google identity or channel than the account has.",
                    hint="Choose the identity that the account was connected with, or connect this one as a new account.",
                )
            return state.account_id
        mine: list[Any] = [row for row in rows if row.project == state.project]
        if tokens.subject and (
            same := [row.id for row in mine if row.google_subject == tokens.subject and ids & set(row.channels)]
        ):
            return UUID(str(same[0]))
        alike = [row.id for row in mine if (not row.google_subject or not tokens.subject) and set(row.channels) == ids]
        return UUID(str(alike[0])) if len(alike) == 1 else None

    async def _new_account(
        self, session: AsyncSession, state: OAuthState, tokens: Tokens, channels: Sequence[ManagedChannel]
    ) -> UUID:
        if not tokens.refresh_token:
            raise InvalidRequest(
                "Google gave no lasting access with this consent.",
                hint="Remove the application at myaccount.google.com/permissions, then connect again.",
            )
        account_id = new_id()
        await session.execute(
            text(
                """
insert into youtube.accounts (id, user_id, label, google_subject, project, kind, status, uploads_a_day, refresh_token)
values (:id, :user_id, :label, nullif(:subject, ''), :project, :kind, 'active', :uploads, :refresh)
"""
            ),
            {
                "id": account_id,
                "user_id": state.user_id,
                "label": (channels[0].title or channels[0].youtube_channel_id)[:200],
                "subject": tokens.subject,
                "project": state.project,
                "kind": state.kind,
                "uploads": state.kind.uploads_a_day,
                "refresh": self._cipher.seal(tokens.refresh_token, f"youtube.accounts:{account_id}:refresh_token"),
            },
        )
        return account_id


_OWNED = """
select (cast(:account_id as uuid) is null
        or exists (select from youtube.accounts where id = :account_id and user_id = :user_id))
    and (cast(:channel_id as uuid) is null
        or exists (select from channels.youtube_channels where id = :channel_id and user_id = :user_id and status <> 'deleted'))
"""


async def _must_own(session: AsyncSession, state: OAuthState) -> None:
    named = {"account_id": state.account_id, "channel_id": state.channel_id, "user_id": state.user_id}
    if not await session.scalar(text(_OWNED), named):
        raise _gone()


def _gone() -> NotFound:
    return NotFound("That account or channel does not exist.", hint="List your accounts and channels to see their ids.")


async def _must_still_work(session: AsyncSession, account_id: UUID) -> None:
    """A consent without a refresh token is fine while the old one works; it cannot mend one that does not."""
    status = await session.scalar(text("select status from youtube.accounts where id = :id"), {"id": account_id})
    if status == "needs_reconnect":
        raise InvalidRequest(
            "Google gave no lasting access with this consent, and the stored one does not work any more.",
            hint="Remove the application at myaccount.google.com/permissions, then connect again.",
        )


async def _bind_channel(session: AsyncSession, state: OAuthState, channels: Sequence[ManagedChannel]) -> None:
    """Tie our channel to the YouTube channel: the one that was asked for, else the only one that waits for it."""
    mine = await session.execute(
        text(
            "select id, youtube_channel_id, status from channels.youtube_channels "
            "where user_id = :user and status <> 'deleted' for update"
        ),
        {"user": state.user_id},
    )
    rows = mine.all()
    ids = [channel.youtube_channel_id for channel in channels]
    free = [one for one in ids if one not in {row.youtube_channel_id for row in rows}]
    if state.channel_id is not None:
        row = next((one for one in rows if one.id == state.channel_id), None)
        if row is None:
            raise _gone()
        if row.youtube_channel_id in ids:
            chosen = row.youtube_channel_id
        elif row.youtube_channel_id is None and len(free) == 1:
            chosen = free[0]
        else:
            raise Conflict(
                "That consent does not lead to exactly the channel it was asked for.",
                hint="Connect again and choose the channel itself when Google asks.",
            )
        target = row.id
    else:
        waiting = [row.id for row in rows if row.youtube_channel_id is None and row.status == "pending_oauth"]
        if len(waiting) != 1 or len(free) != 1:
            return
        target, chosen = waiting[0], free[0]
    taken = await session.scalar(
        text("select 1 from channels.youtube_channels where youtube_channel_id = :chosen and id <> :id"),
        {"chosen": chosen, "id": target},
    )
    if taken:
        raise Conflict("That YouTube channel belongs to another user of this installation.")
    await session.execute(
        text(
            """
update channels.youtube_channels set youtube_channel_id = :chosen,
    status = case when status = 'pending_oauth' then 'active' else status end where id = :id
"""
        ),
        {"chosen": chosen, "id": target},
    )
