"""The SQL of channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.channels.tables import Channel
from models.database import Database
from models.errors import Conflict, NotFound
from models.videos.brand import UNNAMED

_WANTED = """
SELECT * FROM channels.youtube_channels
WHERE user_id = $1 AND status <> 'deleted' AND ($2::uuid IS NULL OR id = $2) LIMIT 2"""


@dataclass(frozen=True)
class ChannelPage:
    """A page of a list and how many there are in all."""

    items: Sequence[Channel]
    total: int


class ChannelLookup:
    """Reads the channel that a request is for, in one round trip."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wanted(self, user_id: UUID, channel_id: UUID | None) -> Channel:
        """The user's channel of this id, or without one the user's only channel.

        Raises:
            NotFound: no such channel, or another user's.
            Conflict: none is named and the user has none, or several.
        """
        found = await self._database.rows(_WANTED, user_id, channel_id)
        if len(found) == 1:
            return Channel(**dict(found[0]))
        if channel_id is not None:
            raise NotFound("That channel does not exist.", hint="List your channels to see their ids.")
        if not found:
            raise Conflict("You have no channel yet.", hint="Make one: POST /api/v1/channels.")
        raise Conflict("You have several channels; the request names none.", hint="Send channel_id.")


class ChannelStore:
    """Channels; every method joins the caller's transaction. Deleted channels stay as rows and are never returned."""

    async def create(self, session: AsyncSession, user_id: UUID, name: str, **values: Any) -> Channel:
        """A new channel of a user; `values` are other columns of `Channel`."""
        channel = Channel(user_id=user_id, name=name, **values)
        session.add(channel)
        await session.flush()
        return channel

    async def get(
        self, session: AsyncSession, channel_id: UUID, *, user_id: UUID | None = None, to_change: bool = False
    ) -> Channel:
        """The channel; with `user_id`, only when it is that user's; `to_change`: until the transaction ends nobody else changes it,
        and no video is accepted for it.

        Raises:
            NotFound: no such channel, or another user's.
        """
        channel = await session.get(Channel, channel_id, with_for_update={"key_share": True} if to_change else None)
        if channel is None or channel.status == "deleted" or (user_id is not None and channel.user_id != user_id):
            raise NotFound("That channel does not exist.", hint="List your channels to see their ids.")
        return channel

    async def list(self, session: AsyncSession, user_id: UUID | None, *, page: int = 1, limit: int = 20) -> ChannelPage:
        """Channels of a user (None: of everybody, for administrators), newest first, on a page from 1."""
        where = [col(Channel.status) != "deleted"] + ([] if user_id is None else [col(Channel.user_id) == user_id])
        newest = (col(Channel.created_at).desc(), col(Channel.id).desc())
        found = select(Channel).where(*where).order_by(*newest).offset((page - 1) * limit).limit(limit)
        total = await session.scalar(select(func.count()).select_from(Channel).where(*where))
        return ChannelPage(items=(await session.scalars(found)).all(), total=total or 0)

    async def count(self, session: AsyncSession, user_id: UUID) -> int:
        """How many channels a user has, for the limit of the plan."""
        mine = select(func.count()).select_from(Channel).where(col(Channel.user_id) == user_id, col(Channel.status) != "deleted")
        return await session.scalar(mine) or 0

    async def first(self, session: AsyncSession, user_id: UUID, name: str = UNNAMED) -> Channel:
        """A user's oldest channel, made now when there is none; two callers at once get the same one."""
        await session.execute(text("select pg_advisory_xact_lock(7002, hashtext(:user))"), {"user": str(user_id)})
        mine = select(Channel).where(col(Channel.user_id) == user_id, col(Channel.status) != "deleted")
        channel = await session.scalar(mine.order_by(col(Channel.created_at), col(Channel.id)).limit(1))
        return channel or await self.create(session, user_id, name, auto_publish=True)
