"""Schemathesis over the whole document, against a running API."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from models.settings import Settings
from tests.api.conftest import Api, User

ENDLESS = ("streamVideos", "streamVideo")
"""Event streams do not end, so a fuzzer would wait for ever."""
APART = ("answerYouTube", "queueVideos")
"""Google alone can call the first rightly; for the second the fuzzer makes nested bodies that its own schema forbids."""
ENDING = ("logout", "endOtherSessions", "changeAccount")
"""They end the fuzzer's own session, or take its rights."""


def unlimited(settings: Settings) -> Settings:
    """Settings under which limits do not answer in the place of routes."""
    return settings.model_copy(update={"sign_in_limit": 1_000_000, "webhook_private_addresses": True})


async def fuzzer(api: Api) -> User:
    """An administrator without limits."""
    user = await api.user("fuzzer", role="admin")
    limits = {"requests_a_minute": 1_000_000, "videos_a_day": 1_000_000, "channels": 1_000_000}
    await api.database.value("update users.accounts set limits = $2 where id = $1 returning id", user.id, limits)
    return user


async def run(api: Api, user: User, *options: str) -> tuple[int, str]:
    """Exit status and report of one run."""
    excluded = [part for name in (*ENDLESS, *ENDING, *APART) for part in ("--exclude-operation-id", name)]
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.prefix) / "bin" / "st"), "run", f"{api.url}/api/v1/openapi.json", "--checks", "all", "--no-color",
        "--header", f"Authorization: Bearer {user.token}", "--generation-database", "none", "--suppress-health-check", "all",
        *excluded, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd="/tmp",
    )  # fmt: skip
    report, _ = await process.communicate()
    return process.returncode or 0, report.decode(errors="replace")
