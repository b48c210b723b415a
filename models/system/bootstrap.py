"""What a fresh laptop installation needs in its tables."""

from __future__ import annotations

from models.channels.store import ChannelStore
from models.channels.tables import Channel
from models.database import Database
from models.users.store import AccountStore
from models.users.tables import Account


async def laptop_owner(database: Database) -> tuple[Account, Channel]:
    """The account and channel ("My channel") of a laptop without sign-in; made at the first call, the same ones ever after."""
    async with database.session() as session:
        owner = await AccountStore().laptop_owner(session)
        return owner, await ChannelStore().first(session, owner.id)
