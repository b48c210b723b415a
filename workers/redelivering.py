"""Sees to it that no outgoing webhook waits for ever for a run that Temporal has lost, or that was ended from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from temporalio.client import Client

from models.system.delivering import SILENT_AFTER, Silent
from models.system.webhooks import WebhookStore
from workers.reconciling import asked_of_all, look_for_ever
from workflows.asking import still_runs

log = structlog.get_logger(__name__)

EVERY_SECONDS = 300.0
BATCH = 100
BEGINNING = Silent(UUID(int=0), datetime(1970, 1, 1, tzinfo=UTC))


@dataclass
class Redeliverer:
    """Goes round the deliveries of one installation that nobody has tried for long. Any number of processes may."""

    client: Client
    deliveries: WebhookStore
    silent_after: timedelta = SILENT_AFTER
    _last: Silent = field(default=BEGINNING, init=False)

    async def look(self) -> int:
        """Give the next batch's deliveries that have no run to new ones; how many.

        Raises:
            ComponentDown: the database is away, or Temporal says nothing of any run; these are asked after in the next round.
        """
        rows = await self.deliveries.silent(self._last, since=self.silent_after, limit=BATCH)
        self._last = rows[-1] if len(rows) == BATCH else BEGINNING
        again = 0
        for row, runs in await asked_of_all(rows, self._runs):
            if not runs and await self.deliveries.send_again(row):
                log.warning("the run of a webhook is gone; another delivers it", delivery=str(row.id))
                again += 1
        return again

    async def for_ever(self) -> None:
        """Look every few minutes, over outages of the database and of Temporal."""
        await look_for_ever(self.look, EVERY_SECONDS, "webhooks")

    async def _runs(self, delivery: Silent) -> bool:
        for run in delivery.runs:
            if await still_runs(self.client, run):
                return True
        return False
