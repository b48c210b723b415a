"""Fetching a file that a provider named: streamed to disk, bounded in bytes and time, and only from where files of others lie."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

import httpcore
import httpx

from activities.addresses import NotPublic, PublicNetwork, Unresolved
from activities.bodies import ACCEPTED, beginning_of, pieces_of
from activities.http import error_for, error_from, tls
from models.errors import BadOutput, Unavailable

REDIRECTS = 3
_OPEN_TYPES = ("application/octet-stream", "binary/octet-stream")
_GONE = (401, 403, 404, 410)
"""No key is sent to where files lie, so these say that an address is wrong or too old, not that our key is."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


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
                httpx.AsyncClient(timeout=self._seconds, verify=tls(), mounts={"all://": self._only_outside()}) as client,
            ):
                for _ in range(REDIRECTS + 1):
                    asked = client.build_request("GET", address, headers={"accept-encoding": ACCEPTED})
                    answer = await client.send(asked, stream=True)
                    try:
                        if answer.next_request is None:
                            return await self._received(answer, to, kind)
                        address = self._allowed(str(answer.next_request.url))
                    finally:
                        await answer.aclose()
                raise BadOutput(f"{self._provider} sends its callers round in circles.", provider=self._provider)
        except Unresolved as error:
            raise Unavailable(f"A file of {self._provider} cannot be fetched: {error}", provider=self._provider) from error
        except (NotPublic, httpx.InvalidURL) as error:
            raise BadOutput(f"{self._provider} names a file that is not fetched: {error}", provider=self._provider) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise error_from(self._provider, error) from error

    def _only_outside(self) -> httpx.AsyncHTTPTransport:
        """Connections that lead outside whatever a name server says. A proxy of the environment wins: then it knows the way."""
        transport = httpx.AsyncHTTPTransport(verify=tls())
        own = {self._base.hostname or ""} | (set(_THIS_MACHINE) if self._base.hostname in _THIS_MACHINE else set())
        # The library lets only its pool choose how names are resolved.
        transport._pool = httpcore.AsyncConnectionPool(ssl_context=tls(), network_backend=PublicNetwork(also=frozenset(own)))
        return transport

    async def _received(self, answer: httpx.Response, to: Path, kind: str) -> str:
        if answer.status_code in _GONE:
            raise BadOutput(f"{self._provider} has the file no more (HTTP {answer.status_code}).", provider=self._provider)
        if answer.status_code != 200:
            words = await beginning_of(self._provider, answer, 10_000)
            raise error_for(self._provider, answer.status_code, answer.headers, words)
        return await self._streamed(answer, to, kind)

    async def _streamed(self, answer: httpx.Response, to: Path, kind: str) -> str:
        media_type = answer.headers.get("content-type", _OPEN_TYPES[0]).partition(";")[0].strip().lower()[:100]
        if not media_type.startswith((kind, *_OPEN_TYPES)):
            raise BadOutput(f"{self._provider} delivered {media_type} where a file was due.", provider=self._provider)
        size = 0
        with to.open("wb") as part:
            async for chunk in pieces_of(self._provider, answer, self._largest):
                size += len(chunk)
                await asyncio.to_thread(part.write, chunk)
        if not size:
            raise BadOutput(f"{self._provider} delivered an empty file.", provider=self._provider)
        return str(media_type)

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
    return bare or "." not in host.rstrip(".") or host.rstrip(".").endswith((".local", ".internal", ".localhost"))
