"""The laptop's stack where it cannot start, and how other commands know that it runs."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from models.errors import Conflict
from models.settings import ROOT, Settings
from workers.stack import Running, note_path, running_stack, start_mark
from workers.up_command import end_running, start_detached


def test_a_disk_that_takes_nothing_is_told_in_a_sentence(tmp_path: Path) -> None:
    def nothing_may_be_written() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", "up"],
        env={**os.environ, "YTEMPIRE_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)},
        preexec_fn=nothing_may_be_written,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"{tmp_path / 'data'} cannot be written" in done.stderr and "Free space" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["up"], ["video", "tides"], ["video", "tides", "--keep"]])
def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", *words],
        env={**os.environ, "YTEMPIRE_DATA_DIR": str(tmp_path / "file" / "data"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "file/data cannot be written" in done.stderr and "Traceback" not in done.stderr


def test_a_running_stack_is_known_by_what_no_setting_of_the_clock_changes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.data_dir.mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"]) as process:
        running = Running(process.pid, "http://127.0.0.1:1", "", "", start_mark(process.pid))
        note_path(settings).write_text(json.dumps(asdict(running)))
        monkeypatch.setattr(psutil.Process, "create_time", lambda _: 4e9)  # what it says after the clock was set
        assert running_stack(settings) == running
        monkeypatch.undo()
        old = {**asdict(running), "started": psutil.Process(process.pid).create_time()}
        note_path(settings).write_text(json.dumps(old))
        assert running_stack(settings) is not None  # as an older release wrote it
        note_path(settings).write_text(json.dumps({**asdict(running), "pid": os.getpid()}))
        assert running_stack(settings) is None  # another process, of the same number
        note_path(settings).write_text(json.dumps(asdict(running)))
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert running_stack(settings) is None  # ended, though nobody has asked for its exit code


def test_a_detached_stack_that_finds_another_one_starting_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.data_dir.mkdir(parents=True)
    monkeypatch.setenv("YTEMPIRE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with (settings.data_dir / "stack.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Conflict):  # which the command that wanted one waits for
            start_detached(settings)


def test_down_ends_the_stack_that_is_written_down(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.data_dir.mkdir(parents=True)
    monkeypatch.setenv("YTEMPIRE_DATA_DIR", str(settings.data_dir))
    with subprocess.Popen(["sleep", "60"]) as process:
        running = Running(process.pid, "http://127.0.0.1:1", "", "", start_mark(process.pid))
        note_path(settings).write_text(json.dumps(asdict(running)))
        assert end_running() == 0
        assert process.wait(5) == -signal.SIGTERM
