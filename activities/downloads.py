"""Fetching a file that a provider named: streamed to disk, bounded in bytes and time, and only from where files of others lie."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from activities.http import error_for, error_from, tls
from models.errors import BadOutput

REDIRECTS = 3
_OPEN_TYPES = ("application/octet-stream", "binary/octet-stream")
_GONE = (401, 403, 404, 410)
"""No key is sent to where files lie, so these say that an address is wrong or too old, not that our key is."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_CHUNK = 1 << 18


class Downloader:
    """Files from one provider. Our key is never sent along, nothing inside our own network is asked, nothing is sent twice."""

    def __init__(self, provider: str, base_url: str, *, seconds: float = 120.0, largest: int = 200_000_000) -> None:
        """`seconds` and `largest` (bytes) are for a whole file; `base_url` is the provider's, whose own host is always allowed."""
        self._provider = provider
        self._base = urlsplit(base_url)
        self._seconds = seconds
        self._largest = largest

    async def fetch(self, url: str, to: Path, *, kind: str) -> str:
        """Write the file at `url` as `to`; returns its media type, which begins with `kind` (`video/`) or is left open.

        Raises:
            Unavailable: it broke off, stalled, or took too long.
            BadOutput: it is too large, empty or of another kind, or its address is not one to fetch from.
            ProviderError: as the answer's status says.
        """
        address = self._allowed(url)
        try:
            async with (
                asyncio.timeout(self._seconds),
                httpx.AsyncClient(
                    verify=tls(),
                    timeout=self._seconds,
                    follow_redirects=True,
                    max_redirects=REDIRECTS,
                    event_hooks={"request": [self._check]},
                ) as client,
                client.stream("GET", address) as answer,
            ):
                if answer.status_code in _GONE:
                    raise BadOutput(f"{self._provider} has the file no more (HTTP {answer.status_code}).", provider=self._provider)
                if answer.status_code != 200:
                    body = await answer.aread()
                    raise error_for(self._provider, answer.status_code, answer.headers, body[:10_000])
                return await self._streamed(answer, to, kind)
        except (httpx.HTTPError, TimeoutError) as error:
            raise error_from(self._provider, error) from error

    async def _streamed(self, answer: httpx.Response, to: Path, kind: str) -> str:
        media_type = answer.headers.get("content-type", _OPEN_TYPES[0]).partition(";")[0].strip().lower()
        if not media_type.startswith((kind, *_OPEN_TYPES)):
            raise BadOutput(f"{self._provider} delivered {media_type} where a file was due.", provider=self._provider)
        size = 0
        with to.open("wb") as part:
            async for chunk in answer.aiter_bytes(_CHUNK):
                size += len(chunk)
                if size > self._largest:
                    limit = f"{self._largest / 1_000_000:.0f} MB"
                    raise BadOutput(f"{self._provider} delivered a file of more than {limit}.", provider=self._provider)
                await asyncio.to_thread(part.write, chunk)
        if not size:
            raise BadOutput(f"{self._provider} delivered an empty file.", provider=self._provider)
        return str(media_type)

    async def _check(self, request: httpx.Request) -> None:
        """Every address on the way of a redirect is held to the same rule."""
        self._allowed(str(request.url))

    def _own(self, host: str) -> bool:
        """The provider's own host, by any of its names where it is this machine."""
        own = self._base.hostname or ""
        return host == own or (host in _THIS_MACHINE and own in _THIS_MACHINE)

    def _allowed(self, url: str) -> str:
        """The address, over TLS wherever the provider itself is reached so.

        Raises:
            BadOutput: it is no web address, or one inside our own network.
        """
        try:
            parts = urlsplit(url)
            scheme, host = parts.scheme, parts.hostname or ""
        except ValueError:
            scheme, host = "", ""
        if scheme not in ("http", "https") or not host or (_inside(host) and not self._own(host)):
            raise BadOutput(
                f"{self._provider} names {url[:80]!r} as the address of a file; it is not fetched.", provider=self._provider
            )
        return url.replace("http://", "https://", 1) if self._base.scheme == "https" else url


def _inside(host: str) -> bool:
    """A name or bare address that may belong to our own network."""
    bare = ":" in host or bool(re.fullmatch(r"[\d.]+|0x[\da-f.x]+", host))
    return bare or host == "localhost" or host.endswith((".local", ".internal", ".localhost"))
