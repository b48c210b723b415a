"""Whether the API lives, can serve, and what of the platform is away."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from api.deps import AnyServices, identify
from api.problems import declared
from api.schemas.health import Component, Health, Live, Ready
from api.security import same
from api.services import Services
from models.errors import ComponentDown
from models.users.scopes import Scope

router = APIRouter(tags=["health"])

DISK_WARNING, DISK_FULL = 0.80, 0.97
"""Shares of the disk in use."""


def _version() -> str:
    try:
        return version("ytempire")
    except PackageNotFoundError:
        return "0.1.0"


VERSION = _version()


@router.get("/health", summary="Is the API alive?", operation_id="getHealth")
async def live() -> Live:
    """Answers as long as the process can; asks nothing else."""
    return Live(version=VERSION)


@router.get("/health/ready", response_model=Ready, summary="Can it serve?", operation_id="getReadiness", responses=declared())
async def ready(parts: AnyServices) -> Response:
    """200 while the database answers, 503 otherwise: for load balancers. Temporal may be away meanwhile."""
    component = await _database(parts)
    if component.status == "down":
        raise ComponentDown("The database cannot be reached just now.", hint="The API is ready again by itself.")
    return JSONResponse(Ready(status="ok").model_dump())


@router.get("/health/detailed", summary="How is each part?", operation_id="getDetailedHealth", responses=declared())
async def detailed(parts: AnyServices) -> Health:
    """The state of every part of the platform. It tells nothing that is secret."""
    database, temporal, disk = await asyncio.gather(_database(parts), _temporal(parts), asyncio.to_thread(_disk, parts))
    components = {"database": database, "temporal": temporal, "storage": disk}
    if database.status == "ok":
        components["outbox"] = await _outbox(parts)
    states = [component.status for component in components.values()]
    whole = "down" if database.status == "down" else "ok" if all(state == "ok" for state in states) else "degraded"
    return Health(status=whole, components=components)


@router.get(
    "/metrics", summary="Metrics for Prometheus", operation_id="getMetrics", response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "text"}, **declared(401, 403)},
)  # fmt: skip
async def metrics(request: Request, parts: AnyServices) -> Response:
    """Open on a laptop; in production for the token of the setting, or an administrator."""
    await _may_see_metrics(request, parts)
    return Response(parts.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _may_see_metrics(request: Request, parts: Services) -> None:
    settings = parts.settings
    token = settings.metrics_token.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if (token and same(given, token)) or (not token and settings.environment == "laptop"):
        return
    await identify(request, parts, given, request.headers.get("x-api-key", ""), (Scope.ADMIN,))


async def _timed(question: Awaitable[object]) -> float:
    started = time.perf_counter()
    async with asyncio.timeout(3):
        await question
    return round((time.perf_counter() - started) * 1000, 2)


async def _database(parts: Services) -> Component:
    try:
        return Component(status="ok", milliseconds=await _timed(parts.database.value("select 1")))
    except (ComponentDown, TimeoutError):
        return Component(status="down", detail="PostgreSQL cannot be reached; requests are answered with 503 until it is back")


async def _temporal(parts: Services) -> Component:
    if await parts.temporal.is_serving():
        return Component(status="ok")
    return Component(status="degraded", detail="Temporal cannot be reached; videos are accepted and started when it is back")


async def _outbox(parts: Services) -> Component:
    try:
        waiting = await parts.database.value(
            "select count(*) from system.outbox where sent_at is null and created_at < now() - interval '1 minute'"
        )
    except ComponentDown:
        return Component(status="degraded", detail="unknown")
    if waiting:
        return Component(status="degraded", detail=f"{waiting} accepted requests wait to be started for over a minute")
    return Component(status="ok")


def _disk(parts: Services) -> Component:
    folder = parts.settings.data_dir
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    share = 1 - usage.free / usage.total
    detail = f"{share:.0%} of the disk is in use"
    return Component(status="ok" if share < DISK_WARNING else "degraded" if share < DISK_FULL else "down", detail=detail)
