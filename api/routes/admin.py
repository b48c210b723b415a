"""Running the platform."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.deps import Administrator, AnyServices, audit
from api.pagination import Page, page_of
from api.problems import declared
from api.schemas.admin import AccountAnswer, AccountChange, AuditAnswer, AuditQuery, PauseBody, Paused, UserQuery

router = APIRouter(prefix="/admin", tags=["admin"])


@router.get("/users", summary="List accounts", operation_id="listUsers", responses=declared(401, 403, 422))
async def users(
    query: Annotated[UserQuery, Query()], response: Response, _: Administrator, parts: AnyServices
) -> Page[AccountAnswer]:
    """Newest first."""
    rows, total = await parts.stores.administration.accounts(
        query.search, query.role, query.plan, limit=query.limit, offset=query.offset
    )
    return page_of([AccountAnswer(**dict(row)) for row in rows], total, query, response)


@router.patch(
    "/users/{user_id}", summary="Change an account", operation_id="changeAccount", responses=declared(401, 403, 404, 409, 422)
)
async def change(user_id: UUID, body: AccountChange, request: Request, caller: Administrator, parts: AnyServices) -> AccountAnswer:
    """Role, plan, limits of its own, budget, or whether it may sign in. The last administrator cannot be removed."""
    changes = {name: value for name, value in body.model_dump(mode="python").items() if value is not None}
    if body.limits is not None:
        changes["limits"] = body.limits.model_dump(exclude_none=True)
    row = await parts.stores.administration.change(user_id, changes)
    if body.disabled:
        await parts.stores.sessions.end_others(user_id, None, "the account was disabled")
    audit(
        request,
        caller,
        "admin.account_changed",
        "account",
        user_id,
        owner=user_id,
        **body.model_dump(mode="json", exclude_none=True),
    )
    return AccountAnswer(**dict(row))


@router.post("/pause", summary="Pause the platform", operation_id="pausePlatform", responses=declared(401, 403, 422))
async def pause(body: PauseBody, request: Request, caller: Administrator, parts: AnyServices) -> Paused:
    """Videos finish the step that they are at and wait; requests are still accepted."""
    async with parts.database.session() as session:
        await parts.stores.switches.pause(session, body.reason)
    audit(request, caller, "admin.paused", "platform", "platform", reason=body.reason)
    return Paused(paused=True, reason=body.reason)


@router.post("/resume", summary="Go on", operation_id="resumePlatform", responses=declared(401, 403))
async def resume(request: Request, caller: Administrator, parts: AnyServices) -> Paused:
    """Videos go on by themselves within half an hour, or at once with a retry."""
    async with parts.database.session() as session:
        await parts.stores.switches.resume(session)
    audit(request, caller, "admin.resumed", "platform", "platform")
    return Paused(paused=False)


@router.get("/audit", summary="Read the audit log", operation_id="listAuditEntries", responses=declared(401, 403, 422))
async def entries(
    query: Annotated[AuditQuery, Query()], response: Response, _: Administrator, parts: AnyServices
) -> Page[AuditAnswer]:
    """Who did what to whose, newest first. Written within a second of the change."""
    rows, total = await parts.stores.administration.entries(
        query.actor_id, query.owner_id, query.action, query.object_id, limit=query.limit, offset=query.offset
    )
    return page_of([AuditAnswer(**dict(row)) for row in rows], total, query, response)
