"""`ytempire video` as people use it: in two terminals, interrupted, and to its end."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.live_stack import LiveStack, script_of
from workers.postgres_server import PostgresServer
from workers.processes import start_process
from workers.stack import note_path

PRINTED = ("film.mp4", "thumbnail.jpg", "captions.srt", "captions.vtt", "description.txt")


class Terminal:
    """`ytempire video` of one script, in a process of its own."""

    def __init__(self, stack: LiveStack, name: str) -> None:
        stack.folder.mkdir(parents=True, exist_ok=True)
        script, self._said = stack.folder / f"{name}.md", stack.folder / f"{name}.log"
        script.write_text(script_of(name))
        command = [sys.executable, "-m", "workers.cli", "video", "--script", str(script)]
        with self._said.open("wb") as log:
            self.process = start_process(command, log, stack.environment | {"COLUMNS": "250"})

    def accepted(self, stack: LiveStack) -> str:
        """The id of its video, once it has one."""
        stack.until(lambda: "Accepted" in self.said() or self.process.poll() is not None, 120, of=self.said)
        accepted = re.search(r"Accepted as video (\S+),", self.said())
        assert accepted, self.said()
        return accepted[1]

    def said(self) -> str:
        """All that it printed."""
        return self._said.read_text()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LiveStack]:
    stack = LiveStack(tmp_path)
    yield stack
    for process in left_of(stack):
        with contextlib.suppress(psutil.Error):
            process.kill()
    PostgresServer(stack.data / "postgres").stop()


def left_of(stack: LiveStack) -> list[psutil.Process]:
    """Processes that were started with this stack's folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            ours = process.environ().get("YTEMPIRE_DATA_DIR") == str(stack.data)
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def test_a_video_whose_stack_another_terminal_ends_is_made_to_its_end_and_so_is_the_interrupted_one(stack: LiveStack) -> None:
    both = [Terminal(stack, name) for name in ("First", "Second")]  # at once, in one stack
    ids = {terminal: terminal.accepted(stack) for terminal in both}
    first, second = sorted(both, key=lambda terminal: terminal.process.pid != stack.running.pid)
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(90) == 130, first.said()
    assert f"`./ytempire up` goes on making it (id {ids[first]})" in first.said()

    assert wait(second, stack) == 0, second.said()
    paths = [Path(line) for line in second.said().splitlines() if line.startswith(str(stack.films))]
    assert [path.name for path in paths] == list(PRINTED) and all(path.stat().st_size > 0 for path in paths)
    assert re.search(r"^total +\$0\.0000", second.said(), re.MULTILINE), second.said()
    assert re.search(rf"^Run: http://127.0.0.1:\d+/\S+{ids[second]}", second.said(), re.MULTILINE), second.said()
    assert "it goes on in another" in second.said() and second.said().count("Accepted") == 1
    assert not note_path(stack.settings).exists()
    assert left_of(stack) == [] and PostgresServer(stack.data / "postgres").pid() is None

    stack.start()
    assert stack.finished(ids[first])["status"] == "published"
    stack.stop()


def wait(terminal: Terminal, stack: LiveStack) -> int | None:
    """Its exit code, once it has ended by itself."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        return terminal.process.wait(240)
    raise AssertionError(f"it does not end: {terminal.said()}\n{stack.log()}")
