"""A small installation in front of a local YouTube: users, channels, accounts, films, and the publisher as a worker has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from obstore.store import LocalStore

from activities.artifacts import ArtifactStore
from activities.upload.google_oauth import GoogleOAuth
from activities.upload.tokens import AccountTokens
from activities.upload.youtube import YouTubePublisher
from activities.upload.youtube_calls import LoopBridge, Parts
from models.channels.store import ChannelStore
from models.database import Database
from models.encryption import Cipher
from models.settings import Settings
from models.users.store import AccountStore as UserStore
from models.videos.contracts import VideoInput
from models.videos.finishing import Uploaded, UploadTask
from models.videos.publishing import UploadProgress
from models.videos.store import VideoStore
from models.youtube.choosing import AccountKind
from models.youtube.connect_store import ConnectStore
from models.youtube.contracts import ManagedChannel, OAuthState
from models.youtube.oauth import SCOPES, OAuthClient, Tokens
from models.youtube.quota_store import QuotaStore
from models.youtube.store import AccountStore
from models.youtube.upload_store import UploadStore
from tests.activities.upload.films import finished_film
from tests.fakes.youtube_server import YouTubeServer
from tests.fakes.youtube_world import Identity, World

KEY = {"test": bytes(range(32))}


def silent(_: UploadProgress) -> None:
    """A heartbeat that nobody hears."""


@dataclass
class Studio:
    """Everything a test of publishing to YouTube needs."""

    database: Database
    server: YouTubeServer
    folder: Path
    project: str = "p1"
    settings: Settings = field(init=False)
    store: ArtifactStore = field(init=False)
    accounts: AccountStore = field(init=False)
    connects: ConnectStore = field(init=False)
    uploads: UploadStore = field(init=False)
    quota: QuotaStore = field(init=False)
    user_id: UUID = field(init=False)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def world(self) -> World:
        """The local YouTube's memory."""
        return self.server.world

    @classmethod
    async def opened(cls, database: Database, server: YouTubeServer, folder: Path, **options: Any) -> Studio:
        """A studio with one user and one OAuth client."""
        studio = cls(database, server, folder)
        (folder / "artifacts").mkdir(exist_ok=True, parents=True)
        chosen = {
            "youtube_api_url": server.address,
            "youtube_token_url": server.token_url,
            "youtube_backoff_seconds": 0.01,
            **options,
        }
        studio.settings = Settings(_env_file=None, data_dir=folder / "data", **chosen)  # type: ignore[call-arg]
        studio.store = ArtifactStore(LocalStore(folder / "artifacts"), folder / "cache")
        studio.accounts = AccountStore(database, Cipher(KEY))
        studio.connects = ConnectStore(database, studio.accounts)
        studio.uploads = UploadStore(database)
        studio.quota = QuotaStore(database)
        server.world.add_client(studio.project)
        async with database.session() as session:
            studio.user_id = (await UserStore().create(session, f"{uuid4().hex}@example.org")).id
        return studio

    def oauth(self) -> GoogleOAuth:
        """The token endpoint for every project of the local YouTube."""
        clients = [OAuthClient(project, client_id, secret) for client_id, (project, secret) in self.world.clients.items()]
        return GoogleOAuth(clients, self.settings.youtube_token_url, now=self.now)

    def tokens(self) -> AccountTokens:
        """The tokens of the accounts."""
        return AccountTokens(self.accounts, self.oauth(), console_url="http://console", now=self.now)

    def publisher(self) -> YouTubePublisher:
        """The publisher, for use on threads while this loop runs."""
        bridge = LoopBridge(asyncio.get_running_loop())
        parts = Parts(self.store, self.uploads, self.quota, self.accounts, self.tokens(), self.settings, bridge, lambda: self.now())
        return YouTubePublisher(parts)

    async def channel(self, youtube_id: str) -> UUID:
        """A channel of ours that is tied to a YouTube channel."""
        async with self.database.session() as session:
            return (await ChannelStore().create(session, self.user_id, youtube_id, youtube_channel_id=youtube_id)).id

    async def account(
        self, *channels: str, identity: Identity | None = None, project: str = "", kind: AccountKind = AccountKind.ACTIVE
    ) -> UUID:
        """An account that is granted these channels, with tokens that the local YouTube knows."""
        project = project or self.project
        if project not in {known for known, _ in self.world.clients.values()}:
            self.world.add_client(project)
        identity = identity or self.world.add_identity(*channels)
        issued = self.world.issue(identity, project, frozenset(SCOPES), lasting=True)
        state = OAuthState(user_id=self.user_id, kind=kind, project=project, redirect="", verifier="")
        tokens = Tokens(
            access_token=issued["access_token"],
            access_expires_at=self.now() + timedelta(seconds=issued["expires_in"]),
            refresh_token=issued["refresh_token"],
            scopes=SCOPES,
            subject=identity.subject,
        )
        managed = [ManagedChannel(youtube_channel_id=one, title=f"{one} {identity.subject}") for one in channels]
        return await self.connects.connect(state, tokens, managed, self.now())

    async def film(self, channel_id: UUID, **more: Any) -> UploadTask:
        """A finished film with its row in the database."""
        task = finished_film(self.store, provider="youtube", user_id=self.user_id, channel_id=channel_id, **more)
        await self.accept(task.video)
        return task

    async def accept(self, video: VideoInput) -> None:
        """The row of a video."""
        async with self.database.session() as session:
            await VideoStore(self.database).create(session, video, title="Film", estimate=Decimal(0), slug="film")

    async def publish(self, task: UploadTask) -> Uploaded:
        """What a worker does with a task."""
        return await asyncio.to_thread(self.publisher().publish, task, silent)

    async def value(self, statement: str, *arguments: Any) -> Any:
        """One value of the database."""
        return await self.database.value(statement, *arguments)
