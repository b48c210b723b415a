"""A real API on loopback over a fresh database, with people who use it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.http import tls
from api.app import create_app
from api.security import fingerprint, new_api_key
from api.services import Services
from models.channels.store import ChannelStore
from models.database import Database
from models.settings import Settings
from models.users.scopes import Scope
from models.users.store import AccountStore
from tests.temporal_servers import namespace_of_its_own

NOWHERE = "127.0.0.1:9"
"""A port where no Temporal answers."""


@dataclass
class User:
    """Somebody with a channel, a session and a client that speaks for them."""

    id: UUID
    channel_id: UUID
    email: str
    token: str
    http: httpx.AsyncClient = field(repr=False)


@dataclass
class Api:
    """A running API."""

    app: FastAPI
    url: str
    database: Database
    http: httpx.AsyncClient

    @property
    def parts(self) -> Services:
        parts: Services = self.app.state.services
        return parts

    def client(self, token: str = "", *, key: str = "") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {"X-API-Key": key} if key else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=90, verify=tls())

    async def user(self, name: str = "ana", *, plan: str = "scale", role: str = "user") -> User:
        """A user who has signed in, with one channel."""
        email = f"{name}-{secrets.token_hex(4)}@example.com"
        async with self.database.session() as session:
            account = await AccountStore().create(session, email, plan=plan, role=role)
            channel = await ChannelStore().create(session, account.id, f"{name}'s channel")
        await self.parts.stores.registration.confirm_address(account.id)
        opened = await self.parts.stores.sessions.open(
            account.id, fingerprint(secrets.token_hex()), timedelta(days=7), agent="test", address="127.0.0.1"
        )
        token = self.parts.signer.access_token(account.id, opened.session_id)
        return User(account.id, channel.id, email, token, self.client(token))

    async def key(self, user: User, *scopes: Scope) -> str:
        """An API key of the user's with these scopes."""
        key = new_api_key()
        await self.parts.stores.keys.create(user.id, "test", fingerprint(key), key[:12], scopes, None)
        return key


def in_production(settings: Settings, database: Database) -> Settings:
    """The same installation with everything that production demands."""
    real = {
        "environment": "production",
        "secret_key": "x" * 40,
        "encryption_keys": "a:" + "A" * 43 + "=",
        "database_url": database.url,
    }
    return Settings.model_validate(settings.model_dump() | real)


@asynccontextmanager
async def running(settings: Settings, database: Database, temporal: Client | None = None) -> AsyncIterator[Api]:
    """The API on a free port until the block ends."""
    settings = settings.model_copy(update={"password_memory_mb": 1})  # hashing is as slow as its memory, and tests hash often
    client = temporal or await Client.connect(NOWHERE, lazy=True, data_converter=pydantic_data_converter)
    app = create_app(settings, database=database, temporal=client)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on", timeout_graceful_shutdown=5))
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, timeout=90, verify=tls()) as http:
        yield Api(app, url, database, http)
    app.state.services.progress.close()
    server.should_exit = True
    await task


@pytest_asyncio.fixture
async def api(settings: Settings, database: Database) -> AsyncIterator[Api]:
    """The API while Temporal is away."""
    async with running(settings, database) as found:
        yield found


@pytest_asyncio.fixture
async def temporal(temporal_address: str) -> Client:
    """A real Temporal dev server, in a namespace of the test's own."""
    return await namespace_of_its_own(temporal_address)


async def events_of(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The events of a stream as they come; comments are left out."""
    event: dict[str, Any] = {}
    async for line in response.aiter_lines():
        if not line:
            if "data" in event:
                yield event
            event = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value
