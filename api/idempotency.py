"""`Idempotency-Key`: the same key and body get the same answer, and the work behind it is done once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from api.deps import AnyServices
from api.services import Services
from models.errors import ComponentDown, Conflict, YtempireError
from models.ids import new_id
from models.system.idempotency import LEASE, IdempotencyStore, Kept

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Any text of your own, such as a UUID. Repeating a request with it changes nothing and gets the first answer.",
    ),
]


class Once:
    """One request that may be a repeat of another."""

    def __init__(self, parts: Services, request: Request, key: str | None, body: bytes) -> None:
        self._parts, self._request, self._key = parts, request, key
        self._hash = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).digest()

    @property
    def may_be_repeat(self) -> bool:
        """Whether the request has a key by which an earlier one may be known."""
        return self._key is not None

    async def answer(self, owner: UUID, status: int, work: Callable[[UUID], Awaitable[BaseModel]]) -> Response:
        """The answer of `work`, done now or long ago. It is given the id of the operation, and must derive from it the ids of all
        that it makes: after a crash in the middle the repeat does the work again under the same id.

        Raises:
            Conflict: the key was used with another body, or its first request is still being worked on.
        """
        if self._key is None:
            return JSONResponse((await work(new_id())).model_dump(mode="json"), status)
        store = self._parts.stores.idempotency
        holder = new_id()
        try:
            claim = await store.claim(owner, self._key, self._hash, holder)
            if isinstance(claim, Kept):
                return self._replayed(claim)
            answer = (await work(claim)).model_dump(mode="json")
            await store.finish(owner, self._key, claim, status, answer, {})
        except BaseException as error:
            refused = isinstance(error, YtempireError) and error.status < 500
            release = asyncio.create_task(_release(store, owner, self._key, holder, forget=refused))
            _releasing.add(release)
            release.add_done_callback(_releasing.discard)
            await asyncio.wait([release], timeout=1)
            raise
        return JSONResponse(answer, status)

    def _replayed(self, kept: Kept) -> Response:
        if kept.body_hash != self._hash:
            raise Conflict(
                "This Idempotency-Key was used for another request.", hint="Use a new key for each request that is not a repeat."
            )
        if kept.status is None:
            raise Conflict("The first request with this Idempotency-Key is still being worked on.", hint="Ask again in a moment.")
        return JSONResponse(kept.answer, kept.status, {"Idempotency-Replayed": "true", **kept.headers})


_releasing: set[asyncio.Task[None]] = set()


async def _release(store: IdempotencyStore, owner: UUID, key: str, holder: UUID, *, forget: bool) -> None:
    """Give the key back as soon as the database can be reached; after the lease it is free by itself."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LEASE.total_seconds()):
            while True:
                try:
                    await store.release(owner, key, holder, forget=forget)
                    return
                except ComponentDown:
                    await asyncio.sleep(0.2)


async def _once(request: Request, parts: AnyServices, key: KeyHeader = None) -> Once:
    return Once(parts, request, key, await request.body())


OnceOnly = Annotated[Once, Depends(_once)]
