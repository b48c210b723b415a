"""`create_app`: the API with everything wired; the only place that does."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib import import_module
from types import FrameType
from typing import Any

import structlog
from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from temporalio.client import Client

from activities.artifacts import open_store
from activities.upload.youtube_setup import YouTube
from api import problems
from api.console.pages import router as console
from api.laptop import ensure_cli_token
from api.mail import Mailer
from api.metrics import Metrics
from api.middleware import PREFIX, Envelope, Limits
from api.openapi import document, methods_of
from api.progress import Progress
from api.rate_limits import RateLimiter
from api.request_log import RequestLog
from api.routes import admin, artifacts, auth, channels, costs, decisions, health, users, videos, webhooks
from api.security import Passwords, Signer
from api.services import Prices, Services, Stores
from api.temporal import Temporal
from models.costs.store import PriceStore
from models.database import Database
from models.encryption import Cipher
from models.errors import ComponentDown
from models.settings import Settings
from models.system.limits import LimitStore
from workflows.connecting import connect

log = structlog.get_logger("api")

ROUTERS = tuple(area.router for area in (videos, artifacts, decisions, auth, users, channels, costs, webhooks, admin, health))
"""Those asked most come first: each one before costs a look."""
LATER = ("youtube", "billing", "onboarding", "niches", "support", "calendar", "analytics")
"""Areas whose routes live in files of their own and are served as soon as these exist."""
EXPOSED = ["X-Request-ID", "X-Process-Time", "X-Total-Count", "X-Page", "X-Per-Page", "Retry-After", "Idempotency-Replayed",
           "RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]  # fmt: skip


def create_app(settings: Settings | None = None, *, database: Database | None = None, temporal: Client | None = None) -> FastAPI:
    """The application. Without arguments everything comes from the environment; what is passed in stays the caller's to close."""
    settings = settings or Settings()
    metrics = Metrics()
    app = FastAPI(
        title="YTEMPIRE",
        version=health.VERSION,
        lifespan=_lifespan(settings, metrics, database, temporal),
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    for router in (*ROUTERS, *_later()):
        app.include_router(router, prefix=PREFIX)
    app.include_router(health.router, include_in_schema=False)
    app.include_router(console, include_in_schema=False)
    problems.install(app)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.state.methods_of = lambda path: methods_of(app, path)
    _surround(app, settings, metrics)
    return app


def _later() -> Iterator[APIRouter]:
    for name in LATER:
        if importlib.util.find_spec(f"api.routes.{name}") is not None:
            yield import_module(f"api.routes.{name}").router


def _surround(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """The last one added is the outermost."""
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "X-API-Key", "Content-Type", "Idempotency-Key", "X-Request-ID", "Last-Event-ID"],
            expose_headers=EXPOSED,
            max_age=3600,
        )
    limits = Limits(
        body=settings.body_limit_kb * 1024,
        media=settings.media_limit_mb * 1024 * 1024,
        seconds=settings.request_seconds,
        slow=settings.slow_request_seconds,
    )
    app.add_middleware(Envelope, limits=limits, metrics=metrics, requests=lambda: _log_of(app))
    app.add_middleware(CorrelationIdMiddleware, validator=_is_request_id)


def _log_of(app: FastAPI) -> RequestLog | None:
    parts: Services | None = getattr(app.state, "services", None)
    return parts.log if parts else None


def _is_request_id(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9._-]{8,64}", text) is not None


def _lifespan(settings: Settings, metrics: Metrics, database: Database | None, temporal: Client | None) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = database or Database.of(settings)
        parts = _services(settings, metrics, opened, temporal or await connect(settings, lazy=True))
        app.state.services = parts
        tasks = [asyncio.create_task(each) for each in (parts.progress.run(), parts.log.run(), parts.mailer.run())]
        if settings.environment == "laptop":
            tasks.append(asyncio.create_task(_laptop(parts)))
        with _streams_end_first(parts.progress):
            yield
        parts.progress.close()
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("a background task had failed", exc_info=outcome)
        if database is None:
            await opened.close()

    return lifespan


def _services(settings: Settings, metrics: Metrics, database: Database, client: Client) -> Services:
    cipher = Cipher.of(settings)
    return Services(
        settings=settings,
        database=database,
        temporal=Temporal(client, settings.temporal_ui_url),
        artifacts=open_store(settings),
        cipher=cipher,
        stores=Stores.of(database, settings),
        prices=Prices(database, PriceStore()),
        passwords=Passwords(settings.password_memory_mb),
        signer=Signer(settings),
        limiter=RateLimiter(LimitStore(database)),
        mailer=Mailer(settings),
        log=RequestLog(database, metrics.log_dropped.inc),
        progress=Progress(database, opened=metrics.streams.inc, longest=settings.stream_seconds),
        metrics=metrics,
        youtube=YouTube.of(settings, database, cipher),
    )


async def _laptop(parts: Services) -> None:
    """The owner's account and key, as soon as the database is there."""
    while True:
        try:
            await ensure_cli_token(parts)
            return
        except ComponentDown:
            await asyncio.sleep(0.5)


@contextmanager
def _streams_end_first(progress: Progress) -> Iterator[None]:
    """The server waits at its end for every open answer, so streams must end when it is told to stop, before the lifespan does."""
    try:
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    except ValueError:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(progress.close)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    with suppress(ValueError):  # not the main thread: a test's server, which ends otherwise
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, stop)
    yield
    with suppress(ValueError):
        for number, handler in before.items():
            signal.signal(number, handler)
