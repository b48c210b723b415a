"""Which addresses strangers may make us call: public ones. A name is resolved here, and called at what was checked."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore

_NAT64, _UNICAST = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2000::/3")
_SPECIAL = tuple(ipaddress.ip_network(one) for one in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20"))
"""Given out for purposes of their own, whatever the library says of them."""


class NotPublic(Exception):
    """A name that is not called; the words are for people."""


class Unresolved(NotPublic):
    """A name for which there is no address now."""


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only, so that no second answer of the name server can lead inside."""

    def __init__(self, *, also: frozenset[str] = frozenset(), private_too: bool = False) -> None:
        """`also` names hosts that may be anywhere; `private_too` lets every host be."""
        self._also = also
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
        address = host if host in self._also else await checked_address(host, port, private_too=self._private_too)
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise NotPublic("Sockets of this machine are not called.")

    async def sleep(self, seconds: float) -> None:
        """As the library asks."""
        await asyncio.sleep(seconds)


async def checked_address(host: str, port: int, *, private_too: bool = False) -> str:
    """The first address of `host`, when all of them may be called.

    Raises:
        Unresolved: the name does not exist, or nobody can be asked.
        NotPublic: it leads to a private, loopback or otherwise special address.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"{host[:80]} cannot be resolved.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not private_too and not all(is_public(address) for address in addresses):
        raise NotPublic(f"{host[:80]} leads to a private address.")
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
