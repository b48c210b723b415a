"""Processes that begin as copies of a loader: as separate, as watched and as mortal as those with an interpreter of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from models.settings import ROOT
from workers.forking import ONE_THREAD

Start = Callable[..., "Supervisor"]


class Supervisor:
    """A supervisor in a process of its own, with one process to tend."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers.supervised", words[0], str(folder), *words[1:]],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self, holds: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next thing it says of which this holds."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said: dict[str, Any] = json.loads(line)
            if holds(said):
                return said
        raise AssertionError(f"the supervisor ended: {self.log()}")

    def log(self) -> str:
        """What its process wrote."""
        return (self.folder / "child.log").read_text()

    def child_said(self) -> dict[str, Any]:
        """The first line of its process, once it is there."""
        while not self.log():
            assert self.process.poll() is None
        said: dict[str, Any] = json.loads(self.log().splitlines()[0])
        return said


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Supervisor] = []

    def begin(*words: str) -> Supervisor:
        started.append(Supervisor(tmp_path, *words))
        return started[-1]

    yield begin
    for each in started:
        family: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            family = psutil.Process(each.process.pid).children(recursive=True)
        each.process.kill()
        each.process.wait()
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.kill()


def gone(*pids: int) -> bool:
    """Whether these processes end; those that wait, dead, for somebody to ask after them have ended."""
    processes = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            processes.append(psutil.Process(pid))
    _, alive = psutil.wait_procs(processes, timeout=20)
    return all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


def test_a_copy_is_the_supervisors_own_child_with_a_session_a_log_and_a_name_of_its_own(start: Start) -> None:
    supervisor = start("stay")
    told = supervisor.told()
    # The three streams and nothing of the supervisor's or the loader's.
    assert supervisor.child_said() == {"argv": ["tests.workers.supervised"], "session": True, "files": ["0", "1", "2"]}
    child = psutil.Process(told["child"])
    assert child.ppid() == supervisor.process.pid
    assert child.name() == "ytempire-superv"
    assert "tests.workers.supervised" in child.cmdline()
    assert psutil.Process(told["loader"]).name() == "ytempire-loader"


def test_an_end_in_order_is_one_by_sigterm_and_leaves_neither_loader_nor_zombie(start: Start) -> None:
    supervisor = start("stay")
    told = supervisor.told()
    assert supervisor.process.stdin is not None
    supervisor.process.stdin.close()
    assert supervisor.told()["code"] == -signal.SIGTERM
    assert supervisor.process.wait(20) == 0
    assert gone(told["loader"], told["child"])


@pytest.mark.parametrize(("does", "code", "said"), [("refuse", 3, ""), ("break", 1, "RuntimeError: broken on purpose")])
def test_a_copy_that_dies_at_once_tells_its_exit_code_and_is_started_again(start: Start, does: str, code: int, said: str) -> None:
    supervisor = start(does)
    assert supervisor.told(lambda each: each["code"] is not None)["code"] == code
    again = supervisor.told(lambda each: each["restarts"] == 2 and each["code"] is not None)
    assert again["code"] == code
    assert said in supervisor.log()


def test_a_killed_copy_is_started_again(start: Start) -> None:
    supervisor = start("stay")
    first = supervisor.told()
    psutil.Process(first["child"]).kill()
    second = supervisor.told(lambda each: each["restarts"] == 1 and each["code"] is None)
    assert second["child"] != first["child"]
    assert psutil.Process(second["child"]).ppid() == supervisor.process.pid


def test_the_loaders_death_ends_no_process_and_the_next_one_starts_without_it(start: Start) -> None:
    supervisor = start("stay")
    first = supervisor.told()
    psutil.Process(first["loader"]).kill()
    assert gone(first["loader"])
    assert psutil.Process(first["child"]).status() != psutil.STATUS_ZOMBIE
    psutil.Process(first["child"]).kill()
    second = supervisor.told(lambda each: each["restarts"] == 1 and each["code"] is None)
    process = psutil.Process(second["child"])
    assert process.ppid() == supervisor.process.pid
    assert process.cmdline()[0] == sys.executable


def test_a_killed_supervisor_leaves_nothing_behind(start: Start) -> None:
    supervisor = start("stay")
    told = supervisor.told()
    supervisor.process.kill()
    assert gone(told["loader"], told["child"])


def test_a_supervisor_with_threads_starts_ordinary_processes(start: Start) -> None:
    supervisor = start("stay", "threads")
    told = supervisor.told()
    assert told["loader"] is None
    assert psutil.Process(told["child"]).cmdline()[0] == sys.executable


@pytest.mark.parametrize("module", ["workers.shared", "workers.shared_by_workers"])
def test_what_is_loaded_for_all_starts_no_thread(module: str) -> None:
    # A copy is one of a single thread: what others hold at that moment would stay held.
    code = f"import os, {module}\nprint(len(os.listdir('/proc/self/task')))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"


def test_a_loader_that_has_threads_makes_no_copy(start: Start) -> None:
    supervisor = start("stay", "threads in the loader")
    told = supervisor.told()
    assert gone(told["loader"])
    assert psutil.Process(told["child"]).cmdline()[0] == sys.executable
