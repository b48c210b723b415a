"""Sends events over HTTP to addresses that users chose, and only to those that a user may make us call.

The name is resolved here and the connection goes to the address that was checked, so that no second answer of the name server
can lead inside. Redirects are not followed, proxies of the environment are not used, answers are read to 2 KiB.
"""

from __future__ import annotations

import asyncio
import ssl

import httpcore

from activities.addresses import NotPublic, PublicNetwork
from activities.http import tls
from activities.webhooks.port import Answer, NotSent

SECONDS = 10.0
READ_BYTES = 2048


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
        network = PublicNetwork(private_too=self._private_too)
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
        except NotPublic as error:
            raise NotSent(f"{error} Webhooks do not go there.") from error
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
