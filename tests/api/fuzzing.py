"""Schemathesis over the whole document, against a running API."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from temporalio import activity
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.worker import Worker

from activities.budget import BudgetActivity
from activities.errors import interceptors
from api.security import Signer, fingerprint, new_secret
from models.costs.caps import Caps
from models.costs.ledger import Ledger
from models.database import Database
from models.settings import ROOT, Settings
from models.users.sessions import SessionStore
from models.users.store import AccountStore
from workers.connect import register_attributes
from workers.flows import WORKFLOWS
from workers.runner import BUILD
from workflows.policies import CONTROL

FREE = {"requests_a_minute": 100_000_000, "videos_a_day": 100_000_000, "channels": 100_000_000}
ARGUMENTS = (
    "--checks", "all", "--no-color", "--generation-database", "none", "--suppress-health-check", "all", "--request-timeout", "120",
    "--max-response-time", "120",
)  # fmt: skip


def unlimited(settings: Settings) -> Settings:
    """Settings under which limits do not answer in the place of routes, and event streams end soon."""
    return settings.model_copy(update={"sign_in_limit": 1_000_000, "webhook_private_addresses": True, "stream_seconds": 0.2})


@activity.defn(dynamic=True)
async def _begin(_: Sequence[RawValue]) -> None:
    """Stands for every other activity: it never ends."""
    await asyncio.Event().wait()


@asynccontextmanager
async def deciding(settings: Settings, database: Database, client: Client) -> AsyncIterator[None]:
    """Workflows that run and take decisions; of their activities only that is done which a decision waits for."""
    await register_attributes(client)
    money = BudgetActivity(Ledger(database, Caps.of(settings)))
    worker = Worker(
        client, task_queue=CONTROL, workflows=list(WORKFLOWS), activities=[money.raise_cap, _begin], interceptors=interceptors(),
        max_concurrent_activities=100_000, build_id=BUILD,
    )  # fmt: skip
    async with worker:
        yield


@asynccontextmanager
async def desk(settings: Settings, database: Database) -> AsyncIterator[str]:
    """An address where each call gets the token of a new session of an administrator without limits.

    The account is set right again with each: the fuzzer may take its rights, or switch it off.
    """
    async with database.session() as session:
        user_id = (await AccountStore().create(session, "fuzzer@example.com", plan="scale", role="admin")).id
    sessions, signer = SessionStore(database), Signer(settings)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        token = (await _new_session(database, sessions, signer, user_id)).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(token), token))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def _new_session(database: Database, sessions: SessionStore, signer: Signer, user_id: UUID) -> str:
    await database.value(
        "update users.accounts set role = 'admin', plan = 'scale', disabled_at = null, email_verified_at = now(), limits = $2 "
        "where id = $1", user_id, FREE,
    )  # fmt: skip
    opened = await sessions.open(user_id, fingerprint(new_secret()), timedelta(days=1), agent="fuzzer", address="127.0.0.1")
    return signer.access_token(user_id, opened.session_id, timedelta(hours=1))


async def run(url: str, desk_url: str, *options: str) -> tuple[int, str]:
    """Exit status and report of one run over the API at `url`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/v1/openapi.json", *ARGUMENTS, *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd="/tmp",
        env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.api.fuzz_hooks", "YTEMPIRE_FUZZ_DESK": desk_url, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        report, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, report.decode(errors="replace")
