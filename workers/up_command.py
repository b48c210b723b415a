"""`ytempire up` and `down`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import httpx
from rich.console import Console

from models.errors import Conflict, Misconfigured
from models.settings import Settings
from workers.collector import collect_as_usual
from workers.stack import Running, Stack, folder_taken, running_stack, token_path, unwritable

console = Console(stderr=True, highlight=False, soft_wrap=True)


def stay_up() -> int:
    """Start the stack and stay until Ctrl-C or SIGTERM."""
    settings = Settings()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    stack = Stack(settings, say=lambda line: console.print(f"[dim]{line} ...[/]"))
    running = stack.start()
    collect_as_usual()
    console.print("[bold green]YTEMPIRE is up.[/] Ctrl-C ends it; nothing is lost.")
    console.print(f"  API and console   {_console_link(settings, running)}")
    console.print(f"  API reference     {running.api_url}/api/v1/docs")
    console.print(f"  Temporal          {running.temporal_ui_url}")
    console.print(f"  data, logs        {settings.data_dir}")
    stop.wait()
    console.print("[dim]ending ...[/]")
    stack.stop()
    console.print("YTEMPIRE is down. `./ytempire up` goes on where it stopped.")
    return 0


def _console_link(settings: Settings, running: Running) -> str:
    """The address that signs a browser in as the owner, once; the plain one when the API gives none."""
    try:
        key = token_path(settings).read_text().strip()
        answer = httpx.post(f"{running.api_url}/api/v1/auth/sign-in-link", headers={"X-API-Key": key}, timeout=5)
        return f"{running.api_url}/#{answer.raise_for_status().json()['url'].partition('#')[2]}"
    except (OSError, httpx.HTTPError, ValueError, KeyError):
        return f"{running.api_url}/"


def start_detached(settings: Settings, timeout: float = 120.0) -> Running:
    """Start the stack as a process of its own that stays when this command ends.

    Raises:
        Conflict: another one is just starting or ending.
        Misconfigured: it did not come up; its log says why, where one can be written.
    """
    log = settings.data_dir / "logs" / "stack.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        output = log.open("wb")
    except OSError as error:
        raise unwritable(settings, error) from error
    with output:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.cli", "up"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and process.poll() is None:
        running = running_stack(settings)
        if running is not None:
            return running
        time.sleep(0.1)
    if process.poll() is not None and folder_taken(settings):
        raise Conflict(f"Another stack starts or ends over {settings.data_dir}.", hint="Try again in a moment.")
    said = log.read_text(errors="replace")[-500:].strip() or "it said nothing, as on a full disk."
    raise Misconfigured(f"The stack did not start: {said}", hint=f"The whole log is {log}.")


def end_running(timeout: float = 60.0) -> int:
    """End the stack of this data folder; 0 also when none runs."""
    settings = Settings()
    running = running_stack(settings)
    if running is None:
        console.print(f"No stack runs over {settings.data_dir}.")
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + timeout
    while running.alive:
        if time.monotonic() > deadline:
            console.print(f"[red]Process {running.pid} does not end.[/] End it with: kill -9 {running.pid}")
            return 1
        time.sleep(0.1)
    console.print("YTEMPIRE is down.")
    return 0
