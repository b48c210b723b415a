"""Connecting a Google account: where a person gives consent, and what is done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from activities.upload.google_oauth import GoogleOAuth
from models.errors import AuthenticationFailed, InvalidRequest, Unavailable
from models.youtube.choosing import AccountKind
from models.youtube.contracts import AccountRow, ManagedChannel, OAuthState
from models.youtube.oauth import authorization_url, new_verifier
from models.youtube.quota import Call
from models.youtube.reasons import Trouble

if TYPE_CHECKING:
    from models.settings import YouTubeSettings
    from models.youtube.connect_store import ConnectStore
    from models.youtube.quota_store import QuotaStore
    from models.youtube.store import AccountStore


class YouTubeConnector:
    """Makes authorization addresses and answers callbacks."""

    def __init__(
        self,
        settings: YouTubeSettings,
        oauth: GoogleOAuth,
        accounts: AccountStore,
        connects: ConnectStore,
        quota: QuotaStore,
        *,
        redirect: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`redirect` is where Google sends people back to when the settings name no other address."""
        self._settings = settings
        self._oauth = oauth
        self._accounts = accounts
        self._connects = connects
        self._quota = quota
        self._redirect = settings.youtube_redirect_url or redirect
        self._now = now

    @property
    def projects(self) -> tuple[str, ...]:
        """The Google Cloud projects of the settings."""
        return self._oauth.projects

    async def authorize(
        self,
        user_id: UUID,
        *,
        account_id: UUID | None = None,
        channel_id: UUID | None = None,
        kind: AccountKind = AccountKind.ACTIVE,
        project: str = "",
    ) -> str:
        """The address at which this user gives consent within ten minutes; `account_id` reconnects, `channel_id` ties a channel.

        Raises:
            Misconfigured: there is no OAuth client.
            NotFound: the account or channel is not the user's.
        """
        if account_id is not None:
            project = (await self._accounts.get(account_id, self._now(), user_id=user_id)).project
        client = self._oauth.client(project)
        verifier = new_verifier()
        state = OAuthState(
            user_id=user_id,
            account_id=account_id,
            channel_id=channel_id,
            kind=kind,
            project=client.project,
            redirect=self._redirect,
            verifier=verifier,
        )
        secret = await self._connects.begin(state, self._now())
        return authorization_url(self._settings.youtube_auth_url, client, redirect=self._redirect, state=secret, verifier=verifier)

    async def answer(self, secret: str, code: str, error: str = "", *, user_id: UUID | None = None) -> AccountRow:
        """Finish a consent; with `user_id`, only that user's.

        Raises:
            InvalidRequest: consent was refused, or it gave too little.
            Conflict: the state is spent, too old or another user's; it was of another identity or channel than was to be connected.
            AuthenticationFailed, Unavailable: Google did not take the code, or does not answer.
        """
        state = await self._connects.use(secret, self._now(), user_id=user_id)
        if error or not code:
            raise InvalidRequest(
                f"Google gave no consent ({error or 'no code'}).", hint="Connect again and allow the access that is asked for."
            )
        tokens = await self._oauth.exchange(state.project, code, redirect=state.redirect, verifier=state.verifier)
        if tokens.scopes and not any(scope.endswith(("/youtube", "/youtube.upload")) for scope in tokens.scopes):
            raise InvalidRequest("The consent does not include uploading.", hint="Connect again and leave every box ticked.")
        channels = await self.channels_of(tokens.access_token, state.project)
        account_id = await self._connects.connect(state, tokens, channels, self._now())
        return await self._accounts.get(account_id, self._now())

    async def channels_of(self, access_token: str, project: str, *, optional: bool = False) -> list[ManagedChannel]:
        """The channels that a token leads to.

        Raises:
            AuthenticationFailed: the token is refused.
            Unavailable: YouTube does not answer as it should.
        """
        await self._quota.spend(project, Call.CHANNELS_LIST, self._now(), optional=optional)
        return await asyncio.to_thread(self._read_channels, access_token)

    def _read_channels(self, access_token: str) -> list[ManagedChannel]:
        from activities.upload.youtube_client import (  # loads Google's libraries: not before they are needed
            CallFailed,
            YouTubeClient,
        )

        settings = self._settings
        client = YouTubeClient(access_token, root=settings.youtube_api_url, timeout=settings.youtube_timeout_seconds)
        try:
            found = client.run(client.api.channels().list(part="id,snippet", mine=True, maxResults=50))
        except CallFailed as failed:
            said = f"YouTube did not show the account's channels: {failed.answer.message} ({failed.answer.reason})."
            if failed.answer.trouble in (Trouble.AUTH, Trouble.FORBIDDEN):
                raise AuthenticationFailed(said, provider="youtube", detail={"reason": failed.answer.reason}) from failed
            raise Unavailable(said, provider="youtube") from failed
        finally:
            client.close()
        return [
            ManagedChannel(youtube_channel_id=one["id"], title=one.get("snippet", {}).get("title", ""))
            for one in found.get("items", [])
        ]
