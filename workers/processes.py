"""Child processes of the stack: started, watched, started again when they die, ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import structlog

from workers.forking import Copy, Loader, end_with

log = structlog.get_logger(__name__)

RESTART_PAUSES = (0.2, 1.0, 3.0, 10.0)
LONG_LIFE = 60.0
"""Seconds after which a process that dies has not died at once."""
LOG_LIMIT = 10_000_000


def start_process(
    command: Sequence[str], output: IO[bytes], environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Run `command` in a session of its own (Ctrl-C is the parent's alone); it is told to end when this thread dies."""
    return subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=partial(end_with, os.getpid(), signal.SIGTERM),  # noqa: PLW1509 - two system calls, which take no lock
    )


def open_log(path: Path) -> IO[bytes]:
    """To write at the end of a log. A long one goes aside first, for the one before it: what dies at each start fills no disk."""
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


@dataclass
class Restarts:
    """How often a process was started again, and when it may be once more: later each time while it dies at once."""

    count: int = 0
    _started: float = 0.0

    def begun(self) -> None:
        """It starts now."""
        self._started = time.monotonic()

    def due(self) -> bool:
        """Whether the pause is over; if so, the restart counts."""
        lived = time.monotonic() - self._started
        if lived > LONG_LIFE:
            self.count = 0
        if lived < RESTART_PAUSES[min(self.count, len(RESTART_PAUSES) - 1)]:
            return False
        self.count += 1
        return True


@dataclass
class Child:
    """One process of the stack."""

    name: str
    module: str
    process: subprocess.Popen[bytes] | Copy | None = None
    restarts: Restarts = field(default_factory=Restarts)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None


class Processes:
    """The children of one supervisor. Not thread-safe: one loop starts, tends and stops them."""

    def __init__(self, logs: Path, environment: Mapping[str, str], loader: Loader | None = None) -> None:
        """`loader` makes the processes where it can; without one each loads its libraries itself."""
        self._logs = logs
        self._loader = loader
        self._environment = dict(environment)
        self.children: list[Child] = []

    def start(self, child: Child) -> None:
        """Run the module's `main()`, its output in a log file of its own."""
        self._logs.mkdir(parents=True, exist_ok=True)
        with open_log(self._logs / f"{child.name}.log") as output:
            copy = self._loader.run(child.module, self._environment, output) if self._loader else None
            child.process = copy or start_process([sys.executable, "-m", child.module], output, self._environment)
        child.restarts.begun()
        if child not in self.children:
            self.children.append(child)

    def tend(self) -> None:
        """Start again what died, with a growing pause for what dies at once."""
        if self._loader is not None and not self._loader.alive:
            log.warning("the loader died: processes that start from now on load their libraries themselves")
            self._loader.stop()
            self._loader = None
        for child in self.children:
            if child.alive or child.process is None or not child.restarts.due():
                continue
            code, count = child.process.returncode, child.restarts.count
            log.warning("process died and is started again", name=child.name, code=code, restarts=count)
            self.start(child)

    def stop(self, timeout: float) -> None:
        """Ask all to end, wait, and kill what does not."""
        for child in self.children:
            if child.alive and child.process is not None:
                child.process.terminate()
        deadline = time.monotonic() + timeout
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait(5)
        self.children.clear()
