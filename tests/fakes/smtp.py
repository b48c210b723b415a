"""A mail server on loopback: takes every mail and keeps whom it was for and what it said."""

from __future__ import annotations

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class SmtpServer:
    """Its port, and the mails that came: to whom, and the text."""

    port: int = 0
    mails: list[tuple[str, str]] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SmtpServer]:
        """Listen until the block ends."""
        server = await asyncio.start_server(self._talk, "127.0.0.1")
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = ""
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            word, _, rest = line.decode().strip().partition(":")
            if word.upper().startswith("RCPT"):
                to = rest.strip("<> ")
            elif word.upper() == "DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append((to, str(email.message_from_bytes(content.removesuffix(b".\r\n")).get_payload()).strip()))
            writer.write(b"221 bye\r\n" if word.upper() == "QUIT" else b"250 yes\r\n")
        writer.close()
