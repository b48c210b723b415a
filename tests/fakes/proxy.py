"""A TCP proxy that cuts, holds up and refuses connections on demand: the network on a bad day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Passes bytes between its clients and one server until it is told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._open: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._way = asyncio.Event()
        self._way.set()
        self._forgotten: list[asyncio.Event] = []
        self._refusing = False
        self.delay = 0.0
        self.port = 0

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._refusing = True
        for way in self._forgotten:
            way.set()
        for writer in list(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self._refusing = False
        self.delay = 0.0
        self._flowing.set()

    def swallow(self) -> None:
        """Keep connections open and let nothing through: what a lost route looks like."""
        self._flowing.clear()

    def forget(self) -> None:
        """Keep the connections open and let nothing through them ever again; new ones work: a router that lost its table."""
        self._way.clear()
        self._forgotten.append(self._way)
        self._way = asyncio.Event()
        self._way.set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        if self._refusing:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        self._open |= {writer, there_writer}
        way = self._way
        try:
            await asyncio.gather(self._pass(reader, there_writer, way), self._pass(there_reader, writer, way))
        finally:
            self._open -= {writer, there_writer}
            for each in (writer, there_writer):
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                await way.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def proxy(host: str, port: int) -> AsyncIterator[Proxy]:
    """A proxy before `host:port` on a free port of loopback until the block ends."""
    made = Proxy(host, port)
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        made.cut()
