"""Writes the stored histories of workflows that wait and ask again: `python -m tests.replay.record_waiting`.

What they ask is answered by scripts here: their histories hold names and answers only. Those that are there are kept.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.errors import interceptors
from activities.retention import RetentionActivity
from models.errors import AuthenticationFailed
from models.system.delivering import Attempt, DeliveryTask
from models.videos.publishing import Extra
from tests.workflows.test_later_extras import Publisher, later, skipping
from workers.flows import WORKFLOWS
from workers.replay import HISTORIES
from workflows.extras import LaterExtrasWorkflow
from workflows.policies import CONTROL
from workflows.upkeep import RetentionWorkflow
from workflows.webhooks import WebhookDeliveryWorkflow

BUSY = Attempt(delivered=False, error="The endpoint answered 503.", retry_after=30)
DEAD = Attempt(delivered=False, error="The endpoint answered 500.")
THERE = Attempt(delivered=True, over=True)
GONE = Attempt(delivered=False, gone=True, error="The endpoint answered 410: it is gone.")


class Endpoint:
    """Answers attempts in turn, the last answer for ever."""

    def __init__(self, *answers: Attempt) -> None:
        self._answers = list(answers)

    @activity.defn
    async def attempt_delivery(self, task: DeliveryTask) -> Attempt:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    @activity.defn
    async def give_up_delivery(self, task: DeliveryTask) -> None:
        return None


async def record() -> None:
    """Deliveries that came through, were given up, or met an endpoint that is gone; extras on the days after."""
    async with await skipping() as environment:
        for name, answers in {
            "webhook_delivered": (DEAD, BUSY, THERE), "webhook_given_up": (DEAD,), "webhook_gone": (DEAD, GONE)
        }.items():  # fmt: skip
            endpoint = Endpoint(*answers)
            task = DeliveryTask(delivery_id=UUID(int=1))
            await _kept(environment, name, WebhookDeliveryWorkflow.run, task, endpoint.attempt_delivery, endpoint.give_up_delivery)
        await _kept(environment, "forget_old_rows", RetentionWorkflow.run, None, RetentionActivity(_nothing).forget_old_rows)
        midnight = await environment.get_current_time() + timedelta(hours=20)
        lost = AuthenticationFailed("the account must be reconnected", provider="youtube")
        publisher = Publisher(environment, thumbnail=[midnight + timedelta(days=1), True], captions_srt=[lost, lost, lost, True])
        asked = later(midnight, Extra.THUMBNAIL, Extra.CAPTIONS_SRT)
        await _kept(environment, "later_extras", LaterExtrasWorkflow.run, asked, publisher.add_extra, publisher.record)


async def _kept(environment: WorkflowEnvironment, name: str, workflow: Any, task: Any, *activities: Any) -> None:
    async with Worker(
        environment.client, task_queue=CONTROL, workflows=list(WORKFLOWS), activities=activities, interceptors=interceptors()
    ):
        given = [] if task is None else [task]
        handle = await environment.client.start_workflow(workflow, args=given, id=name, task_queue=CONTROL)
        await handle.result()
    path = HISTORIES / f"{name}.json"
    if not path.exists():
        history = json.loads((await handle.fetch_history()).to_json())
        path.write_text(json.dumps(_without_traces(history), indent=2) + "\n")
        print(f"recorded {path.name}", flush=True)


async def _nothing() -> dict[str, int]:
    return {"system.api_requests": 3}


def _without_traces(part: Any) -> Any:
    """Stack traces tell of the machine that recorded them, and nothing else."""
    if isinstance(part, dict):
        return {name: _without_traces(value) for name, value in part.items() if name != "stackTrace"}
    return [_without_traces(value) for value in part] if isinstance(part, list) else part


if __name__ == "__main__":
    asyncio.run(record())
