"""Settings -> everything that publishing to YouTube needs, for workers, the API and the command line alike."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from activities.artifacts import ArtifactStore
from activities.upload.connecting import YouTubeConnector
from activities.upload.google_oauth import GoogleOAuth, clients_of
from activities.upload.tokens import AccountTokens
from activities.upload.upkeep import YouTubeUpkeep
from models.database import Database
from models.encryption import Cipher
from models.settings import Settings
from models.youtube.connect_store import ConnectStore
from models.youtube.quota_store import QuotaStore
from models.youtube.store import AccountStore
from models.youtube.upload_store import UploadStore

if TYPE_CHECKING:
    from activities.upload.youtube import YouTubePublisher

CALLBACK = "/api/v1/youtube/oauth/callback"


@dataclass(frozen=True)
class YouTube:
    """The parts, wired."""

    accounts: AccountStore
    connects: ConnectStore
    quota: QuotaStore
    connector: YouTubeConnector
    upkeep: YouTubeUpkeep
    tokens: AccountTokens
    settings: Settings
    uploads: UploadStore

    @classmethod
    def of(cls, settings: Settings, database: Database, cipher: Cipher) -> YouTube:
        """The parts that the settings ask for; nothing is opened yet."""
        accounts = AccountStore(database, cipher)
        connects = ConnectStore(database, accounts)
        quota = QuotaStore(database)
        oauth = GoogleOAuth(clients_of(settings), settings.youtube_token_url)
        tokens = AccountTokens(accounts, oauth, console_url=settings.public_url)
        redirect = f"{settings.public_url.rstrip('/')}{CALLBACK}"
        connector = YouTubeConnector(settings, oauth, accounts, connects, quota, redirect=redirect)
        uploads = UploadStore(database)
        upkeep = YouTubeUpkeep(accounts, uploads, quota, tokens, connector)
        return cls(accounts, connects, quota, connector, upkeep, tokens, settings, uploads)

    @property
    def configured(self) -> bool:
        """Whether there is an OAuth client to connect and publish with."""
        return bool(self.connector.projects)

    async def serves(self, channel_id: UUID) -> bool:
        """Whether films of this channel of ours go to YouTube: it was connected."""
        return self.configured and await self.uploads.is_connected(channel_id)

    def publisher(self, store: ArtifactStore, loop: asyncio.AbstractEventLoop) -> YouTubePublisher:
        """The publisher for a worker whose event loop is `loop` and whose activities run on threads."""
        from activities.upload.youtube import YouTubePublisher  # loads Google's libraries: not before they are needed
        from activities.upload.youtube_calls import LoopBridge, Parts

        parts = Parts(store, self.uploads, self.quota, self.accounts, self.tokens, self.settings, LoopBridge(loop))
        return YouTubePublisher(parts)
