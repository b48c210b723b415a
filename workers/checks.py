"""`ytempire check`, `test` and `lock`: the same commands on a laptop and in continuous integration."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from models.errors import NotFound
from models.settings import ROOT

BIN = os.path.dirname(sys.executable)  # noqa: PTH120 - a symbolic link here must not be followed
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", "-q", ".")),
    ("lint", ("ruff", "check", "-q", ".")),
    ("types", ("mypy",)),
    ("imports", ("lint-imports",)),
)


WHOLE_RUN = 22 * 60
"""Seconds after which a run of all tests is ended as failed: continuous integration must hear why, not wait."""
PROCESSES = (os.cpu_count() or 2) + 2
"""Processes that run the tests: half of the time a test waits, for servers that start and for workers that are given up."""


def run_checks() -> int:
    """All quick checks, each told with its time; the number of those that failed."""
    failed = 0
    for name, command in CHECKS:
        began = time.monotonic()
        done = subprocess.run([f"{BIN}/{command[0]}", *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
        print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name} ({time.monotonic() - began:.1f} s)", flush=True)
        if done.returncode != 0:
            failed += 1
            print((done.stdout + done.stderr)[-6000:], flush=True)
    return failed


def run_tests(arguments: Sequence[str]) -> int:
    """Pytest over all cores, and the checks beside it: they take one core, and tests wait for half of their time. Arguments for
    pytest, when given, instead of all that."""
    command = [sys.executable, "-m", "pytest", *(arguments or ("-n", str(PROCESSES), "--dist", "worksteal"))]
    if arguments:
        return 1 if _run_within(command, None) else 0
    with ThreadPoolExecutor(1, "checks") as beside:
        checked = beside.submit(run_checks)
        tested = _run_within(command, WHOLE_RUN)
    return 1 if tested or checked.result() else 0


def _run_within(command: Sequence[str], limit: float | None) -> int:
    """The command's exit status. After `limit` seconds every process of it is told to print its stacks and ended."""
    running = subprocess.Popen(command, cwd=ROOT, start_new_session=limit is not None)
    try:
        return running.wait(limit)
    except subprocess.TimeoutExpired:
        print(f"\nThe tests did not end within {WHOLE_RUN // 60} minutes. Where they stand:", file=sys.stderr, flush=True)
        os.killpg(running.pid, signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(10)
        return 1
    finally:
        if limit is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)


def benchmark_names() -> list[str]:
    """The files of `benchmarks/` that are commands; the others hold what those share."""
    files = sorted((ROOT / "benchmarks").glob("*.py"))
    return [path.stem for path in files if '__name__ == "__main__"' in path.read_text()]


def run_benchmark(name: str, arguments: Sequence[str]) -> int:
    """One file of `benchmarks/`.

    Raises:
        NotFound: there is none of that name.
    """
    known = benchmark_names()
    if name not in known:
        raise NotFound(f"There is no benchmark {name!r}.", hint=f"There are: {', '.join(known)}.")
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], cwd=ROOT, check=False).returncode


def write_locks() -> int:
    """`requirements/*.lock` from `*.in`: versions and hashes, no host's name."""
    for name in ("runtime", "dev"):
        command = [f"{BIN}/uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]
        command += ["--no-annotate", "--quiet", f"{name}.in", "--output-file", f"{name}.lock"]
        command += ["--constraint", "runtime.lock"] if name == "dev" else []
        done = subprocess.run(command, cwd=ROOT / "requirements", check=False)
        if done.returncode:
            return done.returncode
    return 0
