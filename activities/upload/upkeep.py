"""What keeps accounts usable between uploads: tokens renewed early, people warned in time, accounts with errors looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from temporalio import activity

from models.errors import AuthenticationFailed, ProviderError
from models.youtube.choosing import AccountStatus
from models.youtube.contracts import AccountRow, Alert, TokenCheck, UploadRow, UploadState
from models.youtube.health import NOT_CHOSEN_AFTER
from models.youtube.oauth import REFRESH_EARLY, WARN_BEFORE

if TYPE_CHECKING:
    from activities.upload.connecting import YouTubeConnector
    from activities.upload.tokens import AccountTokens
    from models.youtube.quota_store import QuotaStore
    from models.youtube.store import AccountStore
    from models.youtube.upload_store import UploadStore

AT_ONCE = 5


class YouTubeUpkeep:
    """Activities for schedules: the first every minute, the second every hour."""

    def __init__(
        self,
        accounts: AccountStore,
        uploads: UploadStore,
        quota: QuotaStore,
        tokens: AccountTokens,
        connector: YouTubeConnector,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._accounts = accounts
        self._uploads = uploads
        self._quota = quota
        self._tokens = tokens
        self._connector = connector
        self._now = now

    @activity.defn
    async def keep_tokens_alive(self) -> TokenCheck:
        """Renew every access token that ends within five minutes, and warn of refresh tokens that end within three days."""
        gate = asyncio.Semaphore(AT_ONCE)
        await self._quota.clear_alerts(self._now())
        due = await self._accounts.due(self._now() + REFRESH_EARLY)

        async def renew(account_id: object) -> bool:
            async with gate:
                try:
                    await self._tokens.refresh(account_id)  # type: ignore[arg-type]
                except ProviderError:
                    return False
                return True

        renewed = await asyncio.gather(*(renew(account_id) for account_id in due))
        return TokenCheck(refreshed=sum(renewed), failed=len(renewed) - sum(renewed), warned=await self._warn())

    @activity.defn
    async def probe_accounts(self) -> TokenCheck:
        """Ask accounts that failed three times in a row for their channels: one that answers well may be chosen again. And take
        back what unfinished uploads of videos hold that ended meanwhile.
        """
        recovered = failed = 0
        for account in await self._accounts.accounts(None, self._now()):
            if account.status is AccountStatus.ACTIVE and account.consecutive_errors >= NOT_CHOSEN_AFTER:
                good = await self._probe(account)
                recovered += good
                failed += not good
        return TokenCheck(recovered=recovered, failed=failed, withdrawn=await self._withdraw())

    async def _probe(self, account: AccountRow) -> bool:
        try:
            token = await self._tokens.access(account.id)
            channels = await self._connector.channels_of(token, account.project, optional=True)
        except AuthenticationFailed as error:
            await self._accounts.outcome(account.id, success=False, error=error.what)
            return False
        except ProviderError:
            return False
        await self._accounts.refresh_grants(account.id, channels)
        await self._accounts.outcome(account.id, success=True)
        return True

    async def _withdraw(self) -> int:
        left = await self._uploads.of_ended_videos()
        for row in left:
            await self._uploads.give_back(row, "the video ended")
            if row.state is UploadState.SENDING:
                await self._accounts.tell(_left_behind(row))
        return len(left)

    async def _warn(self) -> int:
        now, warned = self._now(), 0
        for account in await self._accounts.accounts(None, now):
            dies = account.refresh_dies_at
            if account.status is AccountStatus.ACTIVE and dies is not None and dies - now <= WARN_BEFORE:
                await self._accounts.warn_of_death(account.id, account.label, dies, self._tokens.reconnect_link(account.id))
                warned += 1
        return warned


def _left_behind(row: UploadRow) -> Alert:
    """The last chunk may have arrived with its answer lost: then the film of a video that was called off is at YouTube."""
    return Alert(
        kind="left_behind",
        upload_id=row.id,
        message=f"The video {row.video_id} was ended while its film was being sent to channel {row.youtube_channel_id}: "
        f"see that YouTube did not make a video of it. Its tags hold {row.marker}.",
        link=f"https://studio.youtube.com/channel/{row.youtube_channel_id}/videos",
    )
