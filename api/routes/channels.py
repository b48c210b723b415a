"""Your channels."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AnyServices, ChannelsReader, ChannelsWriter, audit
from api.pagination import Page, PageQuery, page_of
from api.problems import declared
from api.routes.users import require_zone
from api.schemas.channels import BrandBody, ChannelAnswer, ChannelChange, NewChannel
from api.services import Services
from models.channels.tables import Channel
from models.errors import Conflict, NotAllowed, NotFound
from models.users.callers import Known
from models.users.plans import PLANS, lifting

router = APIRouter(prefix="/channels", tags=["channels"])


@router.get("", summary="List your channels", operation_id="listChannels", responses=declared(401, 403, 422))
async def list_channels(
    query: Annotated[PageQuery, Query()], response: Response, caller: ChannelsReader, parts: AnyServices
) -> Page[ChannelAnswer]:
    """Newest first."""
    async with parts.database.session() as session:
        found = await parts.stores.channels.list(session, caller.user_id, page=query.page, limit=query.limit)
    return page_of([_answer(channel) for channel in found.items], found.total, query, response)


@router.post("", status_code=201, summary="Add a channel", operation_id="createChannel", responses=declared(401, 403, 404, 422))
async def create(body: NewChannel, request: Request, caller: ChannelsWriter, parts: AnyServices) -> ChannelAnswer:
    """Within the plan's number. Connect it to YouTube afterwards, or publish into folders."""
    require_zone(body.time_zone)
    await _require_media(parts, caller, body.brand)
    async with parts.database.session() as session:
        await parts.stores.acceptance.lock_and_find(session, caller.user_id, [])
        await _require_room(parts, session, caller)
        channel = await parts.stores.channels.create(session, caller.user_id, **body.model_dump(mode="json"))
        await session.refresh(channel)
    audit(request, caller, "channel.created", "channel", channel.id, name=channel.name)
    return _answer(channel)


@router.get("/{channel_id}", summary="See a channel", operation_id="getChannel", responses=declared(401, 403, 404, 422))
async def see(channel_id: UUID, caller: ChannelsReader, parts: AnyServices) -> ChannelAnswer:
    """One of your own."""
    async with parts.database.session() as session:
        return _answer(await parts.stores.channels.get(session, channel_id, user_id=caller.user_id))


@router.patch(
    "/{channel_id}", summary="Change a channel", operation_id="changeChannel", responses=declared(401, 403, 404, 409, 422)
)
async def change(
    channel_id: UUID, body: ChannelChange, request: Request, caller: ChannelsWriter, parts: AnyServices
) -> ChannelAnswer:
    """What is left out stays. A suspended channel cannot be made active here."""
    require_zone(body.time_zone)
    await _require_media(parts, caller, body.brand)
    changes = {name: value for name, value in body.model_dump(mode="json").items() if value is not None}
    async with parts.database.session() as session:
        channel = await parts.stores.channels.get(session, channel_id, user_id=caller.user_id, to_change=True)
        if "status" in changes and channel.status not in ("active", "paused"):
            raise Conflict(f"The channel is {channel.status}.", hint="Only active and paused can be exchanged.")
        for name, value in changes.items():
            setattr(channel, name, value)
        await session.flush()
        await session.refresh(channel)
    audit(request, caller, "channel.changed", "channel", channel_id, **changes)
    return _answer(channel)


@router.delete(
    "/{channel_id}",
    status_code=204,
    summary="Delete a channel",
    operation_id="deleteChannel",
    responses=declared(401, 403, 404, 409, 422),
)
async def delete(channel_id: UUID, request: Request, caller: ChannelsWriter, parts: AnyServices) -> None:
    """Its videos stay in your books, and its YouTube channel can be tied to another. One that has videos under way is refused."""
    async with parts.database.session() as session:
        channel = await parts.stores.channels.get(session, channel_id, user_id=caller.user_id, to_change=True)
        running = await parts.stores.acceptance.under_way(session, channel_id)
        if running:
            raise Conflict(f"{running} videos of the channel are under way.", hint="Cancel them, or wait until they have ended.")
        channel.status, channel.automation_enabled, channel.youtube_channel_id = "deleted", False, None
    audit(request, caller, "channel.deleted", "channel", channel_id, name=channel.name)


async def _require_media(parts: Services, caller: Known, brand: BrandBody | None) -> None:
    """The brand's files are the caller's own."""
    wanted = brand.media() if brand else []
    owned = await parts.stores.media.owned(caller.user_id, wanted) if wanted else {}
    for digest in wanted:
        if digest not in owned:
            raise NotFound(f"The file {digest[:12]} was not uploaded by you.", hint="Upload it: POST /api/v1/media.")


async def _require_room(parts: Services, session: AsyncSession, caller: Known) -> None:
    limit = caller.limit("channels")
    if await parts.stores.channels.count(session, caller.user_id) < limit:
        return
    larger = lifting(caller.plan, "channels")
    hint = f"The {larger} plan allows {PLANS[larger].channels}." if larger else "Delete one that is no longer used."
    raise NotAllowed(f"The {caller.plan} plan allows {limit} channels.", hint=hint)


def _answer(channel: Channel) -> ChannelAnswer:
    return ChannelAnswer.model_validate(channel, from_attributes=True)
