"""Sends events over HTTP to addresses that users chose, and only to those that a user may make us call.

The name is resolved here and the connection goes to the address that was checked, so that no second answer of the name server
can lead inside. Redirects are not followed, proxies of the environment are not used, answers are read to 2 KiB.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from activities.http import tls
from activities.webhooks.port import Answer, NotSent

_NAT64, _UNICAST = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2000::/3")
_SPECIAL = tuple(ipaddress.ip_network(one) for one in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20"))
"""Given out for purposes of their own, whatever the library says of them."""
SECONDS = 10.0
READ_BYTES = 2048


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only."""

    def __init__(self, *, private_too: bool) -> None:
        self._private_too = private_too
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to a checked address of `host`."""
        address = await checked_address(host, port, private_too=self._private_too)
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise NotSent("Webhooks do not go to sockets of this machine.")

    async def sleep(self, seconds: float) -> None:
        """As the library asks."""
        await asyncio.sleep(seconds)


async def checked_address(host: str, port: int, *, private_too: bool) -> str:
    """The first address of `host`, when all of them may be called.

    Raises:
        NotSent: the name does not exist, or leads to a private, loopback or otherwise special address.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotSent(f"{host} cannot be resolved.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not private_too and not all(is_public(address) for address in addresses):
        raise NotSent(f"{host} leads to a private address, where webhooks do not go.")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet at large."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if parsed in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
        if parsed not in _UNICAST:
            return False
    return parsed.is_global and not parsed.is_multicast and not any(parsed in network for network in _SPECIAL)


class HttpSender:
    """The `Sender` over HTTP."""

    def __init__(self, *, private_too: bool = False) -> None:
        """`private_too` allows loopback and private addresses and plain http: for a laptop's own N8N."""
        self._private_too = private_too

    async def send(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """POST it; see the port."""
        if not url.startswith("https://") and not self._private_too:
            raise NotSent("Webhooks go to https addresses only.")
        sent = [*headers.items(), ("content-length", str(len(body)))]
        network = CheckedNetwork(private_too=self._private_too)
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpcore.AsyncConnectionPool(ssl_context=tls(), network_backend=network, retries=0) as pool,
                pool.stream("POST", url, headers=sent, content=body) as response,
            ):
                excerpt = b""
                async for part in response.aiter_stream():
                    excerpt += part
                    if len(excerpt) >= READ_BYTES:
                        break
                return Answer(response.status, _retry_after(response.headers), excerpt[:READ_BYTES].decode(errors="replace"))
        except TimeoutError as error:
            raise NotSent(f"No answer within {SECONDS:.0f} seconds.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, httpcore.UnsupportedProtocol) as error:
            raise NotSent(f"The connection failed: {type(error).__name__}.") from error
        except (ssl.SSLError, OSError, ValueError) as error:
            raise NotSent(f"The connection failed: {type(error).__name__}.") from error


def _retry_after(headers: list[tuple[bytes, bytes]]) -> float | None:
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit():
            return float(value)
    return None
