"""Processes by forking: a loader imports once what the stack's processes share, and each of them begins as a copy of it.

A copy starts in milliseconds where an interpreter of its own loads the same libraries for seconds, and shares their memory with
the others. The loader is itself a fork of the supervisor, with one thread and no connection, runtime or logging. A copy is made
through a process between that ends at once, so that the kernel gives it to the supervisor: it is the supervisor's own child,
which waits for it, kills it and is told its exit code. The loader may die: what it started lives on, what comes later is
started as an ordinary process.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from workers.collector import collect_rarely
from workers.ending import end_process

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
MESSAGE = 1 << 20
"""Bytes of the longest message: an environment."""
ANSWER_SECONDS = 40.0
"""Longest wait for a copy: what was asked to be loaded before it is loaded first, which a busy machine may take ten seconds for."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Numerical libraries start threads as they load, which a fork would have to end first, under their own locks."""


class Copy:
    """A process that the loader made: a child of this process, with the part of `subprocess.Popen` that a supervisor uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """The exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.01)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class Loader:
    """The supervisor's end: asks for modules to be loaded, and for copies that run one of them."""

    def __init__(self, process: Copy, connection: socket.socket) -> None:
        self._process = process
        self._connection: socket.socket | None = connection

    @classmethod
    def start(cls) -> Loader | None:
        """Fork the loader from this process, which must have one thread only; None where it cannot be (another kernel, threads)."""
        if not _alone() or not _control(PR_SET_CHILD_SUBREAPER, 0):
            return None
        sys.stdout.flush()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            # Nothing of the supervisor's may be run or closed by a copy of it: it never leaves these lines.
            _become("loader", __name__, supervisor, signal.SIGKILL)
            ours.close()
            copy = _serve(theirs, supervisor)
            _run(copy)
        theirs.close()
        ours.settimeout(ANSWER_SECONDS)
        return cls(Copy(pid), ours)

    @property
    def pid(self) -> int:
        """The loader's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def load(self, modules: Sequence[str]) -> None:
        """Have modules imported, after what was asked for before; returns at once. One that cannot be is left to who needs it."""
        self._send({"load": list(modules)})

    def run(self, module: str, environment: Mapping[str, str], output: IO[bytes]) -> Copy | None:
        """Run `main()` of a module in a copy, its output in a file; None when there is no loader (any more).

        Its parent is this process, with whose end it is told to end too.
        """
        if self._connection is None:
            return None
        _control(PR_SET_CHILD_SUBREAPER, 1)
        try:
            if self._send({"run": module, "environment": dict(environment)}, output.fileno()):
                with contextlib.suppress(OSError, ValueError):
                    return Copy(int(self._connection.recv(64)))
        finally:
            _control(PR_SET_CHILD_SUBREAPER, 0)
        self.stop()
        return None

    def stop(self) -> None:
        """End the loader; the copies go on."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._process.kill()
            self._process.wait(10)

    def _send(self, message: Mapping[str, Any], *files: int) -> bool:
        if self._connection is None:
            return False
        try:
            socket.send_fds(self._connection, [json.dumps(message).encode()], files)
        except OSError:
            self.stop()
            return False
        return True


@dataclass(frozen=True)
class _Asked:
    """What a copy is to run."""

    module: str
    environment: dict[str, str]


def _serve(connection: socket.socket, supervisor: int) -> _Asked:
    """The loader's loop; returns in a copy only, as soon as it is the supervisor's child, and ends the process otherwise."""
    # The collector has nothing to collect while modules load, and would write to every page that copies share.
    gc.disable()
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)
    while True:
        data, files, _, _ = socket.recv_fds(connection, MESSAGE, 1)
        if not data:
            os._exit(0)
        message = json.loads(data)
        for module in message.get("load", ()):
            with contextlib.suppress(Exception):
                importlib.import_module(module)
        if "run" not in message:
            continue
        if not _alone():  # what another thread holds would stay held in the copy: the supervisor goes on without a loader
            os._exit(1)
        gc.freeze()
        between = os.fork()
        if between == 0:
            if os.fork():
                os._exit(0)
            _hand_over(message["run"], files[0], connection, supervisor)
            return _Asked(message["run"], message["environment"])
        os.close(files[0])
        os.waitpid(between, 0)


def _hand_over(module: str, output: int, connection: socket.socket, supervisor: int) -> None:
    """In a new copy: become the supervisor's child, take the output file, and say who one is."""
    deadline = time.monotonic() + 5
    while os.getppid() != supervisor:
        if time.monotonic() > deadline:
            os._exit(1)
        time.sleep(0.001)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    _become(module.rpartition(".")[2], module, supervisor, signal.SIGTERM)
    try:
        connection.send(str(os.getpid()).encode())
    except OSError:
        os._exit(1)
    connection.close()


def _run(asked: _Asked) -> NoReturn:
    """Be the process that was asked for, and end it as an interpreter of its own would."""
    code: Any = 1
    try:
        os.environ.update(asked.environment)
        sys.argv = [asked.module]
        collect_rarely()
        gc.enable()
        code = importlib.import_module(asked.module).main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    end_process(code if isinstance(code, int) else 0 if code is None else 1)


def _become(name: str, module: str, supervisor: int, end: signal.Signals) -> None:
    """A session, signals, streams and a name of one's own; `end` comes when the supervisor has ended."""
    with contextlib.suppress(PermissionError):  # leads one already
        os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    end_with(supervisor, end)
    if name == "loader":
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)
    _name(f"ytempire-{name}", module)


def end_with(parent: int, end: signal.Signals) -> None:
    """In a new process: be sent this signal when the thread that made it ends; end at once where the parent has ended already."""
    _control(PR_SET_PDEATHSIG, end)
    if os.getppid() != parent:
        os._exit(1)


def _name(short: str, module: str) -> None:
    """What `top` and `ps` show: the kernel's name (15 bytes), and a command line as of `python -m module`."""
    buffer = ctypes.create_string_buffer(short.encode()[:15])
    _control(PR_SET_NAME, ctypes.addressof(buffer))
    # The command line is the memory that the interpreter was started with, which this is a copy of.
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path("/proc/self/stat").read_bytes().rpartition(b") ")[2].split()
        first, last = int(fields[45]), int(fields[46])
        line = b"\0".join((Path(sys.executable).name.encode(), b"-m", module.encode()))
        if 0 < first < last:
            ctypes.memmove(first, line[: last - first - 1].ljust(last - first, b"\0"), last - first)


def _alone() -> bool:
    """Whether this process has one thread: others would be missing from a copy, whatever they hold."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def _control(option: int, value: int) -> bool:
    try:
        return bool(ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False
