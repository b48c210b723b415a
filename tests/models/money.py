"""What tests of money share: accounts and videos to charge."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

from models.channels.store import ChannelStore
from models.costs.caps import Caps
from models.database import Database
from models.system.bootstrap import laptop_owner
from models.users.store import AccountStore
from models.videos.contracts import VideoInput, VideoRequest
from models.videos.store import VideoStore

OPEN = Caps(video=Decimal(1000), user_day=Decimal(1000), platform_day=Decimal(1000), platform_month=Decimal(1000))
"""Caps that no test reaches."""


async def a_video(database: Database, user_id: UUID | None = None) -> VideoInput:
    """An accepted video of a user, of the laptop's owner when none is named."""
    owner = user_id or (await laptop_owner(database))[0].id
    async with database.session() as session:
        channel = await ChannelStore().first(session, owner)
        video = VideoInput(video_id=uuid4(), user_id=owner, channel_id=channel.id, request=VideoRequest(topic="Tides"))
        await VideoStore(database).create(session, video, title="Tides", estimate=Decimal(0), slug="tides")
    return video


async def a_user(database: Database) -> UUID:
    """A new account."""
    async with database.session() as session:
        return (await AccountStore().create(session, f"{uuid4().hex}@example.com")).id
