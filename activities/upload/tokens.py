"""Access tokens that work: renewed five minutes before they end, by one worker at a time over all processes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from models.errors import AuthenticationFailed
from models.youtube.oauth import must_refresh

if TYPE_CHECKING:
    from activities.upload.google_oauth import GoogleOAuth
    from models.youtube.oauth import Tokens
    from models.youtube.store import AccountStore, TokenRow


class AccountTokens:
    """The access tokens of every account."""

    def __init__(
        self,
        accounts: AccountStore,
        oauth: GoogleOAuth,
        *,
        console_url: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`console_url`: where people reconnect, for the links in alerts."""
        self._accounts = accounts
        self._oauth = oauth
        self._console_url = console_url
        self._now = now

    async def access(self, account_id: UUID, *, refused: str = "") -> str:
        """A working access token; `refused` is one that YouTube just refused, so that it is renewed even if its time is not over.

        Raises:
            AuthenticationFailed: the account must be reconnected; people were told.
            Unavailable: Google does not answer.
        """
        row = await self._accounts.tokens(account_id)
        if self._good(row, refused):
            return row.access_token
        return (await self.refresh(account_id, refused=refused)).access_token

    async def refresh(self, account_id: UUID, *, refused: str = "") -> TokenRow:
        """Renew the tokens unless somebody else just did, or a person gives consent anew meanwhile: then those count."""
        while True:
            failure: AuthenticationFailed | None = None
            async with self._accounts.refreshing(account_id) as (session, row):
                if self._good(row, refused):
                    return row
                try:
                    tokens = await self._renewed(row)
                except AuthenticationFailed as error:
                    failure = error
                else:
                    await self._accounts.keep(session, account_id, tokens, self._now(), of=row)
            if failure is None:
                return await self._accounts.tokens(account_id)
            if failure.detail.get("reason") != "invalid_grant" or await self._gave_up(row, failure.what):
                raise failure

    async def _renewed(self, row: TokenRow) -> Tokens:
        if row.status == "needs_reconnect" or not row.refresh_token:
            raise AuthenticationFailed(
                f"The YouTube account {row.label} must be reconnected.", provider="youtube", detail={"reason": "invalid_grant"}
            )
        return await self._oauth.refresh(row.project, row.refresh_token)

    async def give_up(self, account_id: UUID, error: str, *, refused: str) -> None:
        """The account's access is gone for good, unless its token is another one by now than the `refused`: tell people."""
        row = await self._accounts.tokens(account_id)
        if row.access_token == refused:
            await self._gave_up(row, error)

    async def _gave_up(self, row: TokenRow, error: str) -> bool:
        """False: somebody gave consent anew since `row` was read, and the account works."""
        return await self._accounts.needs_reconnect(row, error, self.reconnect_link(row.account_id))

    def reconnect_link(self, account_id: UUID) -> str:
        """Where a person reconnects the account."""
        return f"{self._console_url}/#youtube?reconnect={account_id}"

    def _good(self, row: TokenRow, refused: str) -> bool:
        fresh = bool(row.access_token) and not must_refresh(row.access_expires_at, self._now())
        return fresh and row.access_token != refused and row.status != "needs_reconnect"
