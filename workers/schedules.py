"""The schedules of an installation, kept in Temporal: what runs when. Made again at every start, which changes only what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
)

from models.settings import Settings
from workflows.policies import CONTROL
from workflows.upkeep import LedgerAuditWorkflow, RetentionWorkflow, YouTubeAccountsWorkflow, YouTubeTokensWorkflow


@dataclass(frozen=True)
class Planned:
    """A workflow without input that is started at an interval, never beside itself; what was missed is not caught up."""

    name: str
    workflow: Any
    every: timedelta

    def schedule(self) -> Schedule:
        """As Temporal keeps it."""
        return Schedule(
            action=ScheduleActionStartWorkflow(self.workflow, id=self.name, task_queue=CONTROL),
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=self.every)]),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=self.every),
        )


def planned(settings: Settings) -> Sequence[Planned]:
    """What this installation runs by schedule."""
    audit = Planned("ledger-audit", LedgerAuditWorkflow.run, timedelta(hours=1))
    forget = Planned("forget-old-rows", RetentionWorkflow.run, timedelta(days=1))
    if not settings.youtube_configured:
        return (audit, forget)
    return (
        audit,
        forget,
        Planned("youtube-tokens", YouTubeTokensWorkflow.run, timedelta(minutes=1)),
        Planned("youtube-accounts", YouTubeAccountsWorkflow.run, timedelta(hours=1)),
    )


async def ensure_schedules(client: Client, settings: Settings) -> None:
    """Make the schedules, or bring those that exist to what the code says; a person's pause stays."""
    for plan in planned(settings):
        try:
            await client.create_schedule(plan.name, plan.schedule())
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(plan.name).update(lambda found, plan=plan: _updated(found, plan))  # type: ignore[misc]


def _updated(found: Any, plan: Planned) -> ScheduleUpdate:
    wanted = plan.schedule()
    wanted.state = found.description.schedule.state
    return ScheduleUpdate(schedule=wanted)
