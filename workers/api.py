"""The API process: uvicorn serving `api.app`, which is started by name so that workers never import the API."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.importer import import_from_string
from uvicorn.supervisors import Multiprocess

from models.settings import Settings
from workers.collector import collect_as_usual
from workers.forking import end_with

if TYPE_CHECKING:
    from fastapi import FastAPI

QUIET = 0.05
"""Seconds without a new connection after which the kernel's queue is taken as empty."""
LONGEST_QUIET = 1.0
FIRST_WORDS = 0.5
"""Seconds for which a connection that was just made is waited for: its request is on the way."""


class DrainingServer(uvicorn.Server):
    """Uvicorn closes its door with callers still in the kernel's queue, whom that cuts off. Here they are let in first."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, with all loaded."""
        await super().startup(sockets)
        collect_as_usual()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let in who waits, answer every request that was begun, end."""
        state, waited = self.server_state, 0.0
        before = -1
        while len(state.connections) > before and waited < LONGEST_QUIET:
            before = len(state.connections)
            await asyncio.sleep(QUIET)
            waited += QUIET
        for server in self.servers:
            server.close()
        waited = 0.0
        while waited < FIRST_WORDS and any(getattr(connection, "cycle", self) is None for connection in state.connections):
            await asyncio.sleep(QUIET)
            waited += QUIET
        await super().shutdown(sockets)


def one_of_several() -> FastAPI:
    """The app in one of several processes, which ends with the one that made it: else it would keep the port from the next."""
    made_by = multiprocessing.parent_process()
    if made_by is not None and made_by.pid is not None:
        end_with(made_by.pid, signal.SIGTERM)
    app: FastAPI = import_from_string("api.app:create_app")()
    collect_as_usual()
    return app


def main() -> None:
    """Serve until told to stop; requests in flight are answered first."""
    settings = Settings()
    several = settings.api_processes > 1
    config = uvicorn.Config(
        "workers.api:one_of_several" if several else "api.app:create_app",
        factory=True,
        host=settings.api_host,
        port=settings.api_port,
        workers=settings.api_processes if several else None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=int(settings.drain_seconds),
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
    )
    with contextlib.suppress(KeyboardInterrupt):
        if several:
            Multiprocess(config, sockets=[config.bind_socket()]).run()
            return
        server = DrainingServer(config)
        server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
