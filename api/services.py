"""Everything a request may need, made once by `create_app` and closed with it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from activities.artifacts import ArtifactStore
from api.mail import Mailer
from api.metrics import Metrics
from api.progress import Progress
from api.rate_limits import RateLimiter
from api.request_log import RequestLog
from api.security import Passwords, Signer
from api.temporal import Temporal
from models.channels.store import ChannelLookup, ChannelStore
from models.costs.caps import Caps
from models.costs.overview import CostOverview
from models.costs.prices import PriceList
from models.costs.store import CostStore, PriceStore
from models.database import Database
from models.encryption import Cipher
from models.settings import Settings
from models.system.idempotency import IdempotencyStore
from models.system.switches import SwitchStore
from models.system.webhooks import WebhookStore
from models.users.administration import AdministrationStore
from models.users.callers import CallerStore
from models.users.keys import KeyStore, PreferenceStore
from models.users.registration import RegistrationStore
from models.users.sessions import SessionStore
from models.users.store import AccountStore
from models.videos.acceptance import AcceptanceStore
from models.videos.listing import VideoListing
from models.videos.media import MediaStore
from models.videos.runs import RunStore
from models.videos.store import VideoStore

if TYPE_CHECKING:
    from activities.upload.youtube_setup import YouTube


PRICES_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Stores:
    """The SQL of each domain."""

    acceptance: AcceptanceStore
    administration: AdministrationStore
    costs: CostStore
    overview: CostOverview
    switches: SwitchStore
    accounts: AccountStore
    callers: CallerStore
    channels: ChannelStore
    idempotency: IdempotencyStore
    keys: KeyStore
    listing: VideoListing
    lookup: ChannelLookup
    media: MediaStore
    preferences: PreferenceStore
    registration: RegistrationStore
    runs: RunStore
    sessions: SessionStore
    videos: VideoStore
    webhooks: WebhookStore

    @classmethod
    def of(cls, database: Database, settings: Settings) -> Stores:
        """The stores of one database."""
        return cls(
            acceptance=AcceptanceStore(),
            administration=AdministrationStore(database),
            costs=CostStore(Caps.of(settings)),
            overview=CostOverview(database, Caps.of(settings)),
            switches=SwitchStore(),
            accounts=AccountStore(),
            callers=CallerStore(database),
            channels=ChannelStore(),
            idempotency=IdempotencyStore(database),
            keys=KeyStore(database),
            listing=VideoListing(database),
            lookup=ChannelLookup(database),
            media=MediaStore(database),
            preferences=PreferenceStore(database),
            registration=RegistrationStore(database),
            runs=RunStore(database),
            sessions=SessionStore(database),
            videos=VideoStore(database),
            webhooks=WebhookStore(database),
        )


class Prices:
    """The price list, read again every half minute."""

    def __init__(self, database: Database, store: PriceStore) -> None:
        self._database, self._store = database, store
        self._list: PriceList | None = None
        self._until = 0.0

    async def now(self) -> PriceList:
        """Prices of the last half minute."""
        if self._list is None or time.monotonic() > self._until:
            async with self._database.session() as session:
                self._list = await self._store.all(session)
            self._until = time.monotonic() + PRICES_SECONDS
        return self._list


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running API."""

    settings: Settings
    database: Database
    temporal: Temporal
    artifacts: ArtifactStore
    cipher: Cipher
    stores: Stores
    prices: Prices
    passwords: Passwords
    signer: Signer
    limiter: RateLimiter
    mailer: Mailer
    log: RequestLog
    progress: Progress
    metrics: Metrics
    youtube: YouTube
