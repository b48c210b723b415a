"""A process of writers for the crash test: `python -m tests.models.ledger_writers JSON`.

Each writer posts what its name alone decides, so that a restarted process repeats it from the start with the same keys. A line
on standard output says what the ledger has answered for: it must be there for good. `crash_after` postings, the process is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.costs.caps import Caps
from models.costs.ledger import Ledger
from models.database import Database
from models.errors import OverBudget

PROVIDERS = (("openai", "script"), ("openai", "thumbnail"), ("google", "voice"))


def caps_of(task: dict[str, Any]) -> Caps:
    """The caps of a run."""
    video, user, day, month, provider, part = (Decimal(cap) for cap in task["caps"])
    return Caps(video, user, day, month, {"openai": provider}, {("openai", "script"): part})


class Writers:
    """All writers of this process; they share its postings until the crash."""

    def __init__(self, task: dict[str, Any]) -> None:
        self._task = task
        self._database = Database(task["address"], pool=task["writers"])
        self._ledger = Ledger(self._database, caps_of(task))
        self._left: int = task["crash_after"]

    async def run(self) -> None:
        """Every writer to its end, or the whole process to its crash."""
        await asyncio.gather(*(self._write(number) for number in range(self._task["writers"])))
        await self._database.close()

    def _between_steps(self) -> None:
        self._left -= 1
        if self._left == 0:
            os._exit(9)

    async def _write(self, number: int) -> None:
        rng = random.Random(f"{self._task['seed']} {self._task['process']} {number}")
        for call in range(self._task["calls"]):
            key = f"{self._task['process']}-{number}-{call}"
            provider, operation = rng.choice(PROVIDERS)
            video, user = rng.choice(self._task["videos"])
            amount = Decimal(rng.randrange(1, 400_000)) / 1_000_000
            actual = (amount * Decimal(str(round(rng.random(), 3)))).quantize(Decimal("0.000001"))
            ending = rng.choices(("settle", "release", "unknown"), (7, 2, 1))[0]
            self._between_steps()
            try:
                charge = {"provider": provider, "operation": operation, "video_id": UUID(video), "user_id": UUID(user)}
                await self._ledger.reserve(key, amount=amount, **charge)  # type: ignore[arg-type]
            except OverBudget:
                continue
            self._say("reserve", key, amount)
            self._between_steps()
            if ending == "settle":
                await self._ledger.settle(key, actual)
                self._say("settle", key, actual)
            elif ending == "release":
                await self._ledger.release(key)
                self._say("release", key, Decimal(0))

    @staticmethod
    def _say(kind: str, key: str, amount: Decimal) -> None:
        os.write(1, f"{kind} {key} {amount:.6f}\n".encode())


if __name__ == "__main__":
    asyncio.run(Writers(json.loads(sys.argv[1])).run())
