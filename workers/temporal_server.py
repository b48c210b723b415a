"""The Temporal dev server of the laptop stack, with its web pages and a durable file."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from models.errors import Misconfigured
from models.settings import Settings
from models.videos.attributes import SEARCH_ATTRIBUTES
from workers.ports import choose
from workers.processes import Restarts, open_log, start_process

DYNAMIC = (
    "history.transferProcessorMaxPollRPS=2000",
    "frontend.namespaceCount=10000",
    "matching.enableFairness=true",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
)
"""A lone run needs fast polls; many waiting results need the count; fairness by user is exact on one partition."""


def find_binary(settings: Settings) -> Path:
    """The `temporal` program: the operator's by setting, then PATH, then the virtual environment's.

    Raises:
        Misconfigured: there is none.
    """
    if settings.temporal_bin is not None:
        if not settings.temporal_bin.exists():
            raise Misconfigured(f"YTEMPIRE_TEMPORAL_BIN names {settings.temporal_bin}, which does not exist.")
        return settings.temporal_bin
    for found in (shutil.which("temporal"), Path(sys.prefix) / "bin" / "temporal"):
        if found and Path(found).exists():
            return Path(found)
    raise Misconfigured("There is no `temporal` program.", hint="Run ./ytempire once: its set-up installs one.")


class TemporalServer:
    """One dev server for one data folder; it ends with the process that started it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.folder = settings.data_dir / "temporal"
        self.log = self.folder / "server.log"
        self.port = 0
        self.ui_port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._restarts = Restarts()

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.port}"

    @property
    def ui_url(self) -> str:
        """Address of the web pages."""
        return f"http://127.0.0.1:{self.ui_port}"

    @property
    def alive(self) -> bool:
        """Whether the server that this process started runs."""
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start it without waiting. The same ports and the same file as last time, so that yesterday's runs go on.

        Raises:
            Misconfigured: no program, or a port that was asked for is taken.
        """
        settings = self._settings
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = choose(settings.temporal_port, "Temporal", "YTEMPIRE_TEMPORAL_PORT", self.folder / "port", 7233)
        self.ui_port = choose(
            settings.temporal_ui_port, "Temporal's web pages", "YTEMPIRE_TEMPORAL_UI_PORT", self.folder / "ui-port", 8233
        )
        command = [str(find_binary(settings)), "server", "start-dev", "--ip", "127.0.0.1"]
        command += ["--port", str(self.port), "--ui-port", str(self.ui_port), "--db-filename", str(self.folder / "temporal.db")]
        command += ["--namespace", settings.temporal_namespace, "--ui-disable-news-fetch", "--log-level", "warn"]
        for pragma in ("journal_mode=WAL", "synchronous=1"):
            command += ["--sqlite-pragma", pragma]
        for value in DYNAMIC:
            command += ["--dynamic-config-value", value]
        for name, kind in SEARCH_ATTRIBUTES.items():
            command += ["--search-attribute", f"{name}={kind}"]
        self._restarts.begun()
        with open_log(self.log) as log:
            self._process = start_process(command, log)

    def tend(self) -> None:
        """Start it again when it died, with a growing pause where it dies at once.

        Raises:
            Misconfigured: as `launch`.
        """
        if not self.alive and self._restarts.due():
            self.launch()

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Return when it takes connections.

        Raises:
            Misconfigured: it ended, or does not answer in time; the end of its log is in the message.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if not self.alive:
                break
            time.sleep(0.03)
        tail = self.log.read_text(errors="replace")[-600:].strip() if self.log.exists() else ""
        raise Misconfigured(f"The Temporal server did not start. Its log ends: {tail}", hint=f"The whole log is {self.log}.")

    def kill(self) -> None:
        """End it without waiting; its file keeps every run.

        Asked politely, it waits a second for calls of clients who have all ended before it. What it said is done is in its
        file: a killed server goes on from there, which the tests of durability prove.
        """
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def stop(self, timeout: float = 10.0) -> None:
        """End it, and return when it has ended."""
        self.kill()
        if self._process is not None:
            self._process.wait(timeout)
