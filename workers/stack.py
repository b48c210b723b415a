"""The laptop stack of `ytempire up`: embedded PostgreSQL, Temporal dev server, API and workers, in one process group."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import structlog

from models.errors import DISK_FULL, Conflict, Misconfigured, YtempireError
from models.settings import Settings
from workers.forking import Loader
from workers.migrate import upgrade
from workers.ports import choose
from workers.postgres_server import PostgresServer
from workers.processes import Child, Processes
from workers.temporal_server import TemporalServer

TEND_SECONDS = 0.3
RETRY_SECONDS = 5.0
"""Until what could not be started again is tried once more."""
UNWRITABLE = (*DISK_FULL, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Running:
    """A stack that runs, as it is written down for other commands."""

    pid: int
    api_url: str
    temporal_address: str
    temporal_ui_url: str
    started: str | float
    """Its process's `start_mark`; a number, the time of its start, as an older release wrote it."""

    @property
    def alive(self) -> bool:
        """Whether its process still runs."""
        if isinstance(self.started, str):
            return self.started != "" and start_mark(self.pid) == self.started
        try:
            return abs(psutil.Process(self.pid).create_time() - self.started) < 2
        except psutil.Error:
            return False


def start_mark(pid: int) -> str:
    """What no other process ever has: the boot, and the clock ticks after it at which this one started; "" where it has ended.

    Not the time of day: that moves when the clock is set, as after a laptop's sleep.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (OSError, ValueError):
        return ""
    return "" if state in (b"Z", b"X") else f"{boot} {int(fields[18])}"


def note_path(settings: Settings) -> Path:
    """Where a running stack is written down."""
    return settings.data_dir / "stack.json"


def token_path(settings: Settings) -> Path:
    """The key by which commands speak to the API; the API writes it at its first start."""
    return settings.data_dir / "cli-token"


def running_stack(settings: Settings) -> Running | None:
    """The stack that runs over this data folder, None when none does."""
    try:
        running = Running(**json.loads(note_path(settings).read_text()))
        return running if running.alive else None
    except (OSError, ValueError, TypeError):
        return None


def folder_taken(settings: Settings) -> bool:
    """Whether a stack holds the data folder, which one does from the first moment of its start to the last of its end."""
    try:
        with (settings.data_dir / "stack.lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def unwritable(settings: Settings, error: OSError) -> Misconfigured:
    """The data folder takes nothing, and what to do."""
    return Misconfigured(
        f"The data folder {settings.data_dir} cannot be written: {error.strerror}.",
        hint="Free space on its disk and start again."
        if error.errno in DISK_FULL
        else "Give this user the folder, or set YTEMPIRE_DATA_DIR to another one.",
    )


def _silent(_: str) -> None:
    """Say nothing."""


class Stack:
    """Everything a laptop needs, over one data folder, which one stack at a time may hold."""

    def __init__(self, settings: Settings, say: Callable[[str], None] = _silent) -> None:
        """`say` is told what is being started, for people."""
        self._settings = settings
        self._say = say
        self._lock: IO[str] | None = None
        self._postgres: PostgresServer | None = None
        self._temporal: TemporalServer | None = None
        self._processes: Processes | None = None
        self._loader: Loader | None = None
        self._ending = threading.Event()
        self._retry_at = 0.0
        self._tending: threading.Thread | None = None
        self.api_url = ""

    def start(self) -> Running:
        """Start all of it and return when the API answers.

        Raises:
            Conflict: another stack holds the data folder.
            Misconfigured: a disk, folder, port or program is not as it must be; what was started is stopped again.
        """
        self._loader = Loader.start()  # before there is a second thread
        if self._loader is not None:
            self._loader.load(["workers.shared"])
        try:
            self._take_folder()
        except (Conflict, Misconfigured):
            self._end_loader()
            raise
        ready: dict[str, BaseException | None] = {}
        started = threading.Event()
        self._tending = threading.Thread(target=self._tend, args=(ready, started), name="stack", daemon=True)
        self._tending.start()
        started.wait()
        error = ready.get("error")
        if error is not None:
            self.stop()
            raise error
        try:
            return self._write_down()
        except OSError as unwritten:
            self.stop()
            raise unwritable(self._settings, unwritten) from unwritten

    def stop(self) -> None:
        """End everything cleanly; nothing is lost, and the next start goes on."""
        self._ending.set()
        if self._tending is not None:
            self._tending.join(self._settings.drain_seconds + 30)
        if self._lock is not None:  # else the note is another stack's
            note_path(self._settings).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    # --- inside -------------------------------------------------------------------------------------------------------

    def _tend(self, ready: dict[str, BaseException | None], started: threading.Event) -> None:
        """Own every child: this thread starts them, because they end with the thread that started them."""
        try:
            self._launch()
        except OSError as error:
            ready["error"] = unwritable(self._settings, error) if error.errno in UNWRITABLE else error
        except BaseException as error:
            ready["error"] = error
        started.set()
        while not ready.get("error") and not self._ending.wait(TEND_SECONDS):
            self._tend_once()
        self._end_all()

    def _launch(self) -> None:
        settings = self._settings
        environment = {
            "YTEMPIRE_DATA_DIR": str(settings.data_dir.absolute()),
            "YTEMPIRE_FILMS_DIR": str(settings.films_dir.absolute()),
        }
        address, ui_url = settings.temporal_address, settings.temporal_ui_url
        if not address:
            self._say("starting Temporal")
            self._temporal = TemporalServer(settings)
            self._temporal.launch()
            address, ui_url = self._temporal.address, ui_url or self._temporal.ui_url
        url = settings.database_url.get_secret_value()
        if not url:
            self._say("starting PostgreSQL")
            self._postgres = PostgresServer(settings.data_dir / "postgres", settings.postgres_port, settings.postgres_dir).start()
            url = self._postgres.url()
        upgrade(url)
        asked = settings.api_port if "api_port" in settings.model_fields_set else 0
        port = choose(asked, "the API", "YTEMPIRE_API_PORT", settings.data_dir / "api-port", settings.api_port)
        self.api_url = f"http://{settings.api_host}:{port}"
        environment |= {
            "YTEMPIRE_DATABASE_URL": url,
            "YTEMPIRE_TEMPORAL_ADDRESS": address,
            "YTEMPIRE_TEMPORAL_UI_URL": ui_url,
            "YTEMPIRE_API_PORT": str(port),
            "YTEMPIRE_PUBLIC_URL": settings.public_url if "public_url" in settings.model_fields_set else self.api_url,
            "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        }
        self._say("starting the API and the workers")
        self._processes = Processes(settings.data_dir / "logs", environment, self._loader)
        self._note = Running(os.getpid(), self.api_url, address, ui_url, start_mark(os.getpid()))
        self._processes.start(Child("api", "workers.api"))
        if self._loader is not None:
            self._loader.load(["workers.shared_by_workers"])  # while the API loads its own
        self._processes.start(Child("control", "workers.control"))
        if self._temporal is not None:
            self._temporal.wait_ready()
        # Loading is all work: who is needed last does not keep the others from the cores.
        self._wait_for_api()
        self._processes.start(Child("render", "workers.render"))

    def _tend_once(self) -> None:
        """Start again what died. What cannot be (a full disk, a port taken meanwhile) is told, and tried again: everything else
        ends with this thread."""
        if time.monotonic() < self._retry_at:
            return
        try:
            if self._processes is not None:
                self._processes.tend()
            if self._temporal is not None:
                self._temporal.tend()
            if self._postgres is not None and self._postgres.pid() is None:
                self._postgres.start()
        except (YtempireError, OSError) as error:
            log.warning("a part of the stack cannot be started again and is tried in a moment", error=str(error))
            self._retry_at = time.monotonic() + RETRY_SECONDS

    def _end_loader(self) -> None:
        if self._loader is not None:
            self._loader.stop()

    def _end_all(self) -> None:
        self._end_loader()
        if self._processes is not None:
            self._processes.stop(self._settings.drain_seconds + 5)
        if self._temporal is not None:
            self._temporal.kill()
        if self._postgres is not None:
            self._postgres.stop(spare=True)
        if self._temporal is not None:
            self._temporal.stop()

    def _take_folder(self) -> None:
        folder = self._settings.data_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / "stack.lock").open("a+")
        except OSError as error:
            raise unwritable(self._settings, error) from error
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.05)  # somebody may only have looked whether it is taken
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            other = running_stack(self._settings)
            where = f" (process {other.pid}, {other.api_url})" if other else ""
            raise Conflict(
                f"Another stack already runs over {folder}{where}.",
                hint="Use that one, end it with `./ytempire down`, or set YTEMPIRE_DATA_DIR to another folder.",
            ) from error
        self._lock = lock

    def _wait_for_api(self, timeout: float = 60.0) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                with urlopen(f"{self.api_url}/api/v1/health", timeout=2):  # noqa: S310 - our own address
                    if token_path(self._settings).exists():
                        return
            except (URLError, OSError):
                pass
            if self._ending.wait(0.05):
                break
            self._tend_once()
        raise Misconfigured("The API does not answer.", hint=f"Its log says why: {self._settings.data_dir / 'logs' / 'api.log'}")

    def _write_down(self) -> Running:
        path = note_path(self._settings)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self._note)))
        part.replace(path)
        return self._note
