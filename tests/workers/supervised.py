"""For test_forking: a supervisor (`python -m tests.workers.supervised WHAT`), and the process that it starts and tends."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import structlog

from workers.forking import Loader
from workers.processes import Child, Processes


def main() -> None:
    """The process: does what the environment asks for."""
    files = sorted(path.name for path in Path("/proc/self/fd").iterdir() if path.exists())
    print(json.dumps({"argv": sys.argv, "session": os.getsid(0) == os.getpid(), "files": files}), flush=True)
    match os.environ["TEST_DOES"]:
        case "stay":
            signal.pause()
        case "refuse":
            sys.exit(3)
        case "break":
            raise RuntimeError("broken on purpose")


def supervise(does: str, folder: Path, *, alone: bool = True, loaded: str = "no.such.module") -> None:
    """Start one process, tend it until standard input ends, then stop it; says on standard output what is."""
    if not alone:
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    loader = Loader.start()
    if loader is not None:
        loader.load([loaded, "tests.workers.supervised"])
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for the test
    processes = Processes(folder, {"TEST_DOES": does}, loader)
    child = Child("child", "tests.workers.supervised")
    processes.start(child)
    ended = threading.Event()

    def until_told() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=until_told, daemon=True).start()
    told: dict[str, int | None] = {}
    while not ended.wait(0.02):
        assert child.process is not None
        code = child.process.poll()
        restarts = child.restarts.count
        now = {"loader": loader.pid if loader else None, "child": child.process.pid, "code": code, "restarts": restarts}
        if now != told:
            print(json.dumps(now), flush=True)
            told = now
        processes.tend()
    if loader is not None:
        loader.stop()
    processes.stop(10)
    assert child.process is not None
    print(json.dumps({"code": child.process.poll()}), flush=True)


if __name__ == "__main__":
    if "TEST_DOES" in os.environ:
        main()
    else:
        loaded = "tests.workers.threaded" if "threads in the loader" in sys.argv else "no.such.module"
        supervise(sys.argv[1], Path(sys.argv[2]), alone="threads" not in sys.argv, loaded=loaded)
