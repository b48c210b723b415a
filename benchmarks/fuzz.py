"""Fuzzing for as long as you like: schemathesis with all checks and phases over every operation, then hostile bytes.

    python -m benchmarks.fuzz [--examples 50] [--seed 1] [--rounds 200] [--only schemathesis|bytes]

Every operation of the document is asked, none is left out: event streams end after a moment (YTEMPIRE_STREAM_SECONDS), and each
request speaks in a session of its own. Temporal is real, with workflows that take decisions. The exit status says whether
anything was found; the report follows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
import time
from pathlib import Path

from models.database import Database
from models.settings import Settings
from tests.api.conftest import Api, running
from tests.api.fuzzing import deciding, desk, run, unlimited
from tests.api.hostile import Hostile, exchange, is_right, shown, wire
from tests.temporal_servers import dev_server
from workers.migrate import upgrade
from workers.postgres_server import PostgresServer


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=200, help="hostile requests to each operation")
    parser.add_argument("--only", choices=("schemathesis", "bytes"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped when it is cut short
    logging.getLogger("temporalio.activity").setLevel(logging.CRITICAL)  # activities that never end are ended by their policy
    with tempfile.TemporaryDirectory(prefix="fuzz-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server's user reads it
        sys.exit(asyncio.run(_run(Path(folder), parser.parse_args())))


async def _run(folder: Path, asked: argparse.Namespace) -> int:
    server = await asyncio.to_thread(PostgresServer(folder / "postgres", options={"fsync": "off"}).start)
    database = Database(server.url("fuzz"))
    settings = Settings(_env_file=None, data_dir=folder / "data", database_url=server.url("fuzz"))  # type: ignore[call-arg,arg-type]
    try:
        await asyncio.to_thread(upgrade, server.url("fuzz"))
        async with (
            await dev_server() as temporal,
            deciding(settings, database, temporal.client),
            running(unlimited(settings), database, temporal.client) as api,
            desk(settings, database) as sessions,
        ):
            return await _fuzzed(api, sessions, asked)
    finally:
        await database.close()
        await asyncio.to_thread(server.stop)


async def _fuzzed(api: Api, sessions: str, asked: argparse.Namespace) -> int:
    told: dict[str, object] = {}
    failed = 0
    if asked.only != "bytes":
        began = time.monotonic()
        options = ("--max-examples", str(asked.examples), "--seed", str(asked.seed), "--continue-on-failure")
        failed, report = await run(api.url, sessions, *options)
        print(report, flush=True)
        told["schemathesis"] = {"status": failed, "seconds": round(time.monotonic() - began)}
    if asked.only != "schemathesis":
        wrong = await _bytes(api, sessions, asked)
        failed = failed or len(wrong)
        told["bytes"] = {"operations": len(api.app.openapi()["paths"]), "rounds": asked.rounds, "wrong": wrong[:20]}
    print(json.dumps(told, indent=1))
    return 1 if failed else 0


async def _bytes(api: Api, sessions: str, asked: argparse.Namespace) -> list[str]:
    port, desk_port = (int(url.rstrip("/").rpartition(":")[2]) for url in (api.url, sessions))
    wrong = []
    for sent in Hostile(api.app.openapi(), asked.seed).requests(asked.rounds):
        token = (await exchange(desk_port, b"GET / HTTP/1.1\r\n\r\n")).partition(b"\r\n\r\n")[2].decode()
        answer = await exchange(port, wire(sent, token))
        if not is_right(answer):
            wrong.append(f"{shown(sent)} -> {answer[:400]!r}")
    return wrong


if __name__ == "__main__":
    main()
