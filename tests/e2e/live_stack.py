"""A real stack in processes of its own, for tests that use it as a person would, and kill parts of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from activities.http import tls
from models.settings import ROOT, Settings
from workers.processes import start_process
from workers.stack import Running, running_stack

ENDS = frozenset({"published", "completed", "rejected", "cancelled", "failed"})
MADE_ONCE = frozenset(
    {
        "write_script",
        "speak",
        "find_footage",
        "make_thumbnail",
        "make_captions",
        "plan_film",
        "render_film",
        "check_film",
        "publish",
    }
)
"""Activities that make something: each ends once for each input, whatever dies meanwhile."""
SCRIPT = """---
title: Tides {name}
format: economy
---

## Twice a day

The sea comes and goes, twice a day. {name}.

## The moon

The moon pulls the water on the near side.

## The turn

The Earth turns under both bulges.
"""


def script_of(name: str) -> str:
    """A film of its own: nothing of another one can be used for it."""
    return SCRIPT.format(name=name)


class LiveStack:
    """`ytempire up` over one data folder; started, killed and started again at will."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.films = folder / "films"
        self.environment = {
            "YTEMPIRE_DATA_DIR": str(self.data),
            "YTEMPIRE_FILMS_DIR": str(self.films),
            "YTEMPIRE_API_PORT": str(free_port()),
            "YTEMPIRE_TEMPORAL_PORT": str(free_port()),
            "YTEMPIRE_TEMPORAL_UI_PORT": str(free_port()),
            "PYTHONPATH": str(ROOT),
        } | {f"YTEMPIRE_{name.upper()}": value for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        """Settings that see this stack's data folder."""
        return Settings(_env_file=None, data_dir=self.data, films_dir=self.films)  # type: ignore[call-arg]

    @property
    def running(self) -> Running:
        """What the stack wrote down of itself."""
        found = running_stack(self.settings)
        assert found is not None, "the stack does not run"
        return found

    def start(self) -> LiveStack:
        """Start it and wait until the API answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "up.log").open("ab") as log:
            # Ends with the test process, however that ends.
            self._process = start_process([sys.executable, "-m", "workers.cli", "up"], log, self.environment)
        self.until(
            lambda: running_stack(self.settings) is not None or (self._process is not None and self._process.poll() is not None),
            180,
        )
        assert running_stack(self.settings) is not None, self.log()
        return self

    def log(self) -> str:
        """What every process of the stack said last."""
        parts = [
            (path.name, path.read_text(errors="replace")[-1500:])
            for path in [self.folder / "up.log", *(self.data / "logs").glob("*.log")]
        ]
        return "\n".join(f"--- {name}\n{text}" for name, text in parts)

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another `ytempire` command over the same folder."""
        return subprocess.run(
            [sys.executable, "-m", "workers.cli", *words],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def family(self) -> list[psutil.Process]:
        """Every process that the stack started."""
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def child(self, module: str) -> psutil.Process:
        """The process that runs `python -m module`."""
        for process in self.family():
            if module in process.cmdline():
                return process
        raise AssertionError(f"no process runs {module}\n{self.log()}")

    def kill(self, module: str) -> None:
        """kill -9 of one process; the supervisor starts it again."""
        self.until(lambda: self.has(module))
        self.child(module).kill()

    def has(self, module: str) -> bool:
        """Whether such a process runs."""
        try:
            return self.child(module).is_running()
        except (AssertionError, psutil.Error):
            return False

    def kill_everything(self) -> None:
        """kill -9 of the supervisor and all that it started, servers included."""
        assert self._process is not None
        family = [*self.family(), psutil.Process(self._process.pid), *self._database()]
        _kill(family)
        self._process.wait(30)
        psutil.wait_procs(family, timeout=10)

    def kill_database(self) -> None:
        """kill -9 of every process of PostgreSQL."""
        database = self._database()
        _kill(database)
        psutil.wait_procs(database, timeout=10)

    def _database(self) -> list[psutil.Process]:
        postmaster = self.data / "postgres" / "cluster" / "postmaster.pid"
        if not postmaster.exists():
            return []
        server = psutil.Process(int(postmaster.read_text().splitlines()[0]))
        return [server, *server.children(recursive=True)]

    # --- as a client ----------------------------------------------------------------------------------------------------

    def client(self) -> httpx.Client:
        """Calls as the command line makes them."""
        token = (self.data / "cli-token").read_text().strip()
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.environment['YTEMPIRE_API_PORT']}/api/v1",
            headers={"X-API-Key": token},
            timeout=30,
            verify=tls(),
        )

    def ask(self, key: str = "", **body: Any) -> str:
        """Ask for a video, under this key or one of its own; answers its id."""
        with self.client() as client:
            answer = client.post("/videos/generate", json=body, headers={"Idempotency-Key": key or str(uuid4())})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def video(self, video_id: str) -> dict[str, Any]:
        """Its detail; {} while the API is away."""
        try:
            with self.client() as client:
                answer = client.get(f"/videos/{video_id}")
            found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
            return found
        except httpx.TransportError:
            return {}

    def finished(self, video_id: str, timeout: float = 300) -> dict[str, Any]:
        """Its detail once it has ended."""
        found: dict[str, Any] = {}

        def ended() -> bool:
            found.update(self.video(video_id))
            return found.get("status") in ENDS

        self.until(ended, timeout, pause=0.2, of=lambda: f"{found}\n")
        return found

    def until_status(self, video_id: str, status: str, timeout: float = 90) -> None:
        """Wait until the video has come to this state (or past it)."""
        self.until(lambda: self.video(video_id).get("status") in (status, *ENDS), timeout)
        assert self.video(video_id)["status"] == status, self.video(video_id)

    def ended_steps(self, video_id: str) -> Counter[str]:
        """How often each activity of the run that makes something has completed, by name and input."""

        async def read() -> Counter[str]:
            client = await Client.connect(self.running.temporal_address)
            history = await client.get_workflow_handle(f"video-{video_id}").fetch_history()
            scheduled = {event.event_id: event.activity_task_scheduled_event_attributes for event in history.events}
            done: Counter[str] = Counter()
            for event in history.events:
                if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                    asked = scheduled[event.activity_task_completed_event_attributes.scheduled_event_id]
                    if asked.activity_type.name in MADE_ONCE:
                        done[f"{asked.activity_type.name} {asked.input.payloads[0].data.decode()}"] += 1
            return done

        return asyncio.run(read())

    def segments(self) -> dict[Path, float]:
        """Finished render segments, with the time they were written."""
        return {path: path.stat().st_mtime_ns for path in (self.data / "artifacts" / "segment").glob("*/*") if "#" not in path.name}

    def until(
        self, holds: Callable[[], bool], timeout: float = 60, pause: float = 0.05, of: Callable[[], str] = lambda: ""
    ) -> None:
        """Wait for something to hold, failing with `of` it, every process and every log when it does not come."""
        deadline = time.monotonic() + timeout
        while not holds():
            assert time.monotonic() < deadline, f"waited {timeout} s in vain\n{of()}{self.processes()}\n{self.log()}"
            time.sleep(pause)

    def processes(self) -> str:
        """What each process of the stack is doing, and for how long it has worked."""
        told = []
        with contextlib.suppress(psutil.Error, AssertionError):
            for each in self.family():
                times, words = each.cpu_times(), " ".join(filter(None, each.cmdline()))
                told.append(f"{each.pid} {each.status()} {each.num_threads()} threads {times.user + times.system:.1f} s {words}")
        return "\n".join(told)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stacks(folder: Path, **settings: str) -> Iterator[LiveStack]:
    """For fixtures: a started stack that leaves no process behind."""
    stack = LiveStack(folder, **settings).start()
    try:
        yield stack
    finally:
        with contextlib.suppress(psutil.Error):
            stack.kill_everything()
