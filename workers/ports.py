"""TCP ports of the laptop stack: the asked one or a clear refusal; the usual one or a free one."""

from __future__ import annotations

import socket
from pathlib import Path

from models.errors import Misconfigured


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nobody listens there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def choose(asked: int, what: str, setting: str, remembered: Path, usual: int = 0) -> int:
    """The port to listen on: `asked` if set, else the one of last time, else `usual` or any free one; written to `remembered`.

    Raises:
        Misconfigured: the asked port is taken.
    """
    if asked:
        if not is_free(asked):
            raise Misconfigured(
                f"Port {asked}, which {setting} names for {what}, is taken by another program.",
                hint=f"Stop that program, or set {setting} to another port (0: a free one is found).",
            )
        return asked
    for port in (port_of(remembered), usual):
        if port and is_free(port):
            return remember(remembered, port)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return remember(remembered, int(probe.getsockname()[1]))


def port_of(remembered: Path) -> int:
    """The port of last time, 0 where none can be read."""
    try:
        return int(remembered.read_text())
    except (OSError, ValueError):
        return 0


def remember(path: Path, port: int) -> int:
    """Write the port down for the next time, whole or not at all: a kill in between must not lose it. Returns it."""
    if port_of(path) == port:
        return port
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(str(port))
    part.replace(path)
    return port
